"""The only clock: aware, steady, and shared between the processes of a drill."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.clock import DrillClock, ManualClock, SystemClock, epoch_ms, from_epoch_ms

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
