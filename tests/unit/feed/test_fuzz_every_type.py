"""A hundred thousand messages of every type, whole and damaged: consoles and centres take or refuse each.

CZT_FUZZ multiplies the number.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatch.centre.messages import Input, Tick
from dispatch.centre.service import Centre
from dispatch.clock import epoch_ms
from dispatch.feed import asyncapi, payloads
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Received, Transport
from tests.reliability.recorded import open_centre
from tests.unit.feed.feed_world import CHANGSHA, World
from tests.unit.feed.made_payloads import Maker

MESSAGES = 40_000 * int(os.environ.get("CZT_FUZZ", "1"))
KINDS = sorted(payloads.PAYLOADS)
HERE = {
    "city": "changsha",
    "unit": "CS-001",
    "incident": "CS-1124-1001",
    "bank": "CS-B-CENTRE",
    "target": "changsha",
    "to_city": "changsha",
    "to_node": "console-1",
    "node": "centre",
    "user": "u",
    "device": "d",
}
LISTED = (msgspec.MsgspecError, ValueError, RecursionError)
"""All that a decoder may raise."""
ODD = (b"NaN", b"Infinity", b"1e999", b"null", b"-1", b'"\\ud800"')


def topic_of(kind: str) -> str:
    return asyncapi._CHANNELS[kind][0].format_map(HERE)


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut, put in, doubled; or the message within deep brackets."""
    found = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(found) + 1)
        match chance.randrange(6):
            case 0:
                found[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del found[place:]
            case 2:
                found[place:place] = chance.randbytes(chance.randint(1, 8))
            case 3:
                found[place : place + 1] = chance.choice(ODD)
            case 4:
                found[place:place] = found[place : place + chance.randint(1, 60)]
            case _:
                depth = chance.choice((10, 2_000))
                found = bytearray(b"[" * depth + bytes(found) + b"]" * depth)
        if not found:
            break
    return bytes(found)


def messages(seed: int, count: int, now_ms: int) -> Iterator[tuple[str, str, bytes]]:
    """Kind, topic, bytes: a third whole, a third with a part replaced, a third damaged."""
    chance = random.Random(seed)
    maker = Maker(chance, now_ms)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        envelope: dict[str, Any] = {
            "v": 1, "type": kind, "src": {"city": "changsha", "node": "centre", "epoch": 1},
            "seq": number + 1, "ts_evt": now_ms, "ts_pub": now_ms, "drill": True, "data": maker.payload(kind),
        }  # fmt: skip
        if kind.startswith("cmd.") and chance.random() < 0.9:
            envelope |= {"key": f"key-{number}", "expires_at": now_ms + 60_000}
        how = chance.randrange(3)
        if how == 1:
            other = maker.payload(chance.choice(KINDS))
            if envelope["data"] and other:
                place = chance.choice(list(envelope["data"]))
                envelope["data"][place] = chance.choice(list(other.values()))
        raw = json.dumps(envelope).encode()
        yield kind, topic_of(kind), damaged(raw, chance) if how == 2 else raw


@pytest.mark.parametrize("kind", KINDS)
def test_the_maker_makes_what_the_contract_takes(kind: str) -> None:
    for seed in range(20):
        data = Maker(random.Random(seed)).payload(kind)
        msgspec.convert(data, payloads.PAYLOADS[kind])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_console_takes_or_refuses_every_message(part: int) -> None:
    world, said = World(), Counter[str]()
    for number, (kind, topic, raw) in enumerate(messages(part, MESSAGES // 4, world.now_ms)):
        try:
            payloads.decode(kind, raw)
        except LISTED:
            said["malformed"] += 1
        world.intake.take(CHANGSHA, [Received(topic, raw, number % 7 == 0, world.now_ms)])
        if number % 500 == 0:
            world.intake.tick()
    counters = world.intake.counters
    assert counters.messages == MESSAGES // 4
    assert counters.refused <= world.quarantine.total <= counters.refused + counters.refused_entries
    assert counters.applied > 0
    assert said["malformed"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_a_centre_takes_refuses_or_decides_every_message(part: int, tmp_path: Path) -> None:
    asyncio.run(_centre(part, tmp_path))


async def _next(centre: Centre) -> list[Input]:
    centre._inbox.wake()
    return await centre._inbox.take(64)


async def _centre(part: int, folder: Path) -> None:
    world, broker = World(), MemoryBroker()
    now_ms = epoch_ms(world.clock.now())
    store = open_centre(folder, now_ms)
    store._connection.execute("PRAGMA synchronous = OFF")  # nobody cuts the power here

    def connect(_city: object, client: str) -> Transport:
        return MemoryTransport(broker, client, world.clock)

    centre = Centre(store, connect, clock=world.clock, drill=True)
    count, taken = MESSAGES // 10, Counter[str]()
    for number, (_kind, topic, raw) in enumerate(messages(100 + part, count, now_ms)):
        centre._take(CHANGSHA, [Received(topic, raw, False, now_ms)])
        centre._take_foreign(CHANGSHA, [Received(topic, raw, number % 3 == 0, now_ms)])
        if number % 50 == 0:
            centre._inbox.put(Tick())
            while group := await _next(centre):
                taken.update(type(said).__name__ for said in group)
                await centre._decide(group)
    assert centre.refused["fault"] == 0, centre.fault
    assert centre.failure == ""
    assert len(taken) > 15, "most kinds of messages came through to be decided"
    store.close()
