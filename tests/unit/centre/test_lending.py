"""Requests for help at the lender: received, claimed, answered, carried out, given back."""

from datetime import timedelta

import pytest

from dispatch.centre.messages import Reply, Said
from dispatch.domain.aid import AidAct, AidKind, AidState
from dispatch.domain.incidents import IncidentId, IncidentState
from dispatch.domain.units import UnitId, UnitState
from tests.unit.centre.centre_world import CHANGSHA, XIANGTAN, ZHUZHOU, City, refused

THEIRS = "ZZ-1124-1001"
OURS = "CS-1124-1001"
RECEIVED, COMMITTED = AidState.RECEIVED, AidState.COMMITTED
DEPLOYED, RELEASED, EXPIRED = AidState.DEPLOYED, AidState.RELEASED, AidState.EXPIRED


def asked(**what: object) -> City:
    city = City()
    assert city.ask(**what).accepted  # type: ignore[arg-type]
    return city


def committed(*units: str, **what: object) -> City:
    city = asked(units=max(1, len(units)), **what)
    assert city.answer(AidAct.COMMIT, *units).accepted
    return city


# --- asking ---------------------------------------------------------------------------------------


def test_a_request_is_received_and_promises_nothing() -> None:
    city = asked(wanted=("CS-001",))
    assert (city.help().state, city.help().units) == (RECEIVED, ())
    assert city.help().node == "console-1"
    assert "aid.received" in city.actions()


def test_the_same_request_again_is_the_same_request() -> None:
    city = committed("CS-001")
    reply = city.ask()
    assert reply.facts["state"] == "committed"
    assert len(city.state.aids) == 1
    assert city.help().units == ("CS-001",)


def test_a_request_cannot_claim_what_only_the_lender_writes() -> None:
    city = asked(state=DEPLOYED, units=1, claimed_by="x", rule="y", used=(UnitId("CS-001"),))
    aid = city.help()
    assert (aid.state, aid.used, aid.claimed_by, aid.rule) == (RECEIVED, (), "", "")


@pytest.mark.parametrize(
    "what", [{"by": XIANGTAN}, {"lender": XIANGTAN}, {"borrower": CHANGSHA, "by": CHANGSHA}]
)
def test_only_the_borrower_itself_asks_and_only_its_neighbour(what: dict[str, object]) -> None:
    assert refused(City().ask(**what), "aid_not_yours")  # type: ignore[arg-type]


def test_another_city_cannot_take_over_the_id_of_a_request() -> None:
    city = asked()
    assert refused(city.ask(borrower=XIANGTAN), "aid_not_yours", city=ZHUZHOU)


def test_a_request_that_comes_after_its_own_deadline_is_refused() -> None:
    city = City()
    aid_by = timedelta(seconds=-1)
    city.now_ms += 1000
    late = city.ask(answer_by=city.centre.state.duties[UnitId("CS-001")].status.since + aid_by)
    assert refused(late, "expired")


# --- claiming -------------------------------------------------------------------------------------


def test_a_desk_that_claims_an_answer_keeps_others_from_giving_theirs() -> None:
    city = asked()
    assert city.answer(AidAct.CLAIM, node="console-1").accepted
    assert city.help().claimed_by == "li@console-1"
    for act in (AidAct.CLAIM, AidAct.ACCEPT, AidAct.COMMIT, AidAct.DECLINE):
        reply = city.answer(act, "CS-001", node="console-2", reason="too_far")
        assert refused(reply, "aid_claimed", by="li@console-1")
    assert city.answer(AidAct.COMMIT, "CS-001", node="console-1").accepted


def test_a_claim_of_a_desk_that_died_can_be_lifted_by_another() -> None:
    city = asked()
    city.answer(AidAct.CLAIM, node="console-1")
    assert city.answer(AidAct.UNCLAIM, node="console-2").accepted
    assert city.answer(AidAct.COMMIT, "CS-001", node="console-2").accepted


