"""A fix of every vehicle a second and a whole count of one bank a second: `... CITY PORT CONFIG`.

Over a bare socket with packets written by hand, so that what is measured is the cities and not their load.
"""

import signal
import sys
import time
from pathlib import Path

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.settings import load
from tests.performance.load import SLICES, LoadedCity, Publisher, ticks

AGAIN_S = 0.5


def main(code: CityCode, port: int, config: Path) -> None:
    """Report at 1 Hz until SIGTERM; a broker that is away is tried again."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    configuration, clock = load(config), SystemClock()
    units = sum(unit.city == code for unit in configuration.units)
    city = LoadedCity(configuration, code, units, epoch=epoch_ms(clock.now()))
    counted = 0
    while True:
        try:
            publisher = Publisher(port, f"load-{code}")
            publisher.send(city.stock(epoch_ms(clock.now()), counted := counted + 1))
            for second, part in ticks():
                now_ms = epoch_ms(clock.now())
                said = [city.position(index, now_ms, second) for index in range(part, units, SLICES)]
                if part == 0:
                    bank = city.banks[second % len(city.banks)]
                    said.append(city.stock(now_ms, counted := counted + 1, [bank]))
                publisher.send(b"".join(said))
        except OSError:
            time.sleep(AGAIN_S)


if __name__ == "__main__":
    main(CityCode(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
