"""What a blood request says of its patient, and what the rule set made of it, in a sentence."""

from datetime import UTC, datetime

import pytest

from dispatch import language
from dispatch.console.present_need import need_text, rule_text
from dispatch.decide.blood import BloodNeed
from dispatch.settings import Configuration, load


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load()


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


def said(configuration: Configuration, **facts: object) -> tuple[str, str]:
    """The line of the patient and the line of the rules."""
    given: dict[str, object] = {
        "component": "red_cells",
        "quantity": 2,
        "hospital": "H",
        "need_by": datetime(2026, 11, 24, tzinfo=UTC),
    }
    need = BloodNeed.model_validate(given | facts)
    component = next(each for each in configuration.components if each.code == need.component)
    table = configuration.blood_rules.compatibility.tables[component.rule]
    return need_text(need, component, table), rule_text(need, table)


def test_a_common_request_says_little(configuration: Configuration) -> None:
    assert said(configuration, group="A+") == ("emergency, blue light", "groups in order: A+ > O+")


def test_an_undescribed_patient_is_said_to_be_so_and_what_that_costs(configuration: Configuration) -> None:
    assert said(configuration, group="A-") == (
        "emergency, blue light  patient: not stated",
        "groups in order: A- > O-; not for this patient (not stated): O+, A+",
    )


def test_groups_of_one_tier_stand_side_by_side(configuration: Configuration) -> None:
    assert said(configuration, group="AB+")[1] == "groups in order: AB+ > A+/B+ > O+"


def test_special_units_and_the_physician_are_named(configuration: Configuration) -> None:
    patient, rule = said(
        configuration,
        component="platelets",
        group="A+",
        mode="ad_hoc",
        attributes=["irradiated", "made_up"],
        on_word_of="\x1b王强",
    )
    assert patient.startswith("soon, ordinary drive  irradiated  made_up  on the word of ")
    assert "\x1b" not in patient
    assert patient.endswith("王强")
    assert rule == "groups in order: A+ > AB+ > B+ > O+"


def test_what_a_physician_could_allow_is_said(configuration: Configuration) -> None:
    assert said(configuration, component="platelets", group="O-")[1] == (
        "groups in order: O-; only on a physician's word: O+, A-, A+, B-, B+, AB-, AB+"
    )


def test_no_group_at_all_is_said(configuration: Configuration) -> None:
    assert said(configuration, component="platelets")[1] == "no group may be offered"
