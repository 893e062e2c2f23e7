"""`czt man`: the manual page, made of the commands themselves."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from typer._click import Command, Context
from typer.core import TyperGroup

from dispatch import __version__
from dispatch.cli import examples
from dispatch.cli.helping import translated, wrapped
from dispatch.language import N_, _

_SECTION = 1
_EXIT_CODES = (
    ("0", N_("all is well")),
    ("1", N_("something was found wrong, or the command was stopped")),
    ("2", N_("the command line, the configuration or a file cannot be used; one line says what to do")),
)
_VARIABLES = (
    ("CZT_CONFIG", N_("folder whose files replace the shipped configuration")),
    ("CZT_LANG", N_("language: zh_CN or en")),
    ("COLORTERM", N_("truecolor where the terminal has true colour")),
)
_FILES = (
    ("~/.config/czt", N_("your own configuration, where neither --config nor CZT_CONFIG names another")),
    ("~/.local/share/czt", N_("audit log, quarantine and drills, where data_dir names no other folder")),
)


def man(
    roff: Annotated[bool, typer.Option("--roff", help=_("print the page for man as it is stored"))] = False,
) -> None:
    """Shown by man where that is installed and a terminal is here, else printed as text."""
    page = manual_page()
    if roff:
        typer.echo(page, nl=False)
    elif sys.stdout.isatty() and (program := shutil.which("man")) is not None:
        subprocess.run([program, "--local-file", "-"], input=page.encode(), check=False)
    else:
        typer.echo(plain(page), nl=False)


def manual_page() -> str:
    """The page in roff, in the language in use."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    from dispatch.cli.tree import tree

    said = _("Shared ambulance dispatch and blood supply for Changsha, Zhuzhou and Xiangtan.")
    yield f'.TH CZT {_SECTION} "" "czt {__version__}" "{_text(_("Commands of czt"))}"'
    yield f'.SH "{_text(_("NAME"))}"'
    yield rf"czt \- {_text(said)}"
    yield f'.SH "{_text(_("SYNOPSIS"))}"'
    yield r"\fBczt\fR [\fB\-\-lang\fR zh_CN|en] \fI" + _text(_("command")) + r"\fR ..."
    yield f'.SH "{_text(_("COMMANDS"))}"'
    for path, command in tree():
        yield from _command(path, command)
    for title, rows in (
        (_("ENVIRONMENT"), _VARIABLES),
        (_("FILES"), _FILES),
        (_("EXIT STATUS"), _EXIT_CODES),
    ):
        yield f'.SH "{_text(title)}"'
        for name, sentence in rows:
            yield from (".TP", rf"\fB{_text(name)}\fR", _text(_(sentence)))


def _command(path: str, command: Command) -> Iterator[str]:
    context = Context(command, info_name=f"czt {path}")
    alone = not isinstance(command, TyperGroup)
    yield f'.SS "czt {_text(path)}"'
    if command.help:
        yield _text(command.help)
    if alone or getattr(command, "invoke_without_command", False):
        yield ".PP"
        yield rf"\fBczt {_text(path)}\fR {_text(' '.join(command.collect_usage_pieces(context)))}"
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context)
            if record is not None and "--help" not in record[0]:
                yield from (".TP", rf"\fB{_text(record[0])}\fR", _text(translated(record[1])) or "\\&")
        lines = examples.EXAMPLES.get(path, ())
        if lines:
            yield from (".PP", _text(_("Examples:")), ".PP", ".nf")
            yield from (_text(f"  {line}") for line in lines)
            yield ".fi"


def _text(said: str) -> str:
    """A text that roff takes as it stands."""
    safe = " ".join(said.split("\n")).replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{safe}" if safe[:1] in (".", "'") else safe


_ESCAPES = {"\\-": "-", "\\e": "\\", "\\(dq": '"', "\\&": ""}
_ESCAPE = re.compile(r"\\\(dq|\\-|\\e|\\&")
_FONT = re.compile(r"\\f[BIR]")
_WIDTH = 78


def plain(page: str) -> str:
    """The page as text, for where there is no `man`: what this module writes, nothing else of roff."""
    return "\n".join(_plain(page)) + "\n"


def _plain(page: str) -> Iterator[str]:
    literal = named = below = False
    width = min(shutil.get_terminal_size((_WIDTH + 2, 24)).columns - 2, 100)
    for line in page.splitlines():
        said = _ESCAPE.sub(lambda found: _ESCAPES[found[0]], _FONT.sub("", line))
        match line.split(maxsplit=1):
            case [".TH" | ".PP", *_]:
                yield ""
            case [".SH", _title]:
                yield from ("", said.removeprefix(".SH ").strip('"'))
            case [".SS", _title]:
                yield from ("", "  " + said.removeprefix(".SS ").strip('"'))
            case [".TP"]:
                named = True
            case [".nf"]:
                literal = True
            case [".fi"]:
                literal = False
            case _ if literal:
                yield f"      {said}"
            case _ if named:
                yield f"      {said}"
                named, below = False, True
            case _:
                left = 10 if below else 6
                yield from (" " * left + part for part in wrapped(said, width - left))
                below = False