def test_the_borrower_takes_its_request_back_whoever_claimed_it() -> None:
    city = asked()
    city.answer(AidAct.CLAIM)
    assert city.answer(AidAct.CANCEL, by=ZHUZHOU).accepted
    assert city.help().state is AidState.CANCELLED


# --- accepting, declining, committing -------------------------------------------------------------


def test_accepting_names_no_unit_and_gives_time_to_name_one() -> None:
    city = asked()
    city.now_ms += 100_000
    assert city.answer(AidAct.ACCEPT).accepted
    assert (city.help().state, city.help().units) == (AidState.ACCEPTED, ())
    city.wait(100)
    assert city.help().state is AidState.ACCEPTED
    city.wait(21)
    assert city.help().state is EXPIRED


def test_declining_needs_a_reason() -> None:
    city = asked()
    assert refused(city.answer(AidAct.DECLINE), "missing", field="reason")
    assert city.answer(AidAct.DECLINE, reason="reserve_kept").accepted
    assert (city.help().state, city.help().reason) == (AidState.DECLINED, "reserve_kept")


def test_committing_names_units_and_accepts_too() -> None:
    city = committed("CS-003", "CS-001")
    aid = city.help()
    assert (aid.state, aid.units, aid.answered_by) == (COMMITTED, ("CS-003", "CS-001"), "li@console-1")
    assert aid.good_until == aid.changed_at + timedelta(seconds=90)


def test_units_may_be_named_one_after_the_other_up_to_what_was_asked_for() -> None:
    city = asked(units=2)
    assert city.answer(AidAct.COMMIT, "CS-001").accepted
    assert refused(city.answer(AidAct.COMMIT, "CS-002", "CS-003"), "aid_too_many", count=2)
    assert city.answer(AidAct.COMMIT, "CS-002").accepted
    assert city.answer(AidAct.COMMIT, "CS-002").accepted  # a second time changes nothing
    assert city.help().units == ("CS-001", "CS-002")


def test_only_a_free_unit_of_this_city_is_named() -> None:
    city = asked(units=4)
    city.send("CS-001", OURS)
    city.set_state("CS-002", UnitState.PAUSED, reason="meal")
    city.request("CS-003", OURS)
    for unit in ("CS-001", "CS-002", "CS-003"):
        assert refused(city.answer(AidAct.COMMIT, unit), "unit_not_free", unit=unit)
    assert refused(city.answer(AidAct.COMMIT, "ZZ-001"), "unknown_unit", unit="ZZ-001")
    assert refused(city.answer(AidAct.COMMIT), "missing", field="units")
    assert city.help().state is RECEIVED


def test_a_unit_is_promised_once() -> None:
    city = committed("CS-001")
    city.ask("a2", borrower=XIANGTAN)
    assert refused(city.answer(AidAct.COMMIT, "CS-001", aid="a2"), "unit_not_free", unit="CS-001")


def test_what_was_named_is_taken_back_and_not_declined() -> None:
    city = committed("CS-001")
    assert refused(city.answer(AidAct.DECLINE, reason="too_far"), "aid_not_now", state="committed")
    assert refused(asked().answer(AidAct.RELEASE), "aid_not_now", state="received")


@pytest.mark.parametrize("act", [AidAct.CLAIM, AidAct.ACCEPT, AidAct.COMMIT, AidAct.DECLINE, AidAct.UNCLAIM])
def test_only_the_lender_answers(act: AidAct) -> None:
    for city_code in (ZHUZHOU, XIANGTAN):
        assert refused(
            asked().answer(act, "CS-001", by=city_code, reason="x"), "aid_not_yours", city=CHANGSHA
        )


def test_only_the_borrower_takes_its_request_back() -> None:
    assert refused(asked().answer(AidAct.CANCEL), "aid_not_yours", city=ZHUZHOU)
    assert refused(asked().answer(AidAct.RELEASE, by=XIANGTAN), "aid_not_yours")


