"""The policies by name, and what the centres have agreed on: as config/claims says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import Field

from dispatch.claims.assess import SettlementRules
from dispatch.claims.policy import Policy
from dispatch.decide.rule_set import RuleSet
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode


class SettlementFile(RuleSet, SettlementRules):
    """settlement.toml."""

    policies: tuple[str, ...] = Field(min_length=1, description="files of config/claims that are applied")
    ledger: CityCode | None = Field(
        default=None, description="the centre that keeps every donor's quota and the journal"
    )
    donor_keys: tuple[str, ...] = Field(
        default=(), description="names of the keys that donors may be hashed with; empty: any"
    )


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Every policy by the name of its file, and those that the three centres apply."""

    policies: Mapping[str, Policy]
    settlement: SettlementFile

    def named(self, name: str) -> Policy:
        """One policy; UnknownName when there is none."""
        if name not in self.policies:
            raise UnknownName("policy", name)
        return self.policies[name]

    def on(self, day: date) -> str:
        """The policy that is applied to blood used on a day, by name; UnknownName when none is in force."""
        for name in reversed(self.settlement.policies):
            if self.policies[name].in_force(day):
                return name
        raise UnknownName("policy", day.isoformat())
