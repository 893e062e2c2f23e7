"""The help of the commands in the language in use: the library writes its headings and hints in English."""

import re
from collections.abc import Sequence

from typer._click import Context, HelpFormatter

from dispatch.language import N_, _
from dispatch.text import cell_width, fit

_HEADINGS = {"Arguments": N_("Arguments"), "Options": N_("Options"), "Commands": N_("Commands")}
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
_PIECE = re.compile(r"\s*(?:[\u2e80-\u9fff（《“]|[^\s\u2e80-\u9fff（《“]+)[，。；：、）》”？！]*")
"""What is not broken: a word, or one Chinese character with the punctuation after it."""
_KIND = re.compile(r"<([^<>]+)>")
_LAST_BRACKET = re.compile(
    r"(?P<said>.*?)(?P<gap> {0,2})\[(?P<hints>(?:default: |env var: |required).*)\]", re.DOTALL
)


class SpokenHelp(HelpFormatter):
    """What the library lays out, in the words of the catalogue."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line with which a command is called."""
        for piece, said in _PIECES.items():
            args = args.replace(piece, _(said))
        super().write_usage(prog, _kinds(args), _("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """What stands above a list."""
        said = _(_HEADINGS[heading]) if heading in _HEADINGS else heading
        self.write(f"{' ' * self.current_indent}{said}{_(':')}\n")

    def write_text(self, text: str) -> None:
        """A paragraph, or several parted by empty lines."""
        before = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            for line in wrapped(" ".join(paragraph.split()), self.width - self.current_indent):
                self.write(f"{before}{line}\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Rows of a name and what it does; the second column begins at the same cell in every language."""
        spoken = [(_kinds(name), _row(said)) for name, said in rows]
        first = min(max(cell_width(name) for name, _said in spoken), col_max)
        before = " " * self.current_indent
        for name, said in spoken:
            lines = wrapped(said, max(self.width - self.current_indent - first - col_spacing, 10))
            beside = cell_width(name) <= first
            if not beside:
                self.write(f"{before}{name}\n")
            for number, line in enumerate(lines or [""]):
                head = fit(name, first) if beside and number == 0 else " " * first
                self.write(f"{before}{head}{' ' * col_spacing}{line}".rstrip() + "\n")


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces and between Chinese characters."""
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if cell_width((line + piece).rstrip()) > width and line:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def speak_help() -> None:
    """Have every command written this way."""
    Context.formatter_class = SpokenHelp


def _kinds(text: str) -> str:
    return _KIND.sub(lambda found: f"<{_(_KINDS[found[1]])}>" if found[1] in _KINDS else found[0], text)


def _row(said: str) -> str:
    """Words of the library, and its hints in brackets after ours."""
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
