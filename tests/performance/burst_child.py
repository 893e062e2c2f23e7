"""A burst: every unit of a city many times a second: `... burst_child CITY PORT UNITS PER_S SECONDS`.

Says as JSON how many fixes it sent, and how many of them were older than one that it had sent before.
"""

import json
import sys
import time

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.settings import load
from tests.performance.load import SLICES, LoadedCity, Publisher, ticks

OLDER_EVERY = 5
OLDER_BY_MS = 3_000


def main(code: CityCode, port: int, units: int, per_s: int, seconds: float) -> None:
    """Burst for so long, and end."""
    clock = SystemClock()
    city = LoadedCity(load(), code, units, epoch=epoch_ms(clock.now()))
    publisher, each, sent, older, begun = Publisher(port, "burst"), per_s // SLICES, 0, 0, time.monotonic()
    newest = [0] * units
    for second, _part in ticks():
        if time.monotonic() - begun >= seconds:
            break
        said, now_ms = [], epoch_ms(clock.now())
        for _one in range(each):
            late = sent % OLDER_EVERY == OLDER_EVERY - 1
            # an older fix is of the unit that has just said a newer one
            index = (sent - late) % units
            at_ms = now_ms - OLDER_BY_MS * late
            older += at_ms <= newest[index]  # two slices may come in one millisecond
            newest[index] = max(newest[index], at_ms)
            said.append(city.position(index, at_ms, second))
            sent += 1
        publisher.send(b"".join(said))
    publisher.close()
    print(json.dumps({"sent": sent, "older": older, "seconds": time.monotonic() - begun}), flush=True)


if __name__ == "__main__":
    main(CityCode(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
