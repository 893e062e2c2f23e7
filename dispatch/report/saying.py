"""What every section of the report is made of: a table under a heading, said in one language."""

from dataclasses import dataclass

from dispatch.language import N_, say
from dispatch.report import words
from dispatch.report.model import Report
from dispatch.text import safe_text


@dataclass(frozen=True, slots=True)
class Section:
    """One table under a heading; `about` says whose clock it goes by and what was left out."""

    key: str
    title: str
    about: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Said:
    """One language, and the names of the cities in it."""

    def __init__(self, report: Report, language: str) -> None:
        self.language = language
        self.places, self.components = report.scope.places, report.scope.components
        self.cities = {code: name.text(language) for code, name in report.scope.cities.items()}

    def __call__(self, message: str, **facts: object) -> str:
        return say(self.language, message, **facts)

    def city(self, code: str) -> str:
        return safe_text(self.cities.get(code, code)) if code else self(N_("all cities"))

    def place(self, code: str) -> str:
        """A hospital or a bank by its name; one that the configuration does not know by its code."""
        known = self.places.get(code)
        return safe_text(code if known is None else known.text(self.language)) or "–"

    def component(self, code: str) -> str:
        """A component by its name; one that the configuration does not know by its code."""
        known = self.components.get(code)
        return safe_text(code if known is None else known.text(self.language))

    def min(self, seconds: float | None) -> str:
        return words.minutes(seconds, self.language)

    def clock(self, code: str) -> str:
        return self(N_("Clock: {clock}."), clock=words.clock(code, self.language))

    def header(self, *messages: str) -> tuple[str, ...]:
        return tuple(self(message) for message in messages)

    def counts(self, table: dict[str, str], counts: dict[str, int]) -> str:
        said = (f"{words.word(table, code, self.language)}: {count}" for code, count in counts.items())
        return "; ".join(said) or "–"
