"""Readers of single words of a command line: ids, names in Chinese or pinyin, numbers, times."""

# ruff: noqa: ARG002 - what a reader is given is set by the protocol

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.console.moments import moment
from dispatch.console.ports import Desk
from dispatch.console.results import Misread, Suggestion
from dispatch.domain.blood import BloodGroup
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Name
from dispatch.domain.units import Capability, UnitState
from dispatch.language import _, current, say
from dispatch.text import fold, matches, pinyin_keys, safe_text

_SHOWN = 8
_SHORT_NUMBER = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Choice:
    """One of a fixed set of words: code -> the words that mean it. `whole`: a beginning is not enough."""

    words: Mapping[str, tuple[str, ...]]
    whole: bool = False

    def read(self, word: str, desk: Desk) -> object | None:
        folded = fold(word)
        for code, means in self.words.items():
            if folded in (fold(code), *(fold(each) for each in means)):
                return code
        if self.whole:
            return None
        begun = [
            code
            for code, means in self.words.items()
            if any(fold(m).startswith(folded) for m in (code, *means))
        ]
        return begun[0] if len(begun) == 1 and len(folded) > 1 else None

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        scored = [
            (matches(start, (code, *means)) if start else 1, code, means)
            for code, means in self.words.items()
        ]
        found = sorted((entry for entry in scored if entry[0]), key=lambda entry: -entry[0])
        return [Suggestion(code, means[0] if means else "") for _score, code, means in found[:_SHOWN]]


@dataclass(frozen=True)
class Named:
    """Something with an id and a name in both languages: a hospital, component or city."""

    kind: str
    table: Callable[[Desk], Iterable[tuple[str, Name]]]

    def read(self, word: str, desk: Desk) -> object | None:
        best = self._scored(word, desk)
        if not best:
            return None
        top = [entry for entry in best if entry[0] == best[0][0]]
        if len(top) > 1:
            names = _(", ").join(name.text(current()) for _score, _code, name in top[:4])
            typed = safe_text(word, 40)
            raise Misread(_("{word} may mean {names}: type more of it", word=typed, names=names))
        return top[0][1]

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        if not start:
            return [_one_word(code, name) for code, name in list(self.table(desk))[:_SHOWN]]
        return [_one_word(code, name) for _score, code, name in self._scored(start, desk)[:_SHOWN]]

    def _scored(self, word: str, desk: Desk) -> list[tuple[int, str, Name]]:
        scored = [(matches(word, (code, name.zh, name.en)), code, name) for code, name in self.table(desk)]
        return sorted((entry for entry in scored if entry[0]), key=lambda entry: (-entry[0], entry[1]))


def _one_word(code: str, name: Name) -> Suggestion:
    """The name where it is one word, else the code: a line is read word by word."""
    said = name.text(current())
    return Suggestion(code, said) if " " in said else Suggestion(said, code)


@dataclass(frozen=True)
class Numbered:
    """Something called by its number: a unit or an incident.

    `short`: before any text of the line, the last four digits are enough where only one ends so.
    `offered`: of all that can be named, those the command takes now; only they are completed.
    """

    ids: Callable[[Desk], Iterable[tuple[str, str]]]
    short: bool = False
    offered: Callable[[Desk], Iterable[tuple[str, str]]] | None = None

    def read(self, word: str, desk: Desk) -> object | None:
        folded = fold(word)
        known = [code for code, _note in self.ids(desk)]
        exact = [code for code in known if fold(code) == folded]
        return exact[0] if exact else None

    def lengthened(self, word: str, desk: Desk) -> str:
        """The whole number for its last four digits; Misread where several end so."""
        if not self.short or not _SHORT_NUMBER.fullmatch(fold(word)):
            return word
        ending = [code for code, _note in self.ids(desk) if code.endswith(f"-{fold(word)}")]
        if len(ending) > 1:
            names = _(", ").join(ending[:_SHOWN])
            raise Misread(_("{word} may mean {names}: type more of it", word=fold(word), names=names))
        return ending[0] if ending else word

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        folded = fold(start)
        takes = self.offered or self.ids
        found = [Suggestion(code, note) for code, note in takes(desk) if folded in fold(code)]
        return sorted(found, key=lambda each: not fold(each.text).startswith(folded))[:_SHOWN]


