"""The help pages of `czt`: in the language in use, laid out in cells, with examples."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from typer._click import Command, Context
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

from dispatch.cli import examples
from dispatch.language import N_, _
from dispatch.text import cell_width

_TITLES = {"Options": N_("Options"), "Arguments": N_("Arguments"), "Commands": N_("Commands")}
_PIECES = {"[OPTIONS]": N_("[OPTIONS]"), "COMMAND [ARGS]...": N_("COMMAND [ARGS]...")}
_KINDS = {
    "str": N_("text"),
    "int": N_("whole number"),
    "int range": N_("whole number"),
    "float": N_("number"),
    "float range": N_("number"),
    "bool": N_("true or false"),
    "path": N_("path"),
    "file": N_("file"),
    "datetime": N_("time"),
}
"""What a value has to be, as the library names it."""
_HINTS = (
    (re.compile(r"default: (?P<value>.*)", re.DOTALL), N_("default: {value}")),
    (re.compile(r"env var: (?P<value>.*)", re.DOTALL), N_("from the environment: {value}")),
    (re.compile(r"required"), N_("required")),
)
_SAID = {
    "Show this message and exit.": N_("Show this message and exit."),
    "Install completion for the current shell.": N_("Install completion for the current shell."),
    "Show completion for the current shell, to copy it or customize the installation.": N_(
        "Show completion for the current shell, to copy it or customize the installation."
    ),
}
_KIND = re.compile(r"<(?:list\[)?([^<>\[\]]+)\]?>")
"""A value, or each of several."""
_LAST_BRACKET = re.compile(
    r"(?P<said>.*?)(?P<gap> {0,2})\[(?P<hints>(?:default: |env var: |required).*)\]", re.DOTALL
)
_MOST_COLUMN = 30
_BREAK_AFTER = frozenset("，。；：、） ")


class Page(HelpFormatter):
    """As the library writes it, but translated, and wrapped by what a terminal shows of Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for piece, said in _PIECES.items():
            args = args.replace(piece, _(said))
        super().write_usage(prog, _kinds(args), prefix if prefix is not None else _("Usage: "))

    def section(self, name: str) -> AbstractContextManager[None]:  # type: ignore[override]
        return super().section(_(_TITLES[name]) if name in _TITLES else name)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_('{heading}:', heading=heading)}\n")

    def write_text(self, text: str) -> None:
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            room = self.width - self.current_indent
            lines = paragraph.removeprefix("\b\n").split("\n") if paragraph.startswith("\b") else None
            for line in lines if lines is not None else wrapped(" ".join(paragraph.split()), room):
                self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = _MOST_COLUMN, col_spacing: int = 2
    ) -> None:
        listed = [(_kinds(name), said) for name, said in rows]
        first = min(max((cell_width(name) for name, _said in listed), default=0), col_max) + col_spacing
        room = max(self.width - first - self.current_indent, 20)
        for name, said in listed:
            lines = list(wrapped(translated(said), room)) or [""]
            if cell_width(name) > first - col_spacing:
                self.write(f"{'':>{self.current_indent}}{name}\n")
            else:
                gap = " " * (first - cell_width(name))
                self.write(f"{'':>{self.current_indent}}{name}{gap}{lines.pop(0)}".rstrip() + "\n")
            for line in lines:
                self.write(f"{'':>{first + self.current_indent}}{line}".rstrip() + "\n")


def use_page() -> None:
    """Every help page of this program is a Page: the library asks the class of its contexts for one."""
    Context.formatter_class = Page


def wrapped(text: str, room: int) -> Iterator[str]:
    """A text in lines of at most `room` cells, broken at blanks and after Chinese characters."""
    line, used, may_break = "", 0, 0
    for character in text:
        width = cell_width(character)
        if used + width > room and line.strip():
            at = may_break or len(line)
            yield line[:at].rstrip()
            line = line[at:].lstrip()
            used, may_break = cell_width(line), 0
        if not line and character == " ":
            continue
        if cell_width(character) == 2 and character not in _BREAK_AFTER and line:
            may_break = len(line)
        line += character
        used += width
        if character in _BREAK_AFTER:
            may_break = len(line)
    if line.strip():
        yield line.rstrip()


def with_examples(path: str, command: Command) -> Command:
    """The same command, and those below it, with examples at the end of their help; returns it."""
    lines = examples.of(path)
    if lines:
        command.epilog = "\b\n" + "\n".join((_("Examples:"), *(f"  {line}" for line in lines)))
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            with_examples(f"{path} {name}".strip(), below)
    return command


def _kinds(text: str) -> str:
    return _KIND.sub(lambda found: f"<{_(_KINDS[found[1]])}>" if found[1] in _KINDS else found[0], text)


def translated(said: str) -> str:
    """The library's own words in a line of help, and its hints in brackets, in the language in use."""
    if said in _SAID:
        return _(_SAID[said])
    found = _LAST_BRACKET.fullmatch(said)
    if found is None:
        return said
    hints = "; ".join(map(_hint, found["hints"].split("; ")))
    return f"{found['said']}{found['gap']}[{hints}]"


def _hint(hint: str) -> str:
    for pattern, sentence in _HINTS:
        found = pattern.fullmatch(hint)
        if found is not None:
            return _(sentence, **found.groupdict())
    return hint
