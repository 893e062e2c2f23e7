"""Alarms that all desks of a city share: raised, louder, seen, put aside, escalated, gone."""

import pytest

from dispatch.centre.messages import AlarmDeed, Said, Tick
from dispatch.centre.watch import wanted
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import AidAct, AidKind
from dispatch.domain.alarm_sentences import SENTENCES
from dispatch.domain.alarms import AlarmState, Severity
from dispatch.domain.geography import Position
from dispatch.domain.incidents import Act, Priority
from dispatch.domain.units import UnitState
from tests.unit.centre.centre_world import CHANGSHA, XIANGTAN, ZHUZHOU, City, refused

NUMBER, THEIRS = "CS-1124-1001", "ZZ-1124-1001"
WAITING = "waiting_p1:CS-1124-1001"
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def with_incident(priority: int = 1) -> City:
    city = City()
    city.open(NUMBER, priority=priority)
    return city


def severity(city: City, alarm: str) -> Severity | None:
    one = city.alarms().get(alarm)
    return None if one is None else one.severity


def state(city: City, alarm: str) -> AlarmState | None:
    one = city.alarms().get(alarm)
    return None if one is None else one.state


def rises(city: City, alarm: str, warn_s: float, alarm_s: float) -> bool:
    """Whether it is silent until `warn_s`, warns, and is critical from `alarm_s` on."""
    begin = city.now_ms
    for after_s, expected in (
        (warn_s - 1, None),
        (warn_s, WARNING),
        (alarm_s - 1, WARNING),
        (alarm_s, CRITICAL),
    ):
        city.now_ms = begin + int(after_s * 1000)
        city.tick()
        assert severity(city, alarm) is expected, f"{alarm} after {after_s} s"
    return True


# --- timers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("priority", "warn_s", "alarm_s"), [(1, 120, 300), (2, 300, 900)])
def test_an_incident_that_waits_is_told_sooner_the_more_urgent_it_is(
    priority: int, warn_s: float, alarm_s: float
) -> None:
    assert rises(with_incident(priority), f"waiting_p{priority}:{NUMBER}", warn_s, alarm_s)


def test_a_timer_without_an_alarm_only_warns() -> None:
    city = with_incident(3)
    city.wait(20_000)
    assert severity(city, f"waiting_p3:{NUMBER}") is WARNING


def test_waiting_is_counted_anew_after_a_unit_was_there() -> None:
    city = with_incident()
    city.wait(100)
    request = city.send("CS-001", NUMBER)
    city.now_ms += 1000
    city.done(request, "crew_refused")
    city.wait(119)
    assert WAITING not in city.alarms()
    city.wait(1)
    assert WAITING in city.ringing()


def test_a_held_incident_does_not_wait() -> None:
    city = with_incident()
    city.change(NUMBER, Act.HOLD, reason="address_unclear")
    city.wait(2000)
    assert city.alarms() == {}


def test_a_priority_that_is_raised_takes_the_timer_of_the_higher_one() -> None:
    city = with_incident(3)
    city.wait(400)
    assert city.alarms() == {}
    city.change(NUMBER, Act.AMEND, priority=Priority.LIFE_THREATENING)
    city.tick()
    assert severity(city, WAITING) is CRITICAL


def test_an_order_the_crew_does_not_acknowledge_rings_until_it_does() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    assert rises(city, "order_unacknowledged:CS-001", 30, 60)
    assert city.alarms()["order_unacknowledged:CS-001"].facts == {"unit": "CS-001", "incident": NUMBER}
    city.acknowledge(request)
    city.tick()
    assert state(city, "order_unacknowledged:CS-001") is AlarmState.RETURNED


def test_a_reservation_is_no_order() -> None:
    city = with_incident()
    city.request("CS-001", NUMBER)
    city.wait(29)
    assert city.alarms() == {}


