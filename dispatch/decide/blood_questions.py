"""What must be asked of a patient: only questions whose answer changes what the rules offer."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from dispatch.decide.blood_rules import CompatibilityTable, Mode, RecipientClass
from dispatch.decide.substitution import PatientFacts, suitability
from dispatch.domain.blood import BloodGroup

Question = Literal["recipient", "anti_d", "word"]
_ANYBODY = "a physician"
_Answers = tuple[RecipientClass, bool, str | None]


@dataclass(frozen=True, slots=True)
class Patient:
    """What the tables ask of a patient, before anything else of a request is known."""

    group: BloodGroup | None = None
    mode: Mode = "emergency"
    recipient: RecipientClass = RecipientClass.UNKNOWN
    anti_d: bool = False
    on_word_of: str | None = None


def questions(group: BloodGroup | None, mode: Mode, table: CompatibilityTable) -> frozenset[Question]:
    """The questions that matter for this group and mode, whatever the answers to the others are.

    Anti-D is not asked of an RhD-positive patient: such a finding is for the transfusion department.
    """
    anti_d = (False,) if group is not None and group.rhd_positive else (False, True)
    offered = {
        answers: tiers_of(Patient(group, mode, *answers), table)
        for answers in product(RecipientClass, anti_d, (None, _ANYBODY))
    }
    named: tuple[Question, ...] = ("recipient", "anti_d", "word")
    return frozenset(question for place, question in enumerate(named) if _matters(place, offered))


def _matters(place: int, offered: dict[_Answers, tuple[tuple[BloodGroup, ...], ...]]) -> bool:
    """Whether answers that differ in one place alone are offered different groups."""
    same: dict[tuple[object, ...], set[object]] = {}
    for answers, tiers in offered.items():
        same.setdefault((*answers[:place], *answers[place + 1 :]), set()).add(tiers)
    return any(len(different) > 1 for different in same.values())


def tiers_of(patient: PatientFacts, table: CompatibilityTable) -> tuple[tuple[BloodGroup, ...], ...]:
    """The groups that may be offered, best tier first; those of one tier are equally good."""
    tier_of = suitability(patient, table).tier_of
    return tuple(
        tuple(group for group in BloodGroup if tier_of.get(group) == tier)
        for tier in sorted(set(tier_of.values()))
    )


def withheld(patient: PatientFacts, table: CompatibilityTable) -> tuple[BloodGroup, ...]:
    """Groups that another patient of the same group would be offered, but not one of this class."""
    facts = (patient.group, patient.mode)
    rest = (patient.anti_d, patient.on_word_of)
    others = [suitability(Patient(*facts, r, *rest), table).tier_of for r in RecipientClass]
    own = suitability(patient, table).tier_of
    return tuple(group for group in BloodGroup if group not in own and any(group in each for each in others))
