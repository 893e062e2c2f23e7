"""config/claims: the policies on blood fees, and what the centres agreed on for settling them."""

from pathlib import Path

from dispatch.claims.policy import Policy
from dispatch.claims.rules import ClaimRules, SettlementFile
from dispatch.language import _
from dispatch.settings.complaints import key_text
from dispatch.settings.files import TomlFile, config_file, config_files

__all__ = ["ClaimRules", "SettlementFile", "load_claim_rules"]
_SETTLEMENT = "settlement"


def load_claim_rules(user_dir: Path | None = None) -> ClaimRules:
    """All of config/claims; BadConfiguration with file and line."""
    files = {path.stem: path for path in config_files("claims", user_dir) if path.stem != _SETTLEMENT}
    policies = {name: _policy(TomlFile(path)) for name, path in files.items()}
    file = TomlFile(config_file(f"claims/{_SETTLEMENT}.toml", user_dir))
    settlement = file.read(SettlementFile)
    for at, name in enumerate(settlement.policies):
        if name not in policies:
            known = ", ".join(policies)
            problem = _("{name}: no such policy; allowed: {allowed}", name=name, allowed=known)
            raise file.wrong(("policies", at), problem)
    if (settlement.liability == "one_place") != (settlement.place is not None):
        raise file.wrong(("liability",), _("one_place needs a place, and nothing else has one"))
    if settlement.ledger is not None and settlement.ledger not in settlement.centres:
        problem = _("{name}: not one of the centres that settle: {allowed}", name=settlement.ledger,
                    allowed=", ".join(settlement.centres))  # fmt: skip
        raise file.wrong(("ledger",), problem)
    return ClaimRules(policies, settlement)


def _policy(file: TomlFile) -> Policy:
    policy = file.read(Policy)
    for key, problem in policy.problems():
        raise file.wrong(key, f"{key_text(key)}: {problem}")
    return policy
