import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.engine import Agenda, Streams


def test_a_stream_depends_on_its_names_and_seed_only() -> None:
    once = Streams(5)
    once.of("other").random(1000)
    assert np.array_equal(
        once.of("calls", "changsha", 1).random(8), Streams(5).of("calls", "changsha", 1).random(8)
    )
    assert not np.array_equal(once.of("calls", 1).random(8), once.of("calls", 2).random(8))
    assert not np.array_equal(Streams(5).of("calls").random(8), Streams(6).of("calls").random(8))


@given(st.lists(st.integers(0, 1000), max_size=30))
def test_entries_are_done_in_order_of_time_and_then_of_writing(moments: list[int]) -> None:
    agenda, done = Agenda(0), list[tuple[int, int]]()
    for number, moment in enumerate(moments):
        agenda.at(moment, lambda entry=(moment, number): done.append(entry))  # type: ignore[misc]
    agenda.run_until(1000)
    assert done == sorted(done)
    assert len(done) == len(moments)


def test_a_cancelled_entry_is_not_done_and_the_clock_stands_at_the_end() -> None:
    agenda, done = Agenda(0), list[int]()
    agenda.at(5, lambda: done.append(5)).cancel()
    agenda.every(1, lambda: done.append(agenda.now_ms))
    agenda.run_until(2500)
    assert done == [0, 1000, 2000]
    assert agenda.now_ms == 2500
