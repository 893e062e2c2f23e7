"""Alarms: one entry per cause, never gone before somebody saw it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.alarms import AlarmId, AlarmState, Severity
from dispatch.picture.alarms import Alarms
from dispatch.picture.changes import Changes

ONE = AlarmId("offline:xiangtan")
NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def raised(severity: Severity = Severity.WARNING) -> Alarms:
    alarms = Alarms()
    assert alarms.raise_(ONE, severity, "city.offline", NOW)
    return alarms


def test_an_alarm_that_stands_open_is_not_raised_twice() -> None:
    alarms = raised()
    assert not alarms.raise_(ONE, Severity.CRITICAL, "city.offline", NOW + timedelta(minutes=1))
    alarms.acknowledge(ONE)
    assert not alarms.raise_(ONE, Severity.CRITICAL, "city.offline", NOW + timedelta(minutes=2))
    assert alarms.by_id[ONE].raised_at == NOW


def test_seen_first_and_gone_later_it_clears() -> None:
    alarms = raised()
    assert alarms.acknowledge(ONE)
    assert not alarms.acknowledge(ONE)
    assert alarms.cause_gone(ONE)
    assert alarms.listed() == []


def test_gone_before_it_was_seen_it_stays_listed_until_seen() -> None:
    alarms = raised()
    assert alarms.cause_gone(ONE)
    assert [alarm.state for alarm in alarms.listed()] == [AlarmState.RETURNED]
    assert not alarms.cause_gone(ONE)
    assert alarms.acknowledge(ONE)
    assert alarms.listed() == []


def test_a_cause_that_comes_back_is_raised_anew() -> None:
    alarms = raised()
    alarms.cause_gone(ONE)
    assert alarms.raise_(ONE, Severity.WARNING, "city.offline", NOW + timedelta(hours=1))
    assert alarms.by_id[ONE].state is AlarmState.UNACKNOWLEDGED


def test_an_unknown_alarm_changes_nothing() -> None:
    alarms = Alarms()
    assert not alarms.acknowledge(ONE)
    assert not alarms.cause_gone(ONE)


def test_unseen_stands_before_seen_then_severity_then_age() -> None:
    alarms = Alarms()
    for name, severity, minute in (
        ("seen", Severity.CRITICAL, 0), ("late", Severity.WARNING, 9), ("early", Severity.WARNING, 1),
        ("red", Severity.CRITICAL, 5), ("note", Severity.ADVISORY, 0),
    ):  # fmt: skip
        alarms.raise_(AlarmId(name), severity, "x", NOW + timedelta(minutes=minute))
    alarms.acknowledge(AlarmId("seen"))
    assert [alarm.id for alarm in alarms.listed()] == ["red", "early", "late", "note", "seen"]


@given(st.lists(st.sampled_from(["raise", "acknowledge", "gone"]), max_size=12))
def test_an_alarm_leaves_the_list_only_after_somebody_saw_it(steps: list[str]) -> None:
    alarms, seen = Alarms(), True
    for step in steps:
        if step == "raise" and alarms.raise_(ONE, Severity.WARNING, "x", NOW):
            seen = False
        elif step == "acknowledge":
            alarms.acknowledge(ONE)
            seen = True
        elif step == "gone":
            alarms.cause_gone(ONE)
        assert seen or [alarm.id for alarm in alarms.listed()] == [ONE]


def test_many_changes_of_one_unit_between_two_frames_are_one() -> None:
    changes = Changes()
    for _ in range(100):
        changes.mark("unit", "CS-012")
    changes.mark("bank", "CS-B-1")
    assert changes.version == 101
    assert changes.drain() == {"unit": {"CS-012"}, "bank": {"CS-B-1"}}
    assert changes.drain() == {}
