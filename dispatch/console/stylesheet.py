"""Textual's style sheet, with a memory: each piece of it is parsed once under each theme."""

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_Parsed = dict[tuple[object, ...], list[RuleSet]]
_MEMORY: dict[tuple[tuple[str, str], ...], _Parsed] = {}
"""CSS variables -> what was parsed under them, in whichever app: widgets bring the same pieces to each."""


class RememberingStylesheet(Stylesheet):
    """Textual 8.2 forgets what it parsed at each first visit to a screen, and past 64 pieces at any time."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._remember(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            self._parse_cache = LRUCache(1)  # what is forgotten now
            super().set_variables(variables)
            self._remember(variables)

    def reparse(self) -> None:
        self.parse()

    def _remember(self, variables: dict[str, str]) -> None:
        memory = _MEMORY.setdefault(tuple(sorted(variables.items())), {})
        self._parse_cache = memory  # type: ignore[assignment]
