"""The only clock: aware, steady, and shared between the processes of a drill."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.clock import (
    AHEAD_S,
    LOOK_EVERY_S,
    DrillClock,
    ManualClock,
    SystemClock,
    epoch_ms,
    from_epoch_ms,
    speed_of,
    standing,
)

ORIGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def test_the_machines_clock_is_aware_and_steady() -> None:
    clock = SystemClock()
    first = clock.monotonic()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() >= first


def test_a_drill_starts_at_its_origin_and_runs_at_its_speed() -> None:
    started = datetime.now(UTC) - timedelta(seconds=10)
    clock = DrillClock(ORIGIN, started, speed=60)
    assert (clock.now() - ORIGIN).total_seconds() == pytest.approx(600, abs=60)
    assert clock.monotonic() == pytest.approx(600, abs=60)


def test_processes_of_one_drill_read_the_same_time() -> None:
    started = datetime.now(UTC)
    one, other = DrillClock(ORIGIN, started, 10), DrillClock(ORIGIN, started, 10)
    assert abs((one.now() - other.now()).total_seconds()) < 1


def test_a_program_put_aside_while_it_reads_its_clocks_does_not_run_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true, asides = 0.0, iter([0.3, 0.3, 0.0])

    class Times:
        """The time of day; now and then the program is put aside right after reading it."""

        @staticmethod
        def now(_zone: object) -> datetime:
            nonlocal true
            said = ORIGIN + timedelta(seconds=true)
            true += next(asides, 0.0)
            return said

    monkeypatch.setattr("dispatch.clock.datetime", Times)
    monkeypatch.setattr("dispatch.clock.time.monotonic", lambda: true)
    assert DrillClock(ORIGIN, ORIGIN).monotonic() == pytest.approx(true)


@pytest.mark.parametrize("speed", [0, -1])
def test_a_drill_does_not_stand_still_or_run_backwards(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        DrillClock(ORIGIN, ORIGIN, speed)


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(ORIGIN)
    assert (clock.now(), clock.monotonic()) == (ORIGIN, 0)
    clock.advance(1.5)
    assert (clock.now() - ORIGIN, clock.monotonic()) == (timedelta(seconds=1.5), 1.5)


@given(st.integers(0, 253_402_300_799_999))
def test_wire_times_keep_their_milliseconds(milliseconds: int) -> None:
    assert epoch_ms(from_epoch_ms(milliseconds)) == milliseconds


class Machine:
    """A machine's steady clock, moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    hand = Machine()
    monkeypatch.setattr("dispatch.clock.time.monotonic", hand.monotonic)
    return hand


def two(pace: Path, speed: float = 1.0) -> tuple[DrillClock, DrillClock]:
    """The clock that leads and the clock of another process, at the same time."""
    one, other = (DrillClock(ORIGIN, datetime.now(UTC), speed, pace) for _each in range(2))
    other._zero = one._zero
    return one, other


def test_a_drill_that_is_stopped_stands_in_every_process_and_goes_on_where_it_stood(
    machine: Machine, tmp_path: Path
) -> None:
    leads, follows = two(tmp_path / "pace.json", 10)
    machine.now_s += 5
    began = follows.monotonic()
    leads.go_at(0)
    for _step in range(60):
        machine.now_s += 0.1
        assert leads.monotonic() == follows.monotonic()
    stood = follows.monotonic()
    assert stood == pytest.approx(began + AHEAD_S * 10)
    assert (follows.standing, standing(leads), speed_of(follows)) == (True, True, 10)
    leads.go_at(leads.speed)
    machine.now_s += AHEAD_S + 2
    assert follows.monotonic() == leads.monotonic() == pytest.approx(stood + 20)
    assert not follows.standing


def test_a_change_of_pace_is_read_by_everybody_before_it_holds_and_time_never_jumps(
    machine: Machine, tmp_path: Path
) -> None:
    leads, follows = two(tmp_path / "pace.json")
    last = [leads.monotonic(), follows.monotonic()]
    for step in range(200):
        if step in (20, 24, 90):  # twice within the second before the first one holds
            leads.go_at({20: 8.0, 24: 0.0, 90: 0.5}[step])
        machine.now_s += 0.1
        both = [leads.monotonic(), follows.monotonic()]
        assert both[0] == both[1]
        assert all(0 <= now - before <= 0.1 * 8 + 1e-9 for now, before in zip(both, last, strict=True))
        last = both
    assert LOOK_EVERY_S < AHEAD_S


def test_a_process_that_comes_later_reads_what_the_pace_was(machine: Machine, tmp_path: Path) -> None:
    leads, _follows = two(tmp_path / "pace.json")
    leads.go_at(4)
    machine.now_s += 11
    late = DrillClock(ORIGIN, datetime.now(UTC), 1.0, tmp_path / "pace.json")
    late._zero = leads._zero
    assert late.monotonic() == leads.monotonic()
    assert late.stretches == leads.stretches


@pytest.mark.parametrize(
    "text", ["", "[]", "[[0, 0]]", '[["x", 0, 1]]', "[[5, 0, 1], [1, 0, 1]]", "[[0, 0, -1]]"]
)
def test_a_pace_file_that_cannot_be_read_changes_nothing(machine: Machine, tmp_path: Path, text: str) -> None:
    leads, follows = two(tmp_path / "pace.json", 2)
    (tmp_path / "pace.json").write_text(text, "utf-8")
    machine.now_s += 3
    assert follows.monotonic() == leads.monotonic()
    assert follows.speed == 2


def test_a_clock_without_a_pace_file_cannot_be_led(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no pace file"):
        DrillClock(ORIGIN, datetime.now(UTC)).go_at(2)
    clock = DrillClock(ORIGIN, datetime.now(UTC), 1.0, tmp_path / "pace.json")
    with pytest.raises(ValueError, match="cannot be -1"):
        clock.go_at(-1)
    clock.go_at(2)
    assert [one[2] for one in json.loads((tmp_path / "pace.json").read_text("utf-8"))] == [1.0, 2.0]