@dataclass(frozen=True)
class PriorityWord:
    """p1, P2, 3级."""

    def read(self, word: str, desk: Desk) -> object | None:
        found = re.fullmatch(r"p(\d)|(\d)级", fold(word))
        if not found:
            return None
        digit = int(found[1] or found[2])
        if digit not in (1, 2, 3):
            raise Misread(_("priority is 1, 2 or 3, not {digit}", digit=digit))
        return Priority(digit)

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        names = {"p1": _("life-threatening"), "p2": _("urgent"), "p3": _("can wait")}
        return [Suggestion(code, name) for code, name in names.items() if code.startswith(fold(start))]


@dataclass(frozen=True)
class Whole:
    """A whole number from `least` on; a unit such as "6U" or "400ml" may stick to it."""

    units: str = ""
    most: int = 9999
    least: int = 1

    def read(self, word: str, desk: Desk) -> object | None:
        found = re.fullmatch(rf"(\d+)({self.units})?", fold(word))
        if not found:
            return None
        number = int(found[1])
        if not self.least <= number <= self.most:
            facts = {"least": self.least, "most": self.most, "word": word}
            raise Misread(_("a number from {least} to {most} is needed, not {word}", **facts))
        return number

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        return ()


@dataclass(frozen=True)
class NeedWord:
    """A capability by code, Chinese word or pinyin."""

    names: Mapping[Capability, str]

    def read(self, word: str, desk: Desk) -> object | None:
        folded = fold(word)
        if len(folded) < (4 if folded.isascii() else 2):
            return None  # short words are more likely a part of a place
        for need, name in self.names.items():
            chinese = say("zh_CN", name)
            spelt = (need.value, fold(name), chinese)
            if any(each.startswith(folded) for each in spelt) or folded in pinyin_keys(chinese):
                return need
        return None

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        found = [(matches(start, (n.value, s, say("zh_CN", s))), n, s) for n, s in self.names.items()]
        return [Suggestion(need.value, _(name)) for score, need, name in found if score][:_SHOWN]


UNKNOWN_GROUP = "unknown"


@dataclass(frozen=True)
class GroupWord:
    """A blood group: O+, o-, AB＋, A阳性, or "unknown"."""

    def read(self, word: str, desk: Desk) -> object | None:
        folded = fold(word).replace("型", "")
        if folded in ("?", "unknown", "未知", "不详"):
            return UNKNOWN_GROUP
        found = re.fullmatch(r"(ab|a|b|o)(?:rh|rhd)?([+-]|阳性?|阴性?|pos|neg)", folded)
        if not found:
            return None
        sign = "+" if found[2][0] in "+阳p" else "-"
        return BloodGroup(found[1].upper() + sign)

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        folded = fold(start)
        groups = [Suggestion(group.value) for group in BloodGroup if fold(group.value).startswith(folded)]
        unknown = [Suggestion("?", _("unknown group"))] if not folded or "unknown".startswith(folded) else []
        return [*groups, *unknown]


STATE_WORDS = {
    UnitState.ASSIGNED: ("assigned", "分配", "fenpei"),
    UnitState.ACKNOWLEDGED: ("acknowledged", "收到", "shoudao"),
    UnitState.EN_ROUTE: ("enroute", "出车", "chuche"),
    UnitState.ON_SCENE: ("arrive", "到场", "daochang"),
    UnitState.TRANSPORTING: ("transport", "送医", "songyi"),
    UnitState.AT_HOSPITAL: ("athospital", "到院", "daoyuan"),
    UnitState.AVAILABLE_ON_ROAD: ("free", "待命", "daiming"),
    UnitState.AVAILABLE_AT_STATION: ("station", "回站", "huizhan"),
    UnitState.OUT_OF_SERVICE: ("out", "停用", "tingyong"),
    UnitState.PAUSED: ("pause", "暂停", "zanting"),
}


