"""Break-glass: what was arranged by telephone, laid beside the owner's own history."""

from dispatch.centre.messages import ForeignUnit, Telephoned
from dispatch.centre.neighbours import Neighbours
from dispatch.clock import from_epoch_ms
from dispatch.domain.incidents import Act, IncidentId
from dispatch.domain.orders import Asker
from dispatch.domain.units import Instead, UnitId, UnitState, UnitStatus
from tests.unit.centre.centre_world import CHANGSHA, LI, XIANGTAN, ZHUZHOU, City, refused

OURS, THEIRS, XIANGTANS = "CS-1124-1001", "ZZ-1124-1001", "XT-1124-1001"
UNIT = UnitId("CS-001")


def test_a_unit_that_was_free_is_reported_and_no_more() -> None:
    city = City()
    reply = city.telephoned(UNIT, THEIRS, ago_s=600)
    assert (reply.accepted, reply.facts["conflict"]) == (True, 0)
    note = city.note("break_glass.reported")
    assert (note.actor, note.target, note.detail["spoke_to"]) == ("li", UNIT, "the officer")
    assert city.ringing() == {f"unit_arranged:{THEIRS}:{UNIT}"}


def test_a_unit_on_another_task_is_a_conflict_told_to_everybody() -> None:
    city = City()
    city.open(OURS)
    request = city.send(UNIT, OURS)
    city.now_ms += 60_000
    reply = city.telephoned(UNIT, THEIRS, ago_s=30)
    assert (reply.accepted, reply.facts["conflict"]) == (True, 1)
    assert (reply.facts["other"], reply.facts["request"]) == (OURS, request)
    assert city.codes()[-1] == "conflict"
    assert city.timeline()[-1].facts == {"unit": UNIT, "other": THEIRS}
    assert city.ringing() == {f"conflict:{THEIRS}:{UNIT}"}
    assert "break_glass.conflict" in city.actions()
    assert city.order(request).state.holds_unit  # nothing is cancelled by itself


def test_a_task_that_was_over_before_the_call_is_no_conflict() -> None:
    city = City()
    request = city.send(UNIT, OURS)
    city.acknowledge(request)
    city.done(request)
    city.now_ms += 60_000
    assert city.telephoned(UNIT, THEIRS, ago_s=30).facts["conflict"] == 0


def test_a_task_that_ended_meanwhile_is_found_in_the_history() -> None:
    city = City()
    request = city.send(UNIT, OURS)
    city.acknowledge(request)
    city.now_ms += 60_000
    city.done(request)
    assert city.telephoned(UNIT, THEIRS, ago_s=30).facts["conflict"] == 1


def test_an_order_given_soon_after_the_call_is_a_conflict_and_one_much_later_is_not() -> None:
    city = City()
    city.send(UNIT, OURS)
    assert city.telephoned(UNIT, THEIRS, ago_s=1700).facts["conflict"] == 1
    assert city.telephoned(UNIT, THEIRS, ago_s=1800).facts["conflict"] == 0


def test_an_order_the_crew_never_heard_of_is_no_conflict() -> None:
    city = City()
    city.cancel(city.request(UNIT, OURS))
    city.request(UNIT, OURS)
    assert city.telephoned(UNIT, THEIRS).facts["conflict"] == 0


def test_an_order_for_the_same_incident_confirms_what_was_said() -> None:
    city = City()
    city.open(OURS)
    city.send(UNIT, OURS)
    assert city.telephoned(UNIT, OURS).facts["conflict"] == 0
    assert city.codes()[-1] == "telephoned"


def test_both_incidents_of_one_city_say_what_happened() -> None:
    city = City()
    city.open(OURS)
    city.open("CS-1124-1002")
    city.send(UNIT, OURS)
    city.telephoned(UNIT, "CS-1124-1002")
    assert city.codes("CS-1124-1002")[-2:] == ["telephoned", "conflict"]
    assert city.timeline("CS-1124-1002")[-1].facts["other"] == OURS
    assert city.timeline(OURS)[-1].facts["other"] == "CS-1124-1002"


