"""What a person does to an incident, and what each act demands."""

from datetime import timedelta

import pytest

from dispatch.centre.messages import ChangeIncident, Reply
from dispatch.clock import from_epoch_ms
from dispatch.domain import refusals, timeline
from dispatch.domain.geography import Position
from dispatch.domain.incidents import ACCEPTANCES, Act, Ending, IncidentId, IncidentState, Priority
from dispatch.domain.orders import Asker
from dispatch.domain.units import Capability, UnitId, UnitState
from tests.unit.centre.centre_world import CHANGSHA, HERE, LI, START_MS, ZHUZHOU, City, refused

NUMBER = "CS-1124-1001"
ELSEWHERE = Position(lat=28.21, lon=112.99)


@pytest.fixture
def city() -> City:
    """A centre with one incident."""
    one = City()
    assert one.open(NUMBER).accepted
    return one


# --- opening --------------------------------------------------------------------------------------


def test_an_incident_is_opened_under_the_number_of_the_desk_and_waits(city: City) -> None:
    incident = city.find()
    assert incident.state is IncidentState.WAITING
    assert incident.city == CHANGSHA
    assert incident.waiting_since == from_epoch_ms(START_MS)
    assert city.codes() == ["opened"]
    assert city.timeline()[0].by == "li@console-1"
    assert "incident.opened" in city.actions()


def test_a_number_in_use_is_refused_and_the_first_incident_stays(city: City) -> None:
    assert refused(city.open(NUMBER, patients=9), "incident_exists", incident=NUMBER)
    assert city.find().patients == 1


def test_a_number_stays_in_use_after_its_incident_has_left_the_memory(city: City) -> None:
    city.change(NUMBER, Act.CLOSE, ending=Ending.COMPLETED)
    city.wait(4_000)
    assert IncidentId(NUMBER) not in city.state.incidents
    assert refused(city.open(NUMBER), "incident_exists")


def test_a_number_of_another_city_is_refused(city: City) -> None:
    assert refused(city.open("ZZ-1124-1001"), "wrong_number", prefix="CS")


def test_an_opening_cannot_claim_what_only_its_life_may_bring() -> None:
    city = City()
    city.open(NUMBER, units=(UnitId("CS-001"),), carried=4, state=IncidentState.CLOSED, acceptances=70)
    incident = city.find()
    assert (incident.units, incident.carried, incident.acceptances) == ((), 0, 1)
    assert incident.state is IncidentState.WAITING


def test_an_incident_opened_by_a_clock_that_is_ahead_is_opened_now() -> None:
    city = City()
    city.open(NUMBER, opened_at=from_epoch_ms(START_MS) + timedelta(hours=1))
    assert city.find().opened_at == from_epoch_ms(START_MS)


# --- acceptances ----------------------------------------------------------------------------------


@pytest.mark.parametrize("act", sorted(ACCEPTANCES))
def test_each_kind_of_acceptance_is_counted(city: City, act: Act) -> None:
    if act is Act.WAKE:
        city.change(NUMBER, Act.HOLD, reason="line_dropped")
    before = city.find().acceptances
    assert city.change(NUMBER, act, text="again", reason="no_unit_free", count=1).accepted
    assert city.find().acceptances == before + 1
    assert city.codes()[-1] == act.value


@pytest.mark.parametrize("act", [Act.AMEND, Act.NOTE])
def test_what_is_no_acceptance_is_not_counted(city: City, act: Act) -> None:
    assert city.change(NUMBER, act, text="seen", patients=3).accepted
    assert city.find().acceptances == 1


@pytest.mark.parametrize("act", [Act.NOTE, Act.REPEAT, Act.CHASE])
def test_a_note_a_repeat_and_a_chase_need_words(city: City, act: Act) -> None:
    assert refused(city.change(NUMBER, act, text="  "), "missing", field="text")
    assert city.codes() == ["opened"]


def test_chases_are_counted(city: City) -> None:
    city.change(NUMBER, Act.CHASE, text="where is it")
    city.change(NUMBER, Act.CHASE, text="still nothing")
    assert city.find().chases == 2


def test_a_unit_that_was_wanted_and_not_to_be_had_is_counted(city: City) -> None:
    city.change(NUMBER, Act.NONE_FREE)
    assert city.find().none_free == 1


def test_a_reinforcement_needs_the_number_of_units_wanted(city: City) -> None:
    assert refused(city.change(NUMBER, Act.REINFORCE, text="two more"), "missing", field="count")
    city.change(NUMBER, Act.REINFORCE, text="a coach", count=2)
    city.change(NUMBER, Act.REINFORCE, count=1)
    assert city.find().reinforcements == 3
    assert city.timeline()[-2].facts == {"text": "a coach", "count": 2}


