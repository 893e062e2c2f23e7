"""What every answer as plain text needs: its sentences and names in one language."""

from collections.abc import Mapping

from dispatch.decide.coverage import LenderKeeps
from dispatch.domain.model import Name
from dispatch.language import N_, say
from dispatch.text import safe_text


class Spoken:
    """`names`: cities, hospitals, banks and the like by id; what has none is said by its id, safe to show."""

    def __init__(self, language: str, names: Mapping[str, Name]) -> None:
        self.language, self.names = language, names

    def say(self, message: str, **facts: object) -> str:
        return say(self.language, message, **facts)

    def name(self, code: str) -> str:
        known = self.names.get(code)
        return safe_text(known.text(self.language) if known else code)

    def keeps(self, lender: LenderKeeps) -> str:
        """What a city keeps that lends a unit."""
        return self.say(
            N_("{city} keeps {free} of {fleet} free (reserve {reserve}); {bare} of {stations} stations bare"),
            city=self.name(lender.city),
            free=lender.free_left,
            fleet=lender.fleet,
            reserve=lender.reserve,
            bare=lender.stations_bare,
            stations=lender.stations,
        )
