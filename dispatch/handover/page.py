"""A page of plain text in either language: lines of at most 78 cells, for paper and for any terminal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from dispatch.domain.alarms import Alarm
from dispatch.domain.geography import CityCode
from dispatch.language import N_, say
from dispatch.text import cell_width, fit, safe_text

WIDTH = 78
"""Cells of a line: fits A4 and 80 columns."""
CHINA = timezone(timedelta(hours=8))
INDENT = 4
NONE = N_("none")
_NUMBER, _STATE, _TIME = 16, 24, 12
_DRILL = N_("DRILL")
_AND = N_("; ")


def _code(alarm: Alarm) -> str:
    facts = " ".join(f"{key}={value}" for key, value in alarm.facts.items())
    return f"{alarm.code} {facts}".strip()


@dataclass(frozen=True, slots=True)
class Said:
    """How codes are said by whoever knows the words; by default they stand as they are."""

    alarm: Callable[[Alarm], str] = _code
    reason: Callable[[str], str] = str
    city: Callable[[CityCode], str] = str
    person: Callable[[str], str] = str


PLAIN = Said()


class Page:
    """Lines that grow; everything from outside passes `safe_text` here or in whoever adds it."""

    def __init__(self, language: str, said: Said) -> None:
        self.language, self.said = language, said
        self._lines: list[str] = []
        self._made_on = ""

    def say(self, sentence: str, **facts: object) -> str:
        return say(self.language, sentence, **facts)

    def person(self, name: str) -> str:
        return safe_text(self.said.person(name), 40)

    def moment(self, at: datetime, *, short: bool = False) -> str:
        """China's time; `short` leaves the day out where it is the day of the sheet."""
        local = at.astimezone(CHINA)
        day = f"{local:%Y-%m-%d}"
        if not short:
            return f"{day} {local:%H:%M:%S}"
        return f"{local:%H:%M}" if day == self._made_on else f"{local:%m-%d %H:%M}"

    def put(self, line: str, indent: int = 0) -> None:
        """A line, folded where it is too long: nothing of it is cut off."""
        pad = " " * indent
        self._lines += [pad + part for part in folded(line, WIDTH - indent)]

    def blank(self) -> None:
        self._lines.append("")

    def whole(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines) + "\n"

    def title(self, words: str, city: CityCode, made_at: datetime, below: str, *, drill: bool) -> None:
        """What it is, of which city, and `below` it when it was made and by whom."""
        self._made_on = f"{made_at.astimezone(CHINA):%Y-%m-%d}"
        mark = f"  [{self.say(_DRILL)}]" if drill else ""
        self.put(f"{words}  {safe_text(self.said.city(city), 40)}{mark}")
        self.put("=" * WIDTH)
        self.put(below)

    def section(self, title: str, rows: Sequence[object], show: Callable[..., None], **facts: object) -> None:
        """A heading with the number of rows, and the rows; none is said to be none."""
        self.blank()
        self.put(self.say(title, count=len(rows), **facts))
        self.put("-" * WIDTH)
        if not rows:
            self.put(self.say(NONE), INDENT)
        for row in rows:
            show(row)

    def row(self, number: str, state: str, at: datetime, more: str) -> None:
        """A number, a state, since when, and the rest."""
        when = self.moment(at, short=True)
        head = f"{fit(safe_text(number, 30), _NUMBER)} {fit(state, _STATE)} {fit(when, _TIME)} "
        self.put(f"{head}{more}")

    def details(self, parts: Iterable[str]) -> None:
        """What there is of these, on lines of their own."""
        self.put(self.say(_AND).join(part for part in parts if part), INDENT)


def folded(line: str, width: int) -> list[str]:
    """A safe text in lines of at most `width` cells, broken at spaces where there are some near."""
    lines: list[str] = []
    rest = line
    while cell_width(rest) > width:
        end = _end(rest, width)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, rest]


def _end(line: str, width: int) -> int:
    """Where to break: after as much as fits, at the last space of its second half if there is one."""
    used = end = 0
    while end < len(line) and (used := used + cell_width(line[end])) <= width:
        end += 1
    space = line.rfind(" ", end // 2, end + 1)
    return max(1, space if space > 0 else end)