# --- holding and waking ---------------------------------------------------------------------------


def test_holding_needs_a_reason(city: City) -> None:
    assert refused(city.change(NUMBER, Act.HOLD), "missing", field="reason")


def test_a_held_incident_does_not_wait_and_wakes_by_hand(city: City) -> None:
    city.change(NUMBER, Act.HOLD, reason="address_unclear")
    held = city.find()
    assert (held.state, held.reason, held.waiting_since) == (IncidentState.HELD, "address_unclear", None)
    city.now_ms += 60_000
    city.change(NUMBER, Act.WAKE)
    woken = city.find()
    assert (woken.state, woken.reason) == (IncidentState.WAITING, "")
    assert woken.waiting_since == from_epoch_ms(START_MS + 60_000)


def test_a_held_incident_wakes_when_its_time_is_over_and_says_so(city: City) -> None:
    city.change(NUMBER, Act.HOLD, reason="booked_later", until_ms=START_MS + 60_000)
    city.wait(59)
    assert city.find().state is IncidentState.HELD
    city.wait(1)
    assert city.find().state is IncidentState.WAITING
    assert city.find().acceptances == 2
    assert city.codes()[-1] == "woken_by_time"
    assert "held_over:CS-1124-1001" in city.ringing()


def test_holding_until_a_time_that_is_gone_is_refused(city: City) -> None:
    assert refused(city.change(NUMBER, Act.HOLD, reason="booked_later", until_ms=START_MS), "in_the_past")


def test_only_a_held_incident_can_be_woken_and_only_once_held(city: City) -> None:
    assert refused(city.change(NUMBER, Act.WAKE), "not_held", incident=NUMBER)
    city.change(NUMBER, Act.HOLD, reason="address_unclear")
    assert refused(city.change(NUMBER, Act.HOLD, reason="other"), "already_held", incident=NUMBER)


def test_an_incident_with_a_unit_on_it_cannot_be_held(city: City) -> None:
    city.send("CS-001", NUMBER)
    assert refused(city.change(NUMBER, Act.HOLD, reason="x"), "units_at_work", units="CS-001")


def test_a_unit_sent_to_a_held_incident_ends_the_holding(city: City) -> None:
    city.change(NUMBER, Act.HOLD, reason="no_unit_free", until_ms=START_MS + 600_000)
    city.send("CS-001", NUMBER)
    incident = city.find()
    assert (incident.state, incident.held_until, incident.reason) == (IncidentState.DISPATCHED, None, "")


# --- amending -------------------------------------------------------------------------------------


def test_what_was_amended_stands_in_the_timeline_with_what_it_was(city: City) -> None:
    city.change(NUMBER, Act.AMEND, priority=Priority.URGENT, patients=4, needs=frozenset({Capability.TRAUMA}))
    incident = city.find()
    assert (incident.priority, incident.patients) == (Priority.URGENT, 4)
    facts = city.timeline()[-1].facts
    assert facts["what"] == "priority patients needs"
    assert (facts["priority_before"], facts["priority"]) == (1, 2)
    assert (facts["needs_before"], facts["needs"]) == ("", "trauma")


def test_a_place_is_amended_together_with_its_position(city: City) -> None:
    assert refused(city.change(NUMBER, Act.AMEND, place="Furong Square"), "missing", field="position")
    assert refused(city.change(NUMBER, Act.AMEND, position=ELSEWHERE), "missing", field="place")
    assert city.change(NUMBER, Act.AMEND, place="Furong Square", position=ELSEWHERE).accepted
    assert (city.find().place, city.find().position) == ("Furong Square", ELSEWHERE)


def test_amending_nothing_is_refused(city: City) -> None:
    assert refused(city.change(NUMBER, Act.AMEND), "nothing_changed")
    assert refused(
        city.change(NUMBER, Act.AMEND, patients=1, place="Wuyi Square", position=HERE), "nothing_changed"
    )


# --- closing --------------------------------------------------------------------------------------


