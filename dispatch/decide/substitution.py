"""Which groups may be offered to one patient, in which order, and why."""

from dataclasses import dataclass
from typing import Protocol

from dispatch.decide.blood_rules import CompatibilityTable, Mode, RecipientClass, Tiers
from dispatch.domain.blood import BloodGroup


class PatientFacts(Protocol):
    """What the tables ask of a patient; `BloodNeed` has it all."""

    @property
    def group(self) -> BloodGroup | None: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def recipient(self) -> RecipientClass: ...
    @property
    def anti_d(self) -> bool: ...
    @property
    def on_word_of(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Suitability:
    """`tier_of` (from 1) and `code` (the reason to say) of each group that may be offered.

    `on_word` are groups that only a physician's word would add; `kept` are RhD-negative groups
    that the firewall keeps from this patient.
    """

    tier_of: dict[BloodGroup, int]
    code_of: dict[BloodGroup, str]
    tiers: int
    on_word: frozenset[BloodGroup]
    kept: frozenset[BloodGroup]


def suitability(need: PatientFacts, table: CompatibilityTable) -> Suitability:
    """The tiers of the rule set for this patient; anti-D leaves only RhD-negative groups."""
    tiers = _tiers(need, table)
    wordless = len(tiers)
    word = table.on_word.get(table.key(need.group), ()) if need.group is not None else ()
    if need.on_word_of is not None:
        tiers = tiers + word
    tier_of, code_of = {}, {}
    for group in BloodGroup:
        tier = next((i for i, keys in enumerate(tiers, start=1) if table.key(group) in keys), None)
        if tier is None or not may_be_offered(need, table, group):
            continue
        tier_of[group] = tier
        code_of[group] = "word_given" if tier > wordless else _code(need, table, group)
    beyond = {key for keys in word for key in keys}
    on_word = {g for g in BloodGroup if table.key(g) in beyond and may_be_offered(need, table, g)}
    kept = {g for g in BloodGroup if table.firewall and not g.rhd_positive and g not in tier_of}
    return Suitability(tier_of, code_of, len(tiers), frozenset(on_word - set(tier_of)), frozenset(kept))


def may_be_offered(need: PatientFacts, table: CompatibilityTable, donor: BloodGroup) -> bool:
    """The two gates no tier and no word opens: the RhD firewall, and anti-D."""
    if table.by == "abo":
        return True
    if table.firewall and need.group is not None and need.group.rhd_positive and not donor.rhd_positive:
        return False
    return not (need.anti_d and donor.rhd_positive)


def _tiers(need: PatientFacts, table: CompatibilityTable) -> Tiers:
    if need.group is None:
        return table.unknown_anti_d if _proved_negative(need, table) else table.unknown[need.recipient]
    key = table.key(need.group)
    if need.mode != "emergency" or need.anti_d or key not in table.emergency:
        return table.order[key]
    if need.recipient not in table.emergency_not_for:
        return table.emergency[key]
    safe = set(table.compatible[key])
    kept = (tuple(group for group in keys if group in safe) for keys in table.emergency[key])
    return tuple(keys for keys in kept if keys)


def _proved_negative(need: PatientFacts, table: CompatibilityTable) -> bool:
    """Anti-D tells the RhD sign of a patient whose group nobody knows."""
    return need.anti_d and table.by == "abo_rhd"


def _code(need: PatientFacts, table: CompatibilityTable, donor: BloodGroup) -> str:
    if need.group is None:
        return "unknown_group"
    recipient = table.key(need.group)
    if table.key(donor) == recipient:
        return "own_group"
    return "substitute" if table.key(donor) in table.compatible[recipient] else "beyond_table"
