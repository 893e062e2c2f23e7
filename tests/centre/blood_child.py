"""A centre that holds blood, as a process of its own, to be killed: `blood_child.py PORT DATABASE`."""

import asyncio
import sys
from pathlib import Path

from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import epoch_ms
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Endpoint
from tests.centre.orders_bench import CHANGSHA, CLOCK, QUICK
from tests.chaos.blood.places import BLOOD_RULES, RULES

LONG = BLOOD_RULES.model_copy(update={"soft_hold_min": 30})
"""No hold runs out while a busy machine is at it."""


def opened(database: Path) -> Store:
    """Its database, which outlives it."""
    now_ms = epoch_ms(CLOCK.now())
    return Store.open(
        database,
        city=CHANGSHA,
        node="centre",
        units=(),
        rules=RULES.model_copy(update={"blood": LONG}),
        now_ms=now_ms,
        drill=True,
    )


def main() -> None:
    connect = over_mqtt({CHANGSHA: Endpoint("127.0.0.1", int(sys.argv[1]))}, CLOCK)
    asyncio.run(Centre(opened(Path(sys.argv[2])), connect, clock=CLOCK, drill=True, timing=QUICK).run())


if __name__ == "__main__":
    main()
