"""A centre as a process of its own, to be killed: `centre_child.py PORT DATABASE`."""

import asyncio
import sys
from pathlib import Path

from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import epoch_ms
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Endpoint
from tests.centre.orders_bench import CHANGSHA, CLOCK, FLEET, QUICK
from tests.unit.centre.centre_world import rules


def main() -> None:
    connect = over_mqtt({CHANGSHA: Endpoint("127.0.0.1", int(sys.argv[1]))}, CLOCK)
    now_ms = epoch_ms(CLOCK.now())
    store = Store.open(
        Path(sys.argv[2]), city=CHANGSHA, node="centre", units=FLEET, rules=rules(), now_ms=now_ms, drill=True
    )
    asyncio.run(Centre(store, connect, clock=CLOCK, drill=True, timing=QUICK).run())


if __name__ == "__main__":
    main()
