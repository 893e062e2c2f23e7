"""Sequence numbers: exact on what was missed, filled, repeated and replayed."""

import random

from hypothesis import given
from hypothesis import strategies as st

from dispatch.feed.sequence import DUPLICATE, FILLED, REPLAYED, WINDOW, Track
from tests.unit.feed.feed_world import CHANGSHA, NODE, World


def heard(numbers: list[int], epoch: int = 1) -> list[int]:
    track = Track()
    return [track.hear(epoch, number) for number in numbers]


def test_numbers_in_order_miss_nothing() -> None:
    assert heard([1, 2, 3]) == [0, 0, 0]


def test_a_gap_says_how_many_are_missing_and_a_late_one_fills_it() -> None:
    assert heard([1, 5, 3, 3, 5]) == [0, 3, FILLED, DUPLICATE, DUPLICATE]


def test_far_behind_the_newest_is_a_replay() -> None:
    assert heard([1, 2 * WINDOW, WINDOW]) == [0, 2 * WINDOW - 2, REPLAYED]


def test_a_new_epoch_counts_from_one_and_an_old_one_is_a_replay() -> None:
    track = Track()
    assert [track.hear(2, 9), track.hear(3, 1), track.hear(4, 3), track.hear(3, 2)] == [0, 0, 2, REPLAYED]


def test_counters_near_every_limit_of_integers_are_counted_on() -> None:
    for limit in (2**31, 2**32, 2**53 - 1):
        assert heard([limit - 2, limit - 1, limit]) == [0, 0, 0]
    assert heard([1, 2**53 - 1]) == [0, 2**53 - 3]


@given(st.lists(st.integers(1, WINDOW), unique=True, min_size=1), st.randoms(use_true_random=False))
def test_whatever_the_order_each_number_is_taken_once(numbers: list[int], order: random.Random) -> None:
    order.shuffle(numbers)
    track = Track()
    first = [track.hear(1, number) for number in numbers]
    again = [track.hear(1, number) for number in numbers]
    assert all(verdict >= 0 or verdict == FILLED for verdict in first[1:])
    assert again == [DUPLICATE] * len(numbers)


def test_a_gap_asks_for_the_units_once_in_five_seconds() -> None:
    world = World()
    for sequence in (1, 4, 9):
        world.clock.advance(1)
        world.say_position(seq=sequence)
    assert (world.intake.counters.gaps, world.intake.counters.missed) == (2, 6)
    assert world.city().gaps == 2
    assert world.asked == [(CHANGSHA, "units", None)]
    assert [event.kind for event in world.events] == ["snapshot.asked"]
    world.clock.advance(5)
    world.say_position(seq=20)
    assert len(world.asked) == 2


def test_a_repeated_message_is_counted_and_not_applied() -> None:
    world = World()
    world.say_position(28.1, seq=1)
    world.clock.advance(1)
    world.say_position(28.3, seq=1)
    assert world.intake.counters.duplicates == 1
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == 28.1
    assert world.refused == {}


def test_an_earlier_life_of_a_node_is_refused_as_a_replay() -> None:
    world = World()
    world.say_position()
    world.clock.advance(1)
    world.say_position(src={"city": CHANGSHA, "node": NODE, "epoch": 9}, seq=700)
    assert world.refused == {"older_epoch": 1}


def test_what_the_broker_kept_of_an_earlier_life_is_state_and_taken() -> None:
    world = World()
    world.say_position()
    world.say_position(
        unit="CS-001",
        src={"city": CHANGSHA, "node": NODE, "epoch": 9},
        seq=700,
        retained=True,
        ts_evt=world.now_ms + 1,
    )
    assert world.refused == {}
    assert world.intake.counters.applied == 2


def test_a_restart_between_two_messages_is_no_gap_but_missed_firsts_are() -> None:
    world = World()
    world.say_position(seq=41)
    world.clock.advance(1)
    world.say_position(src={"city": CHANGSHA, "node": NODE, "epoch": 11}, seq=1)
    assert world.intake.counters.gaps == 0
    world.clock.advance(1)
    world.say_position(src={"city": CHANGSHA, "node": NODE, "epoch": 12}, seq=3)
    assert world.intake.counters.missed == 2
