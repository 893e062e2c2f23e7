"""Somebody floods a city's broker: `... CITY PORT PER_S SECONDS CONFIG`.

What it says looks like news and is none: fixes that were heard already, fixes of long ago, torn and foreign
documents, another city's name, orders and reports that nobody gave, and documents far too big. All of it goes
where centres and consoles listen. Says how many it sent.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.settings import load
from tests.performance.load import SLICES, LoadedCity, Publisher, packet, ticks

DIFFERENT = 2_000
"""Packets, said again and again: most of them are therefore heard already."""
HOUR_MS = 3_600_000
BIG = 300_000  # bytes, one packet in a thousand


def packets(code: CityCode, config: Path) -> list[bytes]:
    """What the flood is made of; the same for the same city."""
    configuration, chance = load(config), random.Random(1)
    units = sum(unit.city == code for unit in configuration.units)
    now_ms = epoch_ms(SystemClock().now())
    city = LoadedCity(configuration, code, units, epoch=now_ms - HOUR_MS)
    other = next(one.code for one in configuration.cities if one.code != code)

    def payload(said: bytes) -> bytes:
        return said[said.index(b"{") :]

    def fix() -> bytes:
        return city.position(chance.randrange(units), now_ms - HOUR_MS // 2, 0)

    def topic() -> str:
        return topics.position(code, city.units[chance.randrange(units)])

    kinds: tuple[Callable[[], bytes], ...] = (
        fix,
        fix,
        fix,
        lambda: packet(topic(), payload(fix())[: chance.randrange(1, 120)]),
        lambda: packet(topic(), payload(fix()).replace(code.encode(), other.encode())),
        lambda: packet(topic(), b"[" * 500 + b"]" * 500),
        lambda: packet(topic(), b'{"v":1,"v":1,"lat":NaN}'),
        lambda: packet(topics.command(code, code, "order.request"), chance.randbytes(200)),
        lambda: packet(topics.command(code, code, "order.request"), payload(fix())),
        lambda: packet(topics.unit_report(code, city.units[0]), chance.randbytes(80)),
        lambda: packet(f"czt/v1/{code}/nobody/knows/{chance.randrange(10**9)}", b"{}"),
    )
    made = [kinds[number % len(kinds)]() for number in range(DIFFERENT)]
    for number in range(0, DIFFERENT, 1_000):
        made[number] = packet(topic(), b" " * BIG)
    chance.shuffle(made)
    return made


def main(code: CityCode, port: int, per_s: int, seconds: float, config: Path) -> None:
    """As many messages as that makes; a busy machine takes longer for them."""
    made, publisher = packets(code, config), Publisher(port, f"flood-{code}")
    each, sent, begun = per_s // SLICES, 0, time.monotonic()
    for _second, _part in ticks():
        if sent >= per_s * seconds:
            break
        at = sent % DIFFERENT
        publisher.send(b"".join([*made[at : at + each], *made[: max(0, at + each - DIFFERENT)]]))
        sent += each
    print(f"{sent} {time.monotonic() - begun:.1f}", flush=True)
    publisher.close()


if __name__ == "__main__":
    main(CityCode(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5]))
