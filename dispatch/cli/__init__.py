"""The `czt` command: choose the language first, then read the commands, whose help is in it."""

import os
import sys

from dispatch import language
from dispatch.domain.errors import BadConfiguration, DispatchError


def main() -> None:
    """Run `czt`; what a user can mend ends as one sentence and exit code 2."""
    language.use(_language(sys.argv[1:]))
    from dispatch.cli.app import app

    try:
        app(prog_name="czt")
    except DispatchError as error:
        print(f"czt: {error}", file=sys.stderr)  # noqa: T201 - the edge of the program
        raise SystemExit(2) from None


def _language(arguments: list[str]) -> str:
    """`--lang` of the command line, then $CZT_LANG, then the settings, then Chinese."""
    for number, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=")
        if argument == "--lang" and number + 1 < len(arguments):
            value = arguments[number + 1]
        if value != argument and value in language.LANGUAGES:
            return value
    chosen = os.environ.get("CZT_LANG", "")
    if chosen in language.LANGUAGES:
        return chosen
    from dispatch.settings import load_settings

    try:
        return load_settings().language
    except BadConfiguration:
        return language.LANGUAGES[0]  # the command itself will say what is wrong
