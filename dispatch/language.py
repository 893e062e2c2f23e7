"""Two languages, switched at run time: English is the source text, zh_CN the catalogue.

Mark a sentence where it is written: `_("offline since {time}", time=...)` says it now in the
language in use; `N_("...")` only marks it, for tables that are said later with `_(variable)`.
Catalogues are `locale/<language>/*.po`, one per room of the house, read as they stand.
"""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("zh_CN", "en")
_LOCALE = Path(__file__).parent / "locale"
_in_use = "zh_CN"


def use(language: str) -> None:
    """Speak `language` from now on; ValueError names the languages there are."""
    global _in_use  # one console, one language: the only state of this module
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
    _in_use = language


def current() -> str:
    """The language in use."""
    return _in_use


def N_(message: str) -> str:  # noqa: N802 - the name that message extractors know
    """Mark a message for the catalogue without saying it."""
    return message


def _(message: str, **facts: object) -> str:
    """Say `message` in the language in use, with its {facts} filled in."""
    return say(_in_use, message, **facts)


def say(language: str, message: str, **facts: object) -> str:
    """Say `message` in a given language; an unknown message is said in English."""
    text = message if language == "en" else catalogue(language).get(message, message)
    return text.format(**facts) if facts else text


@cache
def catalogue(language: str) -> dict[str, str]:
    """English message -> translation, from every .po file of the language."""
    messages: dict[str, str] = {}
    for path in sorted((_LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=language):
                if isinstance(entry.id, str) and entry.id and isinstance(entry.string, str):
                    messages[entry.id] = entry.string
    return messages
