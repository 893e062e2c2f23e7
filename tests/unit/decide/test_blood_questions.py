"""Only what changes an offer is asked of a patient."""

from itertools import product

import pytest

from dispatch.decide.blood_questions import Patient, questions, tiers_of, withheld
from dispatch.decide.blood_rules import Mode, RecipientClass
from dispatch.domain.blood import BloodGroup
from tests.unit.decide.decide_world import BLOOD_RULES

TABLES = BLOOD_RULES.compatibility.tables
EMERGENCY: Mode = "emergency"
ROUTINE: Mode = "ad_hoc"


@pytest.mark.parametrize(
    ("table", "group", "mode", "asked"),
    [
        ("red_cells", BloodGroup.A_POS, EMERGENCY, set()),
        ("red_cells", BloodGroup.A_NEG, EMERGENCY, {"recipient", "anti_d"}),
        ("red_cells", BloodGroup.A_NEG, ROUTINE, set()),
        ("red_cells", None, EMERGENCY, {"recipient", "anti_d"}),
        ("platelets", BloodGroup.A_POS, EMERGENCY, {"word"}),
        ("platelets", BloodGroup.A_NEG, ROUTINE, {"word", "anti_d"}),
        ("platelets", None, EMERGENCY, set()),
        ("plasma", None, EMERGENCY, set()),
        ("plasma", BloodGroup.O_NEG, EMERGENCY, set()),
    ],
)
def test_only_what_matters_is_asked(
    table: str, group: BloodGroup | None, mode: Mode, asked: set[str]
) -> None:
    assert questions(group, mode, TABLES[table]) == asked


@pytest.mark.parametrize("name", TABLES)
def test_an_answer_that_is_not_asked_for_changes_nothing(name: str) -> None:
    table = TABLES[name]
    modes: tuple[Mode, ...] = (EMERGENCY, ROUTINE)
    for group, mode in product((None, *BloodGroup), modes):
        asked = questions(group, mode, table)
        anti_d = (False, True) if group is None or not group.rhd_positive else (False,)
        offers: dict[tuple[object, ...], set[object]] = {}
        for r, d, w in product(RecipientClass, anti_d, (None, "王强")):
            answers = {"recipient": r, "anti_d": d, "word": w}
            key = tuple(answer for question, answer in answers.items() if question in asked)
            offers.setdefault(key, set()).add(tiers_of(Patient(group, mode, r, d, w), table))
        assert all(len(each) == 1 for each in offers.values()), (group, mode, asked)


def test_what_is_kept_from_one_class_of_patient_is_named() -> None:
    red = TABLES["red_cells"]
    assert withheld(Patient(BloodGroup.A_NEG), red) == (BloodGroup.O_POS, BloodGroup.A_POS)
    assert withheld(Patient(BloodGroup.A_NEG, recipient=RecipientClass.GENERAL), red) == ()
    assert withheld(Patient(BloodGroup.A_NEG, anti_d=True), red) == ()
    assert withheld(Patient(None, recipient=RecipientClass.GENERAL), red) == (BloodGroup.O_NEG,)