def test_closing_needs_an_ending_and_a_reason(city: City) -> None:
    assert refused(city.change(NUMBER, Act.CLOSE, reason="x"), "missing", field="ending")
    assert refused(city.change(NUMBER, Act.CLOSE, ending=Ending.CANCELLED), "missing", field="reason")
    assert city.change(NUMBER, Act.CLOSE, ending=Ending.CANCELLED, reason="got_better").accepted
    incident = city.find()
    assert (incident.state, incident.ending) == (IncidentState.CLOSED, Ending.CANCELLED)
    assert (incident.reason, incident.waiting_since) == ("got_better", None)
    assert city.timeline()[-1].facts == {"ending": "cancelled", "reason": "got_better"}


@pytest.mark.parametrize("ending", [Ending.COMPLETED, Ending.DUPLICATE])
def test_an_ending_that_says_why_needs_no_more_reason(city: City, ending: Ending) -> None:
    assert city.change(NUMBER, Act.CLOSE, ending=ending).accepted


def test_an_incident_is_not_closed_while_units_are_on_it(city: City) -> None:
    city.send("CS-001", NUMBER)
    city.request("CS-002", NUMBER)
    reply = city.change(NUMBER, Act.CLOSE, ending=Ending.CANCELLED, reason="got_better")
    assert refused(reply, "units_at_work", units="CS-001, CS-002")
    assert city.find().state.open


def test_a_unit_that_is_only_reserved_keeps_an_incident_open_until_its_lease_is_over(city: City) -> None:
    city.request("CS-001", NUMBER)
    assert refused(city.change(NUMBER, Act.CLOSE, ending=Ending.COMPLETED), "units_at_work")
    city.wait(31)
    assert city.change(NUMBER, Act.CLOSE, ending=Ending.COMPLETED).accepted


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.NOTE])
def test_nothing_is_done_to_a_closed_incident(city: City, act: Act) -> None:
    city.change(NUMBER, Act.CLOSE, ending=Ending.COMPLETED)
    reply = city.change(NUMBER, act, text="x", reason="x", count=1, patients=2, ending=Ending.ABORTED)
    assert refused(reply, "incident_closed", incident=NUMBER)


def test_what_is_learned_later_may_still_be_noted(city: City) -> None:
    city.change(NUMBER, Act.CLOSE, ending=Ending.COMPLETED)
    assert city.change(NUMBER, Act.NOTE, text="the ward asks back").accepted
    assert city.find().state is IncidentState.CLOSED
    assert city.codes()[-1] == "note"


def test_an_incident_nobody_knows_is_refused(city: City) -> None:
    reply = city.change("CS-1124-1999", Act.NOTE, text="x")
    assert refused(reply, "unknown_incident", city=CHANGSHA, incident="CS-1124-1999")


# --- the contract ---------------------------------------------------------------------------------


def test_every_act_writes_who_did_it_and_an_audit_row(city: City) -> None:
    city.change(NUMBER, Act.NOTE, text="gate is locked")
    note = city.note("incident.note")
    assert (note.actor, note.target, note.detail["text"]) == ("li", NUMBER, "gate is locked")
    assert city.timeline()[-1].by == "li@console-1"


def test_every_line_and_every_refusal_has_its_sentence_with_its_facts() -> None:
    city = City()
    replies = [city.open(NUMBER), city.open(NUMBER), city.open("XT-1124-1001")]
    replies += [city.change(NUMBER, act, text="x", reason="y", count=1, patients=2) for act in Act]
    request = city.send("CS-001", NUMBER)
    replies += [city.change(NUMBER, act, text="x", reason="y", count=1, patients=2) for act in Act]
    city.journey(request, UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING)
    assert replies[0].accepted
    for entry in city.timeline():
        assert timeline.SENTENCES[entry.code].format(**entry.facts)
    assert [reply.code for reply in replies if not reply.accepted]
    for reply in [reply for reply in replies if not reply.accepted]:
        assert sentence(reply)


def sentence(reply: Reply) -> str:
    return refusals.SENTENCES[reply.code].format(**reply.facts)


def test_another_citys_desk_writes_down_what_a_caller_said_and_decides_nothing(city: City) -> None:
    for act in (Act.CLOSE, Act.HOLD, Act.WAKE, Act.REINFORCE, Act.AMEND, Act.NONE_FREE):
        said = ChangeIncident(
            f"k-{act}", Asker(ZHUZHOU, "console-1"), LI, IncidentId(NUMBER), act, reason="x"
        )
        refused(city._keyed(said), "incident_not_yours")
    assert city.find().state is IncidentState.WAITING
    for act in (Act.REPEAT, Act.CHASE, Act.NOTE):
        said = ChangeIncident(f"k-{act}", Asker(ZHUZHOU, "console-1"), LI, IncidentId(NUMBER), act, text="x")
        assert city._keyed(said).accepted