def test_a_stand_down_the_crew_does_not_acknowledge_rings() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.acknowledge(request)
    city.cancel(request)
    assert rises(city, "standing_down:CS-001", 30, 120)


def test_a_crew_that_acknowledged_and_does_not_roll_out_rings() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.acknowledge(request)
    assert rises(city, "rolling_out:CS-001", 120, 180)
    city.says(request, UnitState.EN_ROUTE)
    city.tick()
    assert state(city, "rolling_out:CS-001") is AlarmState.RETURNED


@pytest.mark.parametrize(
    ("code", "states"),
    [
        ("scene_dwell", (UnitState.EN_ROUTE, UnitState.ON_SCENE)),
        (
            "hospital_dwell",
            (UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL),
        ),
    ],
)
def test_a_crew_that_stays_long_is_asked_after(code: str, states: tuple[UnitState, ...]) -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.journey(request, *states)
    assert rises(city, f"{code}:CS-001", 1800, 3600)


def test_crews_are_told_when_the_place_they_drive_to_was_corrected() -> None:
    city = with_incident()
    first, second = city.send("CS-001", NUMBER), city.send("CS-002", NUMBER)
    city.journey(second, UnitState.EN_ROUTE, UnitState.ON_SCENE)
    near = Position(lat=28.2001, lon=112.97)
    city.change(NUMBER, Act.AMEND, place="Wuyi Square, east gate", position=near)
    city.tick()
    assert city.alarms() == {}  # eleven metres
    city.change(NUMBER, Act.AMEND, place="Furong Square", position=Position(lat=28.21, lon=112.99))
    city.tick()
    assert city.ringing() == {"place_changed:CS-001"}
    assert city.alarms()["place_changed:CS-001"].facts["place"] == "Furong Square"
    city.journey(first, UnitState.EN_ROUTE, UnitState.ON_SCENE)
    city.tick()
    assert state(city, "place_changed:CS-001") is AlarmState.RETURNED


def test_what_was_held_and_is_over_is_told_until_somebody_acts() -> None:
    city = with_incident()
    city.change(NUMBER, Act.HOLD, reason="booked_later", until_ms=city.now_ms + 60_000)
    city.wait(60)
    assert severity(city, f"held_over:{NUMBER}") is WARNING
    city.wait(600)
    assert severity(city, f"held_over:{NUMBER}") is CRITICAL
    city.send("CS-001", NUMBER)
    city.tick()
    assert f"held_over:{NUMBER}" not in city.alarms()


def test_a_chase_rings_while_nobody_is_on_the_way_and_each_chase_anew() -> None:
    city = with_incident()
    chased = f"chased:{NUMBER}"
    city.change(NUMBER, Act.CHASE, text="where is it")
    city.tick()
    assert chased in city.ringing()
    city.act_on(chased, AlarmDeed.ACKNOWLEDGE)
    city.tick()
    assert chased not in city.ringing()
    city.change(NUMBER, Act.CHASE, text="still nothing")
    city.tick()
    assert chased in city.ringing()
    city.send("CS-001", NUMBER)
    city.tick()
    assert state(city, chased) is AlarmState.RETURNED


def test_a_chase_about_a_unit_on_its_way_rings_nobody() -> None:
    city = with_incident()
    city.send("CS-001", NUMBER)
    city.change(NUMBER, Act.CHASE, text="where is it")
    city.tick()
    assert city.alarms() == {}


def test_no_free_unit_is_an_advice_to_ask_the_neighbours() -> None:
    city = with_incident()
    city.change(NUMBER, Act.NONE_FREE)
    city.tick()
    assert severity(city, f"none_free:{NUMBER}") is Severity.ADVISORY


# --- help -----------------------------------------------------------------------------------------