def test_the_city_that_telephoned_writes_it_down_for_its_own_incident() -> None:
    city = City()
    city.open(OURS)
    assert city.telephoned("ZZ-001", OURS, by=CHANGSHA).facts["conflict"] == 0
    assert city.codes()[-1] == "telephoned"
    assert "break_glass.reported" in city.actions()
    assert city.find().telephoned == ("ZZ-001",)
    assert not city.find().unsent


def _codes(city: City) -> set[str]:
    return {alarm.code for alarm in city.alarms().values()}


def test_nobody_is_reminded_of_an_incident_to_which_somebody_comes_by_telephone_until_it_is_woken() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    city.wait(1200)
    assert "waiting_p1" not in _codes(city)
    assert city.change(OURS, Act.WAKE).accepted
    assert city.find().unsent
    city.wait(1)
    assert "waiting_p1" in _codes(city)
    assert refused(city.change(OURS, Act.WAKE), "not_held", incident=OURS)


def test_a_unit_goes_where_it_was_told_by_telephone_last_and_the_other_incident_waits_again() -> None:
    city = City()
    city.open(OURS)
    city.open("CS-1124-1002")
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    city.telephoned("ZZ-001", "CS-1124-1002", by=CHANGSHA)
    assert (city.find(OURS).telephoned, city.find("CS-1124-1002").telephoned) == ((), ("ZZ-001",))
    assert city.find(OURS).unsent
    assert city.codes(OURS)[-1] == "telephoned_away"
    assert city.timeline(OURS)[-1].facts["other"] == "CS-1124-1002"
    assert "waiting_again" in _codes(city)


def test_an_order_takes_the_place_of_what_was_said_by_telephone() -> None:
    city = City()
    city.open(OURS)
    city.telephoned(UNIT, OURS, by=CHANGSHA)
    city.telephoned(UNIT, OURS, by=CHANGSHA)
    assert city.find().telephoned == (UNIT,)
    city.send(UNIT, OURS)
    assert city.find().sent == (UNIT,)


def test_what_cannot_be_is_refused() -> None:
    city = City()
    assert refused(city.telephoned("ZZ-001", THEIRS), "unknown_unit", unit="ZZ-001")
    assert refused(city.telephoned(UNIT, THEIRS, ago_s=-60), "in_the_future")
    assert refused(city.telephoned(UNIT, THEIRS, reason=" "), "missing", field="reason")
    assert city.telephoned(UNIT, THEIRS, ago_s=-5).accepted  # clocks of two cities differ a little


# --- a unit that was free is expected there -------------------------------------------------------


def test_the_desks_of_a_unit_that_was_arranged_by_telephone_are_told() -> None:
    city = City()
    city.telephoned(UNIT, THEIRS, ago_s=600)
    assert city.ringing() == {f"unit_arranged:{THEIRS}:{UNIT}"}
    city.now_ms += 60_000
    city.tick()
    assert city.ringing() == {f"unit_arranged:{THEIRS}:{UNIT}"}  # until somebody has read it


def test_an_order_for_another_incident_rings_and_is_not_refused() -> None:
    city = City()
    city.telephoned(UNIT, THEIRS, ago_s=600)
    city.open(OURS)
    request = city.send(UNIT, OURS)
    assert city.order(request).state.holds_unit
    assert f"conflict:{THEIRS}:{UNIT}" in city.ringing()


def test_after_the_time_of_a_task_nobody_is_expected_any_more() -> None:
    city = City()
    city.telephoned(UNIT, THEIRS, ago_s=600)
    city.now_ms += 1_200_000
    city.open(OURS)
    city.send(UNIT, OURS)
    assert f"conflict:{THEIRS}:{UNIT}" not in city.ringing()


