"""The command line: words in, a Command or one clear complaint out; completion of the last word."""

import re
from collections.abc import Mapping, Sequence

from dispatch.console.commands.base import Arg, Command
from dispatch.console.commands.readers import Numbered
from dispatch.console.ports import Desk
from dispatch.console.results import Misread, Suggestion
from dispatch.language import _
from dispatch.text import fold, matches, safe_text

JOINING = frozenset({"to", "at", "by", "for", "with", "->", "给", "到", "去", "于", "在"})
"""Small words a person types between the fields; they carry nothing."""

_SHOWN = 8


class Registry:
    """Every command by every verb; a `shorthand` word standing alone is read as a longer line."""

    def __init__(self, commands: Sequence[type[Command]], shorthand: Mapping[str, str]) -> None:
        self.commands = tuple(commands)
        self.shorthand = {fold(word): line for word, line in shorthand.items()}
        self._by_verb: dict[str, type[Command]] = {}
        for command in commands:
            for verb in command.verbs:
                if fold(verb) in self._by_verb:
                    raise ValueError(f"the verb {verb!r} is given twice")
                self._by_verb[fold(verb)] = command

    def names(self) -> tuple[str, ...]:
        return tuple(command.name() for command in self.commands)

    def named(self, word: str) -> type[Command] | None:
        """The command of a verb, or of the only verb that begins so."""
        folded = fold(word)
        if folded in self._by_verb:
            return self._by_verb[folded]
        begun = {command for verb, command in self._by_verb.items() if verb.startswith(folded)}
        return begun.pop() if len(begun) == 1 else None

    def parse(self, line: str, desk: Desk) -> Command:
        """Read a line; Misread says which word or which field is wrong or missing."""
        words = line.split()
        if words and fold(words[0][0]) in ":/":
            words = self._without_mark(words)
        if not words:
            raise Misread(_("nothing was typed; Tab shows what can be"))
        if len(words) == 1:
            words = self.shorthand.get(fold(words[0]), words[0]).split()
        command = self.named(words[0])
        if command is None:
            raise Misread(self._unknown(words[0]))
        return command(line, **fields_of(command, words[1:], desk))

    def usage_of(self, line: str) -> str:
        """How the command of an unfinished line is written; empty while there is none."""
        words = line.split()
        command = self.named(words[0]) if words else None
        if command is None:
            return ""
        return f"{command.usage()}   {command.example}" if command.example else command.usage()

    def complete(self, line: str, desk: Desk) -> Sequence[Suggestion]:
        """Ways to go on from the last word of an unfinished line."""
        words = line.split()
        if not words or (len(words) == 1 and not line[-1].isspace()):
            return self._verbs(words[0] if words else "")
        command = self.named(words[0])
        if command is None:
            return ()
        start = "" if line[-1].isspace() else words[-1]
        done = words[1:] if not start else words[1:-1]
        found: list[Suggestion] = []
        for arg in _unfilled(command, done, desk):
            found += [each for each in arg.reader.complete(start, desk) if each.text not in done]
        return found[:_SHOWN]

    def _verbs(self, start: str) -> Sequence[Suggestion]:
        scored = [
            (max(matches(start, (*command.verbs, _(command.title))), 0 if start else 1), command)
            for command in self.commands
            if command.listed
        ]
        offered = [(score, command.name(), _(command.title)) for score, command in scored if score]
        screens = ((matches(start, (word,)), word, line) for word, line in self.shorthand.items())
        offered += [entry for entry in screens if entry[0]]
        offered.sort(key=lambda entry: -entry[0])
        return [Suggestion(word, note) for _score, word, note in offered[:_SHOWN]]

    def _unknown(self, word: str) -> str:
        word = safe_text(word, 40)
        near = _(", ").join(each.text for each in self._verbs(word)[:4])
        if near:
            return _("no single command begins with {word}; near: {near}", word=word, near=near)
        return _("no command is called {word}; help lists them all", word=word)

    @staticmethod
    def _without_mark(words: list[str]) -> list[str]:
        """A line may begin with the mark that opened it: ":" (or "：") is dropped, "/" finds."""
        mark, first = fold(words[0][0]), words[0][1:]
        rest = [first, *words[1:]] if first else words[1:]
        return ["find", *rest] if mark == "/" else rest


