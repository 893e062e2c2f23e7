"""config/blood/csv.toml and products.toml: the words of other systems, folded for comparing."""

import re
import unicodedata
from typing import Literal

from pydantic import Field, model_validator

from dispatch.decide.rule_set import RuleSet
from dispatch.domain.blood import Component, ComponentCode, LotState
from dispatch.domain.model import Frozen
from dispatch.language import _

Field_ = Literal["lot", "component", "group", "rhd", "quantity", "expires", "state", "attributes"]
_SPARE = re.compile(r"[\s_()（）\[\]【】:：]+")


def folded(text: str) -> str:
    """Half width, lower case, without spaces, brackets, colons and underlines."""
    return _SPARE.sub("", unicodedata.normalize("NFKC", text).casefold())


class Needed(Frozen):
    """Columns without which a table cannot be read."""

    columns: tuple[Field_, ...]


class GroupWords(Frozen):
    """What stands around a blood group and says nothing."""

    noise: tuple[str, ...]


class RhdWords(Frozen):
    """Words for RhD-positive and RhD-negative."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]


class CsvWords(RuleSet):
    """What columns may be called and which words stand for which value."""

    columns: dict[Field_, tuple[str, ...]]
    needed: Needed
    states: dict[LotState, tuple[str, ...]]
    groups: GroupWords
    rhd: RhdWords

    @model_validator(mode="after")
    def _told_apart(self) -> "CsvWords":
        for table in (list(self.columns.values()), list(self.states.values())):
            kinds = [{folded(word) for word in words} for words in table]
            if sum(map(len, kinds)) != len(set().union(*kinds)):
                raise ValueError(_("a word stands for two different things"))
        return self

    def column(self, title: str) -> Field_ | None:
        """What a column holds by its title; None: nothing that is read."""
        wanted = folded(title)
        return next(
            (field for field, names in self.columns.items() if wanted in {folded(name) for name in names}),
            None,
        )

    def state(self, word: str) -> LotState | None:
        """The state a word stands for; None: no such word."""
        wanted = folded(word)
        return next(
            (state for state, names in self.states.items() if wanted in {folded(name) for name in names}),
            None,
        )


class ProductTable(RuleSet):
    """What product codes of labels mean to this program."""

    products: dict[str, ComponentCode] = Field(default={})


def component_of(
    word: str, components: tuple[Component, ...], products: dict[str, ComponentCode]
) -> Component | None:
    """A component by its code, its name in either language, or a product code of the user's own table."""
    wanted = folded(word)
    meant = products.get(word.strip()) or products.get(word.strip()[:5])
    for component in components:
        names = {folded(component.code), folded(component.name.zh), folded(component.name.en)}
        if wanted in names or component.code == meant:
            return component
    return None