def test_what_was_long_ago_is_compared_and_expected_by_nobody() -> None:
    city = City()
    assert city.telephoned(UNIT, THEIRS, ago_s=3600).facts["conflict"] == 0
    assert city.ringing() == set()


# --- at the city that telephoned ------------------------------------------------------------------


def test_a_conflict_that_the_units_city_found_rings_here_once() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA, other="ZZ-1124-1009")
    assert city.codes()[-1] == "conflict"
    assert f"conflict:{OURS}:ZZ-001" in city.ringing()
    assert city.find().telephoned == ("ZZ-001",)  # nothing is cancelled by itself


def test_a_unit_that_is_sent_elsewhere_after_all_is_no_longer_waited_for() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    city.foreign_unit("ZZ-001", UnitState.ASSIGNED, "ZZ-1124-1009")
    assert city.find().telephoned == ()
    assert city.ringing() == {f"conflict:{OURS}:ZZ-001", f"waiting_again:{OURS}"}
    city.foreign_unit("ZZ-001", UnitState.EN_ROUTE, "ZZ-1124-1009")
    assert city.codes().count("telephoned_away") == 1


def test_a_unit_that_is_free_or_comes_is_waited_for() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    city.foreign_unit("ZZ-001", UnitState.AVAILABLE_AT_STATION)
    city.foreign_unit("ZZ-001", UnitState.ASSIGNED, OURS)
    assert not any(one.startswith("conflict") for one in city.ringing())


def test_an_own_unit_that_is_sent_elsewhere_leaves_the_incident_it_was_arranged_for_waiting() -> None:
    city = City()
    city.open(OURS)
    city.open("CS-1124-1002")
    city.telephoned(UNIT, OURS, by=CHANGSHA)
    city.send(UNIT, "CS-1124-1002")
    assert city.find(OURS).telephoned == ()
    assert {f"conflict:{OURS}:{UNIT}", f"waiting_again:{OURS}"} <= city.ringing()


def test_an_own_unit_that_is_ordered_there_after_all_is_no_conflict() -> None:
    city = City()
    city.open(OURS)
    city.telephoned(UNIT, OURS, by=CHANGSHA)
    city.send(UNIT, OURS)
    assert city.ringing() == set()


def test_an_incident_with_nobody_but_a_telephoned_unit_is_not_forgotten() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    city.now_ms += 599_000
    city.tick()
    assert city.ringing() == set()
    city.now_ms += 2_000
    city.tick()
    assert city.ringing() == {f"telephoned_only:{OURS}"}


# --- reports that come late, or out of order ------------------------------------------------------


def test_a_call_of_another_city_that_was_later_takes_the_unit_away_and_both_hear_of_it() -> None:
    city = City()
    city.telephoned(UNIT, THEIRS, ago_s=60)
    reply = city.telephoned(UNIT, XIANGTANS, ago_s=10, by=XIANGTAN)
    assert reply.facts["conflict"] == 0  # it goes there
    assert f"conflict:{THEIRS}:{UNIT}" in city.ringing()
    (instead,) = city.state.duties[UNIT].instead
    assert (instead.incident, instead.other) == (THEIRS, XIANGTANS)


def test_an_older_call_that_is_reported_later_is_the_one_that_came_to_nothing() -> None:
    city = City()
    city.telephoned(UNIT, XIANGTANS, ago_s=10, by=XIANGTAN)
    reply = city.telephoned(UNIT, THEIRS, ago_s=60)
    assert (reply.facts["conflict"], reply.facts["other"]) == (1, XIANGTANS)
    assert city.state.duties[UNIT].arranged == XIANGTANS


def test_an_own_incident_whose_unit_another_city_called_away_waits_again() -> None:
    city = City()
    city.open(OURS)
    city.telephoned(UNIT, OURS, ago_s=60, by=CHANGSHA)
    city.telephoned(UNIT, THEIRS, ago_s=10)
    assert city.find(OURS).telephoned == ()
    assert {f"conflict:{OURS}:{UNIT}", f"waiting_again:{OURS}"} <= city.ringing()


