"""What every answer of the blood side needs to be said: sentences, names and units in one language."""

from collections.abc import Mapping

from dispatch.decide.spoken import Spoken
from dispatch.domain.blood import Component, ComponentCode
from dispatch.domain.model import Name
from dispatch.text import safe_text


class Words(Spoken):
    """An answer about components, each with its own unit."""

    def __init__(
        self, components: Mapping[ComponentCode, Component], names: Mapping[str, Name], language: str
    ) -> None:
        super().__init__(language, names)
        self.components = components

    def unit(self, code: ComponentCode) -> str:
        held = self.components.get(code)
        return safe_text(held.unit.text(self.language), 20) if held else ""
