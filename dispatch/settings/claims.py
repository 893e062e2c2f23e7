"""config/claims: the policies on blood fees, and what the centres agreed on for settling them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field

from dispatch.claims.assess import SettlementRules
from dispatch.claims.policy import Policy
from dispatch.decide.rule_set import RuleSet
from dispatch.domain.errors import UnknownName
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file, config_files

_SETTLEMENT = "settlement"


class SettlementFile(RuleSet, SettlementRules):
    """settlement.toml."""

    policies: tuple[str, ...] = Field(min_length=1, description="files of config/claims that are applied")


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


def load_claim_rules(user_dir: Path | None = None) -> ClaimRules:
    """All of config/claims; BadConfiguration with file and line."""
    files = {path.stem: path for path in config_files("claims", user_dir) if path.stem != _SETTLEMENT}
    policies = {name: TomlFile(path).read(Policy) for name, path in files.items()}
    file = TomlFile(config_file(f"claims/{_SETTLEMENT}.toml", user_dir))
    settlement = file.read(SettlementFile)
    for at, name in enumerate(settlement.policies):
        if name not in policies:
            known = ", ".join(policies)
            problem = _("{name}: no such policy; allowed: {allowed}", name=name, allowed=known)
            raise file.wrong(("policies", at), problem)
    if (settlement.liability == "one_place") != (settlement.place is not None):
        raise file.wrong(("liability",), _("one_place needs a place, and nothing else has one"))
    return ClaimRules(policies, settlement)