def test_a_request_for_help_is_loud_at_once_and_louder_while_nobody_answers() -> None:
    city = City()
    city.ask()
    city.tick()
    assert city.ringing() == {"aid_received:a1"}
    assert severity(city, "aid_received:a1") is CRITICAL
    city.wait(30)
    assert city.ringing() == {"aid_unanswered:a1"}
    assert severity(city, "aid_unanswered:a1") is WARNING
    city.wait(30)
    assert severity(city, "aid_unanswered:a1") is CRITICAL
    city.answer(AidAct.COMMIT, "CS-001")
    city.tick()
    assert city.alarms() == {}


def test_a_less_urgent_request_only_warns() -> None:
    city = City()
    city.ask(priority=Priority.URGENT)
    city.tick()
    assert severity(city, "aid_received:a1") is WARNING


def test_a_claim_quiets_a_request_and_does_not_answer_it() -> None:
    city = City()
    city.ask()
    city.tick()
    city.answer(AidAct.CLAIM)
    city.tick()
    assert city.alarms() == {}
    city.wait(30)
    assert "aid_unanswered:a1" in city.ringing()


def test_accepted_without_a_unit_is_only_half_an_answer() -> None:
    city = City()
    city.ask()
    city.answer(AidAct.ACCEPT)
    city.tick()
    assert city.alarms() == {}
    city.wait(30)
    assert "aid_unanswered:a1" in city.ringing()


def test_the_borrower_is_told_that_nobody_answers() -> None:
    lender, borrower = City(ZHUZHOU), with_incident()
    lender.ask(borrower=CHANGSHA)
    borrower.foreign_aid(lender.help())
    borrower.wait(29)
    assert borrower.alarms() == {}
    borrower.wait(1)
    assert severity(borrower, "aid_waiting:a1") is WARNING
    borrower.wait(30)
    assert severity(borrower, "aid_waiting:a1") is CRITICAL
    assert borrower.alarms()["aid_waiting:a1"].subject == NUMBER


def test_an_incident_that_was_taken_over_rings_until_a_unit_is_sent() -> None:
    city = City()
    city.ask(kind=AidKind.INCIDENT)
    city.answer(AidAct.ACCEPT)
    city.tick()
    handed = "handed_over:CS-1124-0999"
    assert severity(city, handed) is WARNING
    city.act_on(handed, AlarmDeed.ACKNOWLEDGE)
    city.wait(60)
    assert (severity(city, handed), state(city, handed)) == (CRITICAL, AlarmState.UNACKNOWLEDGED)
    city.send("CS-001", "CS-1124-0999")
    city.tick()
    assert handed not in city.alarms()


# --- events ---------------------------------------------------------------------------------------


def test_a_crew_that_refused_is_told_until_it_was_read_even_when_others_go() -> None:
    city = with_incident()
    refused_by = f"unit_refused:{NUMBER}:CS-001"
    city.send("CS-002", NUMBER)
    city.done(city.send("CS-001", NUMBER), "crew_refused")
    city.tick()
    assert refused_by in city.ringing()
    city.act_on(refused_by, AlarmDeed.ACKNOWLEDGE)
    city.tick()
    assert refused_by not in city.alarms()


def test_a_refusal_that_was_read_stands_while_the_patient_waits() -> None:
    city = with_incident()
    refused_by = f"unit_refused:{NUMBER}:CS-001"
    city.done(city.send("CS-001", NUMBER), "crew_refused")
    city.act_on(refused_by, AlarmDeed.ACKNOWLEDGE)
    city.tick()
    assert state(city, refused_by) is AlarmState.ACKNOWLEDGED
    city.send("CS-002", NUMBER)
    city.tick()
    assert refused_by not in city.alarms()


def test_a_conflict_stands_until_it_was_read() -> None:
    city = City()
    city.send("CS-001", NUMBER)
    city.telephoned("CS-001", THEIRS)
    conflict = f"conflict:{THEIRS}:CS-001"
    city.wait(10_000)
    assert conflict in city.ringing()
    city.act_on(conflict, AlarmDeed.ACKNOWLEDGE)
    assert conflict not in city.alarms()


# --- the life of an alarm -------------------------------------------------------------------------


