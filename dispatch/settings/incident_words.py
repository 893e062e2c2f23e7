"""incidents.toml: the reasons that are picked in the life of an incident, and when two calls may be one."""

from datetime import date
from pathlib import Path

from pydantic import Field

from dispatch.domain.incidents import Ending
from dispatch.domain.model import Frozen, Name
from dispatch.domain.orders import REASONS, STATE_NAMES, OrderState
from dispatch.domain.units import UnitState
from dispatch.language import _, say
from dispatch.settings.files import TomlFile, config_file

MOST = 9
"""Reasons are picked by digit."""
_OF_ORDERS = REASONS | {OrderState.STOOD_DOWN.value: STATE_NAMES[OrderState.STOOD_DOWN]}


class Word(Frozen):
    """One reason: `code` is what travels and is stored, the name is what is said."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=80)

    @property
    def name(self) -> Name:
        return Name(zh=self.zh, en=self.en)


Words = tuple[Word, ...]
_SOME = Field(min_length=1, max_length=MOST)


class EndingsTable(Frozen):
    """Reasons per ending; a normal end needs none."""

    completed: Words = Field(default=(), max_length=MOST)
    nobody_to_carry: Words = _SOME
    aborted: Words = _SOME
    refused: Words = _SOME
    cancelled: Words = _SOME
    duplicate: Words = Field(default=(), max_length=MOST)
    transferred: Words = _SOME


class UnitsTable(Frozen):
    """Reasons for the two states that demand one."""

    out_of_service: Words = _SOME
    paused: Words = _SOME


class IncidentWords(Frozen):
    """config/incidents.toml."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    effective_from: date
    sign_off: tuple[str, ...] = Field(min_length=1)
    signed_by: tuple[str, ...] = ()
    similar_m: float = Field(gt=0, le=5_000, description="a call so near to an open incident may be about it")
    similar_min: float = Field(gt=0, le=1_440, description="and opened so recently")
    hold: Words = _SOME
    recall: Words = _SOME
    decline: Words = _SOME
    shelve: Words = _SOME
    telephone: Words = _SOME
    break_glass: Words = _SOME
    endings: EndingsTable
    units: UnitsTable

    def ending(self, ending: Ending) -> Words:
        """The agreed reasons of one ending."""
        words: Words = getattr(self.endings, ending.value)
        return words

    @property
    def unit_names(self) -> dict[str, Name]:
        """What the agreed reasons of units that cannot be sent are called, by their codes."""
        return {word.code: word.name for word in (*self.units.out_of_service, *self.units.paused)}

    def unit_state(self, state: UnitState) -> Words:
        """The agreed reasons of a state of a unit; empty where none is demanded."""
        asked = {UnitState.OUT_OF_SERVICE: self.units.out_of_service, UnitState.PAUSED: self.units.paused}
        return asked.get(state, ())

    def said(self, reason: str, language: str) -> str:
        """What a stored reason says in `language`; a free text says itself, and is not safe to show yet.

        The state of a lent unit keeps how its order ended, which is no agreed reason of the desks.
        """
        if (found := self._by_code().get(reason)) is not None:
            return found.name.text(language)
        return say(language, _OF_ORDERS[reason]) if reason in _OF_ORDERS else reason

    def lists(self) -> dict[tuple[str, ...], Words]:
        """Every list with its place in the file."""
        top = ("hold", "recall", "decline", "shelve", "telephone", "break_glass")
        found: dict[tuple[str, ...], Words] = {(name,): getattr(self, name) for name in top}
        found |= {("endings", ending.value): self.ending(ending) for ending in Ending}
        return found | {
            ("units", "out_of_service"): self.units.out_of_service,
            ("units", "paused"): self.units.paused,
        }

    def _by_code(self) -> dict[str, Word]:
        return {word.code: word for words in self.lists().values() for word in words}


def load_incident_words(user_dir: Path | None = None) -> IncidentWords:
    """The agreed words; BadConfiguration with file and line, also when one code says two things."""
    file = TomlFile(config_file("incidents.toml", user_dir))
    content = file.read(IncidentWords)
    known: dict[str, Word] = {}
    for place, words in content.lists().items():
        codes = [word.code for word in words]
        for word in words:
            if codes.count(word.code) > 1:
                raise file.wrong(place, _("{code} stands twice in this list", code=word.code))
            if known.setdefault(word.code, word) != word:
                problem = _("{code} says something else in another list: take another code", code=word.code)
                raise file.wrong(place, problem)
    return content