def test_of_two_calls_of_one_city_the_later_one_counts_whichever_is_reported_first() -> None:
    city = City()
    city.open(OURS)
    city.open("CS-1124-1002")
    city.telephoned("ZZ-001", "CS-1124-1002", ago_s=10, by=CHANGSHA)
    city.telephoned("ZZ-001", OURS, ago_s=60, by=CHANGSHA)
    assert (city.find(OURS).telephoned, city.find("CS-1124-1002").telephoned) == ((), ("ZZ-001",))
    assert f"waiting_again:{OURS}" in city.ringing()


def test_what_a_unit_did_instead_is_read_in_its_status_after_it_was_through_with_it() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    called_ms = city.now_ms
    city.wait(60)
    instead = Instead(incident=OURS, other="ZZ-1124-1009", called_ms=called_ms)
    city.foreign_unit("ZZ-001", UnitState.AVAILABLE_AT_STATION, instead=(instead,))
    assert city.find().telephoned == ()
    assert {f"conflict:{OURS}:ZZ-001", f"waiting_again:{OURS}"} <= city.ringing()


def test_what_it_did_after_an_older_call_says_nothing_about_a_newer_one() -> None:
    city = City()
    city.open(OURS)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    instead = Instead(incident=OURS, other="ZZ-1124-1009", called_ms=city.now_ms - 60_000)
    city.foreign_unit("ZZ-001", UnitState.AVAILABLE_AT_STATION, instead=(instead,))
    assert city.find().telephoned == ("ZZ-001",)


def test_an_order_for_another_incident_stands_in_the_units_status_until_it_is_arranged_there_again() -> None:
    city = City()
    city.telephoned(UNIT, THEIRS, ago_s=10)
    city.open(OURS)
    city.acknowledge(request := city.send(UNIT, OURS))
    city.done(request)
    assert [one.incident for one in city.state.duties[UNIT].instead] == [THEIRS]
    city.wait(60)
    city.telephoned(UNIT, THEIRS)
    assert city.state.duties[UNIT].instead == ()


# --- what of a neighbour's word concerns a centre -------------------------------------------------


def word(state: UnitState, since_ms: int, incident: str | None = None) -> ForeignUnit:
    status = UnitStatus(state=state, since=from_epoch_ms(since_ms), incident=incident)
    return ForeignUnit(ZHUZHOU, UnitId("ZZ-001"), status)


def call(at_ms: int) -> Telephoned:
    asker = Asker(CHANGSHA, "console-1")
    return Telephoned("key", asker, LI, UnitId("ZZ-001"), IncidentId(OURS), at_ms, "cut off")


def test_a_unit_that_is_waited_for_after_a_call_concerns_its_caller_when_it_goes_elsewhere() -> None:
    city, neighbours = City(), Neighbours("CS")
    city.open(OURS)
    elsewhere = word(UnitState.ASSIGNED, city.now_ms, "ZZ-1124-1009")
    assert not neighbours.concerns_us(elsewhere, city.state)
    city.telephoned("ZZ-001", OURS, by=CHANGSHA)
    assert neighbours.concerns_us(elsewhere, city.state)
    assert not neighbours.concerns_us(word(UnitState.AVAILABLE_AT_STATION, city.now_ms), city.state)
    assert neighbours.concerns_us(word(UnitState.ASSIGNED, city.now_ms, OURS), city.state)


def test_what_was_heard_of_a_unit_before_its_call_was_reported_comes_up_after_it() -> None:
    city, neighbours = City(), Neighbours("CS")
    elsewhere = word(UnitState.ASSIGNED, city.now_ms, "ZZ-1124-1009")
    neighbours.concerns_us(elsewhere, city.state)
    assert neighbours.after([call(city.now_ms - 1)]) == [elsewhere]
    assert neighbours.after([call(city.now_ms)]) == []  # it may be through with it since