def waiting_alarm() -> City:
    city = with_incident()
    city.wait(120)
    assert WAITING in city.ringing()
    return city


def test_an_acknowledged_alarm_clears_when_its_cause_goes() -> None:
    city = waiting_alarm()
    assert city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE).accepted
    assert city.alarms()[WAITING].acknowledged_by == "li@console-1"
    city.send("CS-001", NUMBER)
    city.tick()
    assert city.alarms() == {}


def test_an_unseen_alarm_stays_listed_when_its_cause_goes_and_clears_when_it_is_seen() -> None:
    city = waiting_alarm()
    city.send("CS-001", NUMBER)
    city.tick()
    assert state(city, WAITING) is AlarmState.RETURNED
    assert city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE).accepted
    assert city.alarms() == {}


def test_a_cause_that_comes_back_rings_again() -> None:
    city = waiting_alarm()
    request = city.send("CS-001", NUMBER)
    city.tick()
    city.cancel(request)
    city.report(request, Said.STOOD_DOWN)
    city.wait(120)
    assert WAITING in city.ringing()


def test_an_unseen_alarm_is_kept_for_a_day_after_its_cause_went() -> None:
    city = waiting_alarm()
    city.cancel(city.send("CS-001", NUMBER))
    city.tick()
    city.wait(23 * 3600)
    assert state(city, WAITING) is AlarmState.RETURNED
    city.wait(3600)
    assert WAITING not in city.alarms()


def test_an_alarm_that_becomes_more_severe_rings_again() -> None:
    city = waiting_alarm()
    city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE)
    city.wait(180)
    alarm = city.alarms()[WAITING]
    assert (alarm.severity, alarm.state) == (CRITICAL, AlarmState.UNACKNOWLEDGED)
    assert alarm.raised_at == from_epoch_ms(city.now_ms)


def test_the_log_tells_of_an_alarm_all_that_its_sentence_needs() -> None:
    city = waiting_alarm()
    note, alarm = city.note("alarm.raised"), city.alarms()[WAITING]
    assert note.target == WAITING
    assert note.detail["facts"] == alarm.facts
    assert SENTENCES[alarm.code].format(**alarm.facts)


def test_an_alarm_that_stands_is_not_said_again_each_second() -> None:
    city = waiting_alarm()
    city.state.alarms.copy()
    before = city.alarms()
    notes = len(city.actions())
    city.wait(1)
    assert city.alarms() == before
    assert len(city.actions()) == notes


def test_acknowledging_twice_changes_nothing_and_the_first_is_named() -> None:
    city = waiting_alarm()
    city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE)
    count = city.actions().count("alarm.acknowledged")
    assert city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE).accepted
    assert city.actions().count("alarm.acknowledged") == count


def test_an_alarm_that_is_gone_cannot_be_acknowledged() -> None:
    assert refused(City().act_on("waiting_p1:CS-1", AlarmDeed.ACKNOWLEDGE), "unknown_alarm")


# --- escalation and shelving ----------------------------------------------------------------------


def test_a_critical_alarm_nobody_acknowledges_escalates_once() -> None:
    city = with_incident()
    city.wait(300)
    city.wait(29)
    assert not city.alarms()[WAITING].escalated
    city.wait(1)
    assert city.alarms()[WAITING].escalated
    city.wait(30)
    assert city.actions().count("alarm.escalated") == 1


@pytest.mark.parametrize("deed", [AlarmDeed.ACKNOWLEDGE, AlarmDeed.SHELVE])
def test_a_critical_alarm_that_was_seen_does_not_escalate(deed: AlarmDeed) -> None:
    city = with_incident()
    city.wait(300)
    city.act_on(WAITING, deed, minutes=10)
    city.wait(60)
    assert not city.alarms()[WAITING].escalated


def test_a_warning_does_not_escalate() -> None:
    city = waiting_alarm()
    city.wait(100)
    assert not city.alarms()[WAITING].escalated


