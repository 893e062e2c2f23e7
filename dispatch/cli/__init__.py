"""The `czt` command: choose the language first, then read the commands, whose help is in it."""

import os
import sys
from io import TextIOWrapper
from typing import NoReturn

from dispatch import __version__, language
from dispatch.domain.errors import BadConfiguration, DispatchError
from dispatch.language import _

COMPLETING = "_CZT_COMPLETE"
"""In the environment when a shell asks what may follow."""


def main() -> None:
    """Run `czt`; what a user can mend ends as one sentence and exit code 2."""
    if sys.argv[1:] == ["--version"]:  # asked by scripts at every start: no settings are read for it
        print(f"czt {__version__}")  # noqa: T201 - the edge of the program
        return
    spoken, arguments = _language(sys.argv[1:])
    language.use(_can_be_said(spoken))
    from typer import Abort
    from typer._click.exceptions import ClickException

    from dispatch.cli.app import app
    from dispatch.cli.usage import refusal
    from dispatch.decide.refused import refused

    if COMPLETING in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        code = app(args=arguments, prog_name="czt", standalone_mode=False)
    except DispatchError as error:
        _refuse(f"czt: {refused(error)}", 2)
    except ClickException as error:
        _refuse(refusal(error), error.exit_code)
    except Abort:
        _refuse("czt: " + _("stopped"), 1)
    except BrokenPipeError:  # `czt ... | head`: whoever read is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    if isinstance(code, int) and code:
        raise SystemExit(code)


def _can_be_said(wanted: str) -> str:
    """English where the output takes no Chinese, as with a locale that is not UTF-8."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, TextIOWrapper)]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        for stream in streams:
            language.say(wanted, "Examples:").encode(stream.encoding)
    except (UnicodeEncodeError, LookupError):
        return language.LANGUAGES[1]
    return wanted


def _refuse(said: str, code: int) -> NoReturn:
    print(said, file=sys.stderr)  # noqa: T201 - the edge of the program
    raise SystemExit(code) from None


def _language(arguments: list[str]) -> tuple[str, list[str]]:
    """`--lang` anywhere on the command line, then $CZT_LANG, then the settings, then Chinese.

    Returns the language and the other arguments; a value that is no language is left for the
    command itself to refuse.
    """
    for number, argument in enumerate(arguments):
        if argument == "--lang" and arguments[number + 1 : number + 2]:
            value, used = arguments[number + 1], 2
        elif argument.startswith("--lang="):
            value, used = argument.removeprefix("--lang="), 1
        else:
            continue
        if value in language.LANGUAGES:
            return value, arguments[:number] + arguments[number + used :]
    return _usual_language(), arguments


def _usual_language() -> str:
    chosen = os.environ.get("CZT_LANG", "")
    if chosen in language.LANGUAGES:
        return chosen
    from dispatch.settings import load_settings

    try:
        return load_settings().language
    except BadConfiguration:
        return language.LANGUAGES[0]  # the command itself will say what is wrong