def test_what_is_over_stays_over() -> None:
    city = asked()
    city.answer(AidAct.DECLINE, reason="too_far")
    for act in AidAct:
        by = ZHUZHOU if act is AidAct.CANCEL else CHANGSHA
        assert refused(city.answer(act, "CS-001", by=by, reason="x"), "aid_over", state="declined")
    assert refused(city.answer(AidAct.CLAIM, aid="a9"), "unknown_aid", city=CHANGSHA)


# --- the order of a lent unit ---------------------------------------------------------------------


def test_a_neighbour_orders_only_what_was_lent_to_it_for_this_incident() -> None:
    city = committed("CS-001")
    city.ask("a2", borrower=XIANGTAN)
    expected = {
        (ZHUZHOU, None, THEIRS, "CS-001"): "aid_needed",
        (ZHUZHOU, "a9", THEIRS, "CS-001"): "aid_needed",
        (XIANGTAN, "a2", "XT-1124-1001", "CS-002"): "aid_needed",
        (XIANGTAN, "a1", THEIRS, "CS-001"): "aid_other",
        (ZHUZHOU, "a1", "ZZ-1124-1002", "CS-001"): "aid_other",
        (ZHUZHOU, "a1", THEIRS, "CS-002"): "aid_other",
        (ZHUZHOU, "a1", THEIRS, "CS-001"): "",
    }
    for (by, aid, number, unit), reason in expected.items():
        assert city.denied(city.request(unit, number, by=by, aid=aid)) == reason


def test_a_loan_goes_from_named_to_under_way_to_given_back() -> None:
    city = committed("CS-001")
    request = city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    assert (city.help().state, city.help().used) == (COMMITTED, ("CS-001",))
    city.acknowledge(request)
    assert city.help().state is DEPLOYED
    for state in (UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL):
        city.says(request, state)
    city.done(request)
    aid = city.help()
    assert (aid.state, aid.units, aid.back, aid.out) == (RELEASED, ("CS-001",), ("CS-001",), ())


@pytest.mark.parametrize("way", ["stood_down", "refused", "aborted"])
def test_however_a_lent_unit_ends_it_is_back(way: str) -> None:
    city = committed("CS-001")
    request = city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    if way == "stood_down":
        city.cancel(request)
        assert city.help().state is COMMITTED  # not before the crew has heard it
        city.report(request, Said.STOOD_DOWN)
    elif way == "refused":
        city.done(request, "crew_refused")
    else:
        city.acknowledge(request)
        city.done(request, "aborted")
    assert city.help().state is RELEASED


def test_a_loan_of_two_is_over_when_both_are_back() -> None:
    city = committed("CS-001", "CS-002")
    first = city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    city.acknowledge(first)
    city.done(first)
    assert (city.help().state, city.help().out) == (DEPLOYED, ("CS-002",))
    second = city.send("CS-002", THEIRS, by=ZHUZHOU, aid="a1")
    city.acknowledge(second)
    city.done(second)
    assert city.help().state is RELEASED


