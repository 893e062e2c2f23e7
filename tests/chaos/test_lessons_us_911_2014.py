"""US 911, April 2014: a counter reached its cap and calls were dropped in silence for six hours.

Every number that counts something passes 2^31 without a word; what is past the last number there is gets
refused, counted, kept with its reason, and is never taken for another.
"""

from pathlib import Path

import pytest

from dispatch.centre.messages import Commit, Report, Request, Said
from dispatch.domain.orders import OrderState, RequestId, Token
from dispatch.feed.sequence import Track
from tests.reliability.recorded import CONSOLE, JOB, NOW, UNITS, open_centre
from tests.unit.feed.feed_world import World

TURNS = (2**31 - 2, 2**32 - 2, 2**53 - 8)
PAST_ALL = 2**53


@pytest.mark.parametrize("start", TURNS)
def test_messages_are_counted_past_every_power_of_two(start: int) -> None:
    world = World()
    world.link(up=True)
    for number in range(start, start + 4):
        world.wait(1)
        world.say_position(lat=28.2 + (number - start) / 10_000, seq=number)
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == pytest.approx(28.2003)
    assert world.refused == {}


def test_a_number_past_the_end_is_refused_counted_and_kept_and_the_next_life_goes_on() -> None:
    world = World()
    world.link(up=True)
    world.say_position(seq=2**53 - 1)
    for number in range(3):
        world.say_position(seq=PAST_ALL + number)
    assert sum(world.refused.values()) == world.city().refused == world.quarantine.total == 3
    world.epoch += 1
    world.wait(1)
    world.say_position(lat=28.2001, seq=1)
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == pytest.approx(28.2001)


@pytest.mark.parametrize("start", TURNS)
def test_a_gap_at_a_power_of_two_is_counted_exactly(start: int) -> None:
    track = Track()
    track.hear(1, start)
    assert track.hear(1, start + 3) == 2
    assert track.hear(1, start + 3) < 0


@pytest.mark.parametrize("start", TURNS)
def test_a_count_of_stock_goes_on_past_every_power_of_two(start: int) -> None:
    world = World()
    world.link(up=True)
    world.say_stock(start, world.lot("L1"))
    world.say_change(start + 1, world.lot("L2"))
    world.say_change(start + 2, world.lot("L3"))
    (held,) = world.picture.stock.banks.values()
    assert held.complete
    assert len(held.lots) == 3
    world.say_change(PAST_ALL, world.lot("L4"))
    assert sum(world.refused.values()) == 1


@pytest.mark.parametrize("start", TURNS)
def test_tokens_of_orders_only_grow_past_every_power_of_two(start: int, tmp_path: Path) -> None:
    store = open_centre(tmp_path, NOW)
    epoch = store.last_token.epoch
    store._book.last_token = Token(epoch, start)
    for number in range(4):
        request = RequestId(f"r{number}")
        store.take([Request(request, UNITS[0], CONSOLE, "li", JOB, NOW + 60_000)], NOW)
        held = store.order(request)
        assert held is not None
        assert held.token == Token(epoch, start + number + 1)
        store.take([Commit(request, UNITS[0], CONSOLE, "li", held.token)], NOW)
        store.take([Report(UNITS[0], request, held.token, Said.DONE, "completed")], NOW)
        done = store.order(request)
        assert done is not None
        assert done.state is OrderState.DONE
    store.close()
    store = open_centre(tmp_path, NOW)
    kept = store.order(RequestId("r3"))
    assert kept is not None
    assert kept.token == Token(epoch, start + 4) < store.last_token
    store.close()
