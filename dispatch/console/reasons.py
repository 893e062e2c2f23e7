"""Agreed reasons: picked by digit, kept as codes, said in the language in use."""

from collections.abc import Callable

from dispatch.console.ports import Desk
from dispatch.decide.reasons import names_of
from dispatch.domain.model import Name
from dispatch.language import current
from dispatch.settings.incident_words import Words
from dispatch.text import fold, safe_text

_SHOWN = 100


def saying(desk: Desk) -> Callable[[str], str]:
    """What a stored reason says in the language in use: an agreed one its words, a free text itself."""
    words = desk.configuration.incident_words
    return lambda reason: safe_text(words.said(reason, current()), _SHOWN)


def names_at(desk: Desk) -> dict[str, Name]:
    """Names for the reasons of a ranking: those of the picture, and the agreed reasons of units."""
    return names_of(desk.picture) | desk.configuration.incident_words.unit_names


def said_words(words: Words) -> list[str]:
    """The agreed reasons as a dialog lists them."""
    return [word.name.text(current()) for word in words]


def code_of(said: str, words: Words) -> str:
    """The code of an agreed reason by its digit, its code or its words in either language; else the text."""
    folded = fold(said.strip())
    for number, word in enumerate(words, 1):
        if folded in (str(number), word.code, fold(word.zh), fold(word.en)):
            return word.code
    return said.strip()
