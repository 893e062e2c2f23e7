"""The clock of a city was minutes ahead and is set right: what is said from then on counts at once."""

import pytest

from tests.unit.feed.feed_world import BANK, CHANGSHA, LAT, World

BACK_S = -240.0


@pytest.fixture
def world() -> World:
    """A console that heard a vehicle and a bank while its own clock, and theirs, were ahead."""
    world = World()
    world.link(up=True)
    world.wait(1)
    world.say_position()
    world.say_stock(7, world.lot("A", 9))
    world.wait(1)
    return world


def test_a_vehicle_is_seen_where_it_is_now(world: World) -> None:
    world.wait(BACK_S)
    world.wait(2)
    world.say_position(LAT + 0.001)
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == pytest.approx(LAT + 0.001)


def test_the_next_count_of_a_bank_is_taken_even_where_it_numbers_anew(world: World) -> None:
    world.wait(BACK_S)
    world.wait(2)
    world.say_stock(1, world.lot("B", 3))
    assert {lot.id for lot in world.picture.stock.banks[BANK].lots.values()} == {"B"}


def test_nothing_that_is_shown_is_younger_than_now(world: World) -> None:
    world.wait(BACK_S)
    held = world.picture.stock.banks[BANK]
    assert held.counted_at <= world.clock.now()
    assert int(world.picture.fleet.fixed_ms.max()) <= world.now_ms
    assert world.city(CHANGSHA).refused == 0


def test_before_the_clock_was_set_an_older_fix_is_late(world: World) -> None:
    world.say_position(LAT + 0.001, ts_evt=world.now_ms - 60_000)
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == pytest.approx(LAT)