@pytest.mark.parametrize("minutes", [None, 0, -5, 61])
def test_an_alarm_is_put_aside_for_a_limited_time_only(minutes: float | None) -> None:
    city = waiting_alarm()
    assert refused(city.act_on(WAITING, AlarmDeed.SHELVE, minutes), "no_limit", most_min=60)


def test_putting_aside_needs_a_reason() -> None:
    city = waiting_alarm()
    assert refused(city.act_on(WAITING, AlarmDeed.SHELVE, 5, reason=""), "missing", field="reason")


def test_a_shelved_alarm_rings_again_when_its_time_is_over() -> None:
    city = waiting_alarm()
    city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE)
    city.act_on(WAITING, AlarmDeed.SHELVE, minutes=2)
    assert city.alarms()[WAITING].shelved(from_epoch_ms(city.now_ms))
    city.wait(119)
    assert WAITING not in city.ringing()
    city.wait(1)
    assert WAITING in city.ringing()
    assert city.alarms()[WAITING].shelved_until is None


def test_a_shelved_alarm_is_brought_back_by_hand() -> None:
    city = waiting_alarm()
    city.act_on(WAITING, AlarmDeed.SHELVE, minutes=2)
    assert city.act_on(WAITING, AlarmDeed.UNSHELVE).accepted
    assert city.alarms()[WAITING].shelved_until is None


def test_a_shelved_alarm_whose_cause_goes_is_not_shelved_when_it_returns() -> None:
    city = waiting_alarm()
    city.act_on(WAITING, AlarmDeed.SHELVE, minutes=60)
    city.cancel(city.send("CS-001", NUMBER))
    city.tick()
    assert city.alarms()[WAITING].shelved_until is None


# --- the contract ---------------------------------------------------------------------------------


def test_every_alarm_has_its_sentence_with_its_facts() -> None:
    city, lender = with_incident(), City(ZHUZHOU)
    lender.ask(borrower=CHANGSHA)
    city.foreign_aid(lender.help())
    city.ask("a2", borrower=XIANGTAN)
    city.ask("a3", borrower=ZHUZHOU, kind=AidKind.INCIDENT)
    city.answer(AidAct.ACCEPT, aid="a3")
    city.ask("a4")
    city.answer(AidAct.COMMIT, "CS-003", aid="a4")
    city.request("CS-003", NUMBER)
    city.change(NUMBER, Act.CHASE, text="x")
    city.change(NUMBER, Act.NONE_FREE)
    city.open("CS-1124-1002")
    city.done(city.send("CS-001", "CS-1124-1002"), "crew_refused")
    city.send("CS-002", "CS-1124-1002")
    city.telephoned("CS-002", THEIRS)
    seen = dict(city.alarms())
    for _each in range(30):
        city.tick()
        seen |= city.alarms()
        city.now_ms += 30_000
    assert len({alarm.code for alarm in seen.values()}) == 11
    for alarm in seen.values():
        assert SENTENCES[alarm.code].format(**{"city": alarm.city, **alarm.facts})
        assert len(alarm.id) <= 64
        assert alarm.shared


def test_nothing_is_wanted_of_a_quiet_city() -> None:
    city = City()
    draft = city.mind.decided(Tick(), city.centre.book, city.centre._over, city.now_ms)
    assert wanted(draft) == {}
    assert draft.alarms == {}


def test_only_a_desk_of_its_own_city_acknowledges_an_alarm_or_puts_it_aside() -> None:
    city = with_incident()
    city.now_ms += 400_000
    city.tick()
    for act in (AlarmDeed.ACKNOWLEDGE, AlarmDeed.SHELVE):
        refused(city.act_on(WAITING, act, minutes=5, by=ZHUZHOU), "aid_not_yours")
    assert city.ringing() == {WAITING}
    assert city.act_on(WAITING, AlarmDeed.ACKNOWLEDGE).accepted
