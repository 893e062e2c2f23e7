"""What is lent without asking a person, and what never is."""

import pytest

from dispatch.centre.rules import StandingRule
from dispatch.domain.aid import AidKind, AidState
from dispatch.domain.incidents import Priority
from dispatch.domain.units import Capability, UnitState
from tests.unit.centre.centre_world import CHANGSHA, XIANGTAN, ZHUZHOU, City, rules

AGREED = StandingRule(lender=CHANGSHA, borrower=ZHUZHOU, mode="automatic", most_at_once=2, most_per_request=2)


def lent(city: City, **what: object) -> bool:
    """Whether a request is met at once."""
    city.ask(**what)  # type: ignore[arg-type]
    return city.help(str(what.get("aid", "a1"))).state is AidState.COMMITTED


def centre(rule: StandingRule = AGREED, units: int = 6) -> City:
    return City(units=units, centre_rules=rules(rule))


def test_a_wanted_unit_is_lent_at_once_and_the_record_says_by_which_rule() -> None:
    city = centre()
    assert lent(city, wanted=("CS-002",))
    aid = city.help()
    assert (aid.units, aid.rule, aid.answered_by) == (("CS-002",), "changsha>zhuzhou test", "")
    assert "aid.lent_by_rule" in city.actions()
    assert city.denied(city.request("CS-002", aid.incident, by=ZHUZHOU, aid="a1")) == ""


def test_without_a_rule_a_person_answers() -> None:
    assert not lent(City(), wanted=("CS-002",))
    assert not lent(centre(AGREED.model_copy(update={"mode": "manual"})), wanted=("CS-002",))
    assert not lent(centre(), wanted=("CS-002",), borrower=XIANGTAN)


@pytest.mark.parametrize("what", [
    {"priority": Priority.URGENT},
    {"kind": AidKind.INCIDENT},
    {"units": 3, "wanted": ("CS-001", "CS-002", "CS-003")},
    {"wanted": ()},
    {"wanted": ("ZZ-001",)},
    {"units": 2, "wanted": ("CS-001",)},
    {"needs": frozenset({Capability.ADVANCED})},
])  # fmt: skip
def test_a_request_beyond_the_rule_waits_for_a_person(what: dict[str, object]) -> None:
    assert not lent(centre(), **({"wanted": ("CS-001",)} | what))


def test_what_only_a_hospital_can_do_is_no_demand_on_a_unit() -> None:
    assert lent(centre(), wanted=("CS-001",), needs=frozenset({Capability.BASIC, Capability.CARDIAC}))


def test_the_limit_counts_what_is_out_under_the_rule() -> None:
    city = centre(units=20)
    assert lent(city, units=2, wanted=("CS-001", "CS-002"))
    assert not lent(city, aid="a2", wanted=("CS-003",))
    city.wait(91)  # the first two go back unused
    assert lent(city, aid="a3", wanted=("CS-003",))


def test_a_wanted_unit_that_is_not_free_is_passed_over() -> None:
    city = centre()
    city.send("CS-001", "CS-1124-1001")
    city.set_state("CS-002", UnitState.PAUSED, reason="meal")
    assert lent(city, wanted=("CS-001", "CS-002", "CS-003"))
    assert city.help().units == ("CS-003",)


def test_the_reserve_of_the_lender_is_kept() -> None:
    kept = AGREED.model_copy(update={"priorities": (1, 3)})
    city = centre(kept, units=4)  # priority 3: half of four units are kept
    assert lent(city, wanted=("CS-001",), priority=Priority.ROUTINE)
    assert lent(city, aid="a2", wanted=("CS-002",), priority=Priority.ROUTINE)
    tight = centre(kept, units=4)
    tight.send("CS-004", "CS-1124-1001")
    tight.send("CS-003", "CS-1124-1001")
    assert not lent(tight, wanted=("CS-001",), priority=Priority.ROUTINE)
    assert lent(tight, aid="a2", wanted=("CS-001",))  # priority 1: one of ten