_NUMBER = re.compile(r"[a-z]{2}-\d{1,4}(-\d{1,4})?")
"""The number of a unit, an incident or a request, as folded."""
_SHORT_NUMBER = re.compile(r"\d{4}")
"""The end of an incident's number, said for the whole of it."""


def fields_of(command: type[Command], words: Sequence[str], desk: Desk) -> dict[str, object]:
    """The fields that the words fill, in any order; Misread names a wrong word or a missing field."""
    fields: dict[str, object] = {}
    left = [
        word for word in _lengthened(command.args, words, desk) if not _take(command.args, word, fields, desk)
    ]
    rest = next((arg for arg in command.args if arg.rest), None)
    while rest is not None and left and fold(left[0]) in JOINING:
        left.pop(0)
    subjects = [arg for arg in command.args if not arg.rest and arg.name not in fields]
    mistyped = next((word for word in left if _NUMBER.fullmatch(fold(word))), None)
    if mistyped is None and left and _SHORT_NUMBER.fullmatch(fold(left[0])):
        mistyped = left[0]
    if rest is not None and subjects and mistyped is not None:
        # never text: the command would act on what is under the cursor instead
        wanted = _(", ").join(_(arg.title) for arg in subjects)
        raise Misread(_("{word} is not known as: {wanted}", word=safe_text(mistyped, 40), wanted=wanted))
    if rest is not None and left:
        fields[rest.name] = " ".join(left)
    elif wrong := [word for word in left if fold(word) not in JOINING]:
        wanted = _(", ").join(_(arg.title) for arg in command.args if arg.name not in fields or arg.many)
        shown = safe_text(wrong[0], 40)
        if not wanted:
            raise Misread(_("{word} is one word too many for {command}", word=shown, command=command.name()))
        raise Misread(_("{word} is not known as: {wanted}", word=shown, wanted=wanted))
    if missing := [arg for arg in command.args if arg.required and arg.name not in fields]:
        raise Misread(
            _(
                "{command} lacks: {fields}. Type it as {usage}",
                command=command.name(),
                fields=_(", ").join(_(arg.title) for arg in missing),
                usage=f"{command.usage()}" + (f"  ({command.example})" if command.example else ""),
            )
        )
    return fields


def _lengthened(args: Sequence[Arg], words: Sequence[str], desk: Desk) -> list[str]:
    """The words with numbers said short in full: where text may follow, only up to where it begins."""
    text_follows = any(arg.rest for arg in args)
    numbered = {arg.name: arg.reader for arg in args if isinstance(arg.reader, Numbered)}
    many = {arg.name for arg in args if arg.many}
    full = list(words)
    for at, word in enumerate(words):
        if text_follows and fold(word) in JOINING:
            continue
        for reader in numbered.values():
            full[at] = reader.lengthened(full[at], desk)
        if not text_follows:
            continue
        named = next((name for name, reader in numbered.items() if reader.read(full[at], desk)), None)
        if named is None:
            break
        if named not in many:
            del numbered[named]
    return full


def _take(args: Sequence[Arg], word: str, fields: dict[str, object], desk: Desk) -> bool:
    """Give the word to the first field that wants it."""
    for arg in args:
        if arg.rest or (arg.name in fields and not arg.many):
            continue
        value = arg.reader.read(word, desk)
        if value is None:
            continue
        if arg.many:
            held = fields.get(arg.name, ())
            fields[arg.name] = (*held, value) if isinstance(held, tuple) else (value,)
        else:
            fields[arg.name] = value
        return True
    return False


def _unfilled(command: type[Command], done: Sequence[str], desk: Desk) -> list[Arg]:
    """The fields that the words typed so far leave open; a word that cannot be read is passed over."""
    fields: dict[str, object] = {}
    for word in done:
        try:
            if not _take(command.args, word, fields, desk) and fold(word) not in JOINING:
                fields.update({arg.name: word for arg in command.args if arg.rest})
        except Misread:
            continue
    open_ = [arg for arg in command.args if arg.name not in fields or arg.many]
    return open_ or [arg for arg in command.args if arg.rest]