@dataclass(frozen=True)
class StateWord:
    """The state of a unit: its digit, or its word in English, Chinese or pinyin."""

    def read(self, word: str, desk: Desk) -> object | None:
        folded = fold(word)
        if len(folded) == 1 and folded.isdecimal():
            return UnitState(int(folded))
        found = [state for state, words in STATE_WORDS.items() if folded in words]
        return found[0] if found else None

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        found = [
            (state, words)
            for state, words in STATE_WORDS.items()
            if not start or start == str(int(state)) or matches(start, words)
        ]
        return [Suggestion(words[0], f"{int(state)} {words[1]}") for state, words in found]


@dataclass(frozen=True)
class SpecialWord:
    """Something special that lots can be, by code, whole name or whole pinyin: 辐照, irradiated, fuzhao."""

    table: Callable[[Desk], Iterable[tuple[str, Name]]]

    def read(self, word: str, desk: Desk) -> object | None:
        folded = fold(word)
        for code, name in self.table(desk):
            if folded in (fold(code), fold(name.zh), fold(name.en), *pinyin_keys(name.zh)):
                return code
        return None

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        found = [(matches(start, (c, n.zh, n.en)) if start else 1, c, n) for c, n in self.table(desk)]
        return [_one_word(code, name) for score, code, name in found if score][:_SHOWN]


_AGAINST = ("抗", "anti-", "anti")


@dataclass(frozen=True)
class AntibodyWord:
    """An antibody to one of the `antigens`: 抗K, anti-Jka; the letter case of the antigen tells C from c."""

    antigens: Callable[[Desk], Iterable[str]]

    def read(self, word: str, desk: Desk) -> object | None:
        mark = next((mark for mark in _AGAINST if fold(word).startswith(mark)), None)
        antigen = word[len(mark) :] if mark else ""
        return antigen if antigen in tuple(self.antigens(desk)) else None

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        known = [f"{_AGAINST[0]}{antigen}" for antigen in self.antigens(desk)]
        return [Suggestion(each, each) for each in known if start and each.startswith(start)][:_SHOWN]


@dataclass(frozen=True)
class PersonWord:
    """A person's name behind one of the `marks` and a colon: 医师:王强."""

    marks: tuple[str, ...]

    def read(self, word: str, desk: Desk) -> object | None:
        mark, colon, name = word.replace("：", ":").partition(":")
        if not colon or fold(mark) not in self.marks:
            return None
        if not name:
            raise Misread(_("a name is needed after {mark}", mark=safe_text(word, 40)))
        return safe_text(name, 80)

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        marks = [mark for mark in self.marks if start and mark.startswith(fold(start))]
        return [Suggestion(f"{mark}:", _("a physician's name")) for mark in marks]


@dataclass(frozen=True)
class ByWhen:
    """A moment: 40min, 2h, 40分, or a local time of day 14:30 (tomorrow's when it has passed)."""

    def read(self, word: str, desk: Desk) -> object | None:
        return moment(word, desk.clock.now())

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        if not start.isdigit():
            return ()
        return [
            Suggestion(f"{start}min", _("minutes from now")),
            Suggestion(f"{start}h", _("hours from now")),
        ]


@dataclass(frozen=True)
class Words:
    """Any word; used by the field that takes the rest of the line."""

    suggest: Callable[[str, Desk], Sequence[Suggestion]] | None = None

    def read(self, word: str, desk: Desk) -> object | None:
        return word

    def complete(self, start: str, desk: Desk) -> Sequence[Suggestion]:
        return self.suggest(start, desk) if self.suggest and start else ()