def test_a_loan_is_used_once() -> None:
    city = committed("CS-001", "CS-002")
    request = city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    city.acknowledge(request)
    city.done(request)
    assert city.denied(city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")) == "aid_over"
    city.answer(AidAct.RELEASE)
    assert city.denied(city.request("CS-002", THEIRS, by=ZHUZHOU, aid="a1")) == "aid_over"


def test_a_unit_whose_order_failed_before_the_crew_was_told_may_be_ordered_again() -> None:
    city = committed("CS-001")
    city.cancel(city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1"))
    assert (city.help().state, city.help().used) == (COMMITTED, ())
    city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    city.wait(31)  # its lease runs out
    assert city.help().used == ()
    assert city.denied(city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")) == ""


# --- deadlines ------------------------------------------------------------------------------------


def test_a_request_nobody_answers_expires_and_never_becomes_a_yes() -> None:
    city = asked(wanted=("CS-001",))
    city.wait(119)
    assert city.help().state is RECEIVED
    city.wait(1)
    assert (city.help().state, city.help().units) == (EXPIRED, ())
    assert "aid.expired" in city.actions()


def test_a_promise_that_is_not_used_goes_back_and_the_unit_can_be_lent_anew() -> None:
    city = committed("CS-001")
    city.wait(90)
    assert (city.help().state, city.help().back) == (EXPIRED, ("CS-001",))
    assert city.denied(city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")) == "aid_over"
    city.ask("a2", borrower=XIANGTAN)
    assert city.answer(AidAct.COMMIT, "CS-001", aid="a2").accepted


def test_a_unit_that_is_being_ordered_when_the_promise_ends_is_not_taken_back() -> None:
    city = committed("CS-001", "CS-002")
    city.now_ms += 80_000
    request = city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    city.wait(15)
    assert (city.help().state, city.help().out) == (COMMITTED, ("CS-001",))
    city.commit(request)
    city.acknowledge(request)
    assert city.help().state is DEPLOYED
    city.done(request)
    assert city.help().state is RELEASED


def test_a_reservation_that_ends_after_the_promise_takes_the_unit_with_it() -> None:
    city = committed("CS-001")
    city.now_ms += 80_000
    city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    city.wait(31)
    city.tick()
    assert (city.help().state, city.help().out) == (EXPIRED, ())


# --- taking back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [CHANGSHA, ZHUZHOU])
def test_either_city_gives_back_what_is_not_at_work(by: str) -> None:
    city = committed("CS-001")
    assert city.answer(AidAct.RELEASE, by=by).accepted  # type: ignore[arg-type]
    assert (city.help().state, city.help().lost) == (RELEASED, ())


@pytest.mark.parametrize("by", [CHANGSHA, ZHUZHOU])
def test_nobody_takes_back_a_unit_whose_crew_is_on_the_task(by: str) -> None:
    city = committed("CS-001")
    city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    assert refused(city.answer(AidAct.RELEASE, by=by), "aid_at_work", units="CS-001")  # type: ignore[arg-type]
    assert refused(city.answer(AidAct.CANCEL, by=ZHUZHOU), "aid_at_work", units="CS-001")


def test_one_of_two_units_is_taken_back() -> None:
    city = committed("CS-001", "CS-002")
    city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    assert refused(city.answer(AidAct.RELEASE, "CS-003"), "nothing_changed")
    assert city.answer(AidAct.RELEASE, "CS-002").accepted
    assert (city.help().state, city.help().out) == (COMMITTED, ("CS-001",))


def test_a_cancelled_request_frees_its_units() -> None:
    city = committed("CS-001")
    assert city.answer(AidAct.CANCEL, by=ZHUZHOU, reason="not needed").accepted
    assert (city.help().state, city.help().out, city.help().reason) == (AidState.CANCELLED, (), "not needed")
    assert city.denied(city.request("CS-001", OURS)) == ""


def test_a_request_taken_back_after_one_unit_was_used_is_given_back() -> None:
    city = committed("CS-001", "CS-002")
    request = city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    city.acknowledge(request)
    city.done(request)
    assert city.answer(AidAct.CANCEL, by=ZHUZHOU).accepted
    assert (city.help().state, city.help().out) == (RELEASED, ())


# --- its own city comes first ---------------------------------------------------------------------


def test_the_own_city_gets_a_promised_unit_and_both_cities_hear_of_it_at_once() -> None:
    city = committed("CS-001")
    city.open(OURS)
    assert city.denied(city.request("CS-001", OURS)) == ""
    aid = city.help()
    assert (aid.lost, aid.out, aid.state) == (("CS-001",), (), COMMITTED)
    assert "aid_lost:a1:CS-001" in city.ringing()
    assert "aid.lost" in city.actions()
    assert city.denied(city.request("CS-001", THEIRS, by=ZHUZHOU, aid="a1")) == "unit_held"


def test_another_unit_is_named_for_one_that_was_lost() -> None:
    city = committed("CS-001")
    city.request("CS-001", OURS)
    assert city.answer(AidAct.COMMIT, "CS-002").accepted
    assert (city.help().out, city.help().lost) == (("CS-002",), ("CS-001",))
    assert city.denied(city.request("CS-002", THEIRS, by=ZHUZHOU, aid="a1")) == ""


def test_a_unit_lost_by_mistake_can_be_promised_again() -> None:
    city = committed("CS-001")
    city.cancel(city.request("CS-001", OURS))
    assert city.answer(AidAct.COMMIT, "CS-001").accepted
    assert (city.help().out, city.help().lost, city.help().units) == (("CS-001",), (), ("CS-001",))


def test_nobody_names_another_and_the_promise_expires() -> None:
    city = committed("CS-001")
    city.request("CS-001", OURS)
    city.wait(91)
    assert city.help().state is EXPIRED


def test_a_promised_unit_that_falls_out_is_lost() -> None:
    city = committed("CS-001", "CS-002")
    city.set_state("CS-002", UnitState.OUT_OF_SERVICE, reason="engine")
    city.tick()
    assert (city.help().lost, city.help().out) == (("CS-002",), ("CS-001",))
    assert "aid_lost:a1:CS-002" in city.ringing()


def test_a_unit_at_work_for_the_borrower_is_not_given_to_its_own_city() -> None:
    city = committed("CS-001")
    city.send("CS-001", THEIRS, by=ZHUZHOU, aid="a1")
    assert city.denied(city.request("CS-001", OURS)) == "unit_held"
    assert city.help().lost == ()


# --- taking an incident over ----------------------------------------------------------------------


def handed() -> tuple[City, Reply]:
    city = asked(kind=AidKind.INCIDENT, patients=3, reason="neighbour_nearer")
    return city, city.answer(AidAct.ACCEPT)


def test_accepting_an_incident_opens_it_here_and_ends_the_request_in_one_step() -> None:
    city, reply = handed()
    assert reply.accepted
    aid = city.help()
    assert (aid.state, aid.moved_to) == (RELEASED, "CS-1124-0999")
    incident = city.find("CS-1124-0999")
    assert (incident.state, incident.origin, incident.patients) == (IncidentState.WAITING, THEIRS, 3)
    assert city.codes("CS-1124-0999") == ["opened", "taken_over"]
    assert city.timeline("CS-1124-0999")[1].facts == {"city": "zhuzhou", "incident": THEIRS}


def test_each_incident_taken_over_gets_the_next_free_number_of_the_day() -> None:
    city, _reply = handed()
    city.open("CS-1124-0998")
    city.ask("a2", kind=AidKind.INCIDENT, borrower=XIANGTAN)
    city.answer(AidAct.ACCEPT, aid="a2")
    assert city.help("a2").moved_to == IncidentId("CS-1124-0997")


def test_the_day_of_a_number_is_that_of_china() -> None:
    city = asked(kind=AidKind.INCIDENT)
    city.now_ms += 11 * 3_600_000  # 17:00 UTC is 01:00 of the next day
    city.ask("a2", kind=AidKind.INCIDENT)
    city.answer(AidAct.ACCEPT, aid="a2")
    assert city.help("a2").moved_to == IncidentId("CS-1125-0999")


def test_an_incident_is_not_answered_with_units() -> None:
    city = asked(kind=AidKind.INCIDENT)
    assert refused(city.answer(AidAct.COMMIT, "CS-001"), "aid_whole_incident")
    assert city.answer(AidAct.DECLINE, reason="major_incident").accepted
    assert city.state.incidents == {}
