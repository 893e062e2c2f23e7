"""Cities of a province from outside: `... province_load UNITS EVERY_S CITY=PORT...`, until it is terminated.

Each of UNITS vehicles of each city says its position once in EVERY_S seconds (QoS 0, a socket a city), evenly
spread; states and open incidents are said once at the start. Messages are filled into ready templates: so
the load costs the machine as little as it can.
"""

import signal
import sys
import time

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from tests.performance.load import Publisher, packet

PARTS_PER_S = 50
INCIDENTS = 30
_TIME, _NUMBER = 1_795_000_000_000, 4_503_599_627_370_495
"""Stand in a template for the time and the sequence number: as long as the real ones."""


class LoadedProvince:
    """The packets of some cities."""

    def __init__(self, cities: list[CityCode], units: int, epoch: int) -> None:
        self.cities, self.epoch = cities, epoch
        self._sources = {city: payloads.Source(city=city, node="load", epoch=epoch) for city in cities}
        self.places = [(city, f"U-{number:05d}") for number in range(units) for city in cities]
        self._templates = [self._template(city, unit) for city, unit in self.places]
        self._number = _NUMBER - 1_000_000_000

    def opening(self, now_ms: int) -> bytes:
        """A state of every unit and the open incidents, retained; that each centre is there."""
        said = []
        for index, (city, unit) in enumerate(self.places):
            state = payloads.UnitStatus(unit=unit, state=index % 8, since=now_ms - 60_000, source="terminal")
            said.append(self._packet(topics.status(city, unit), "unit.status", state, now_ms))
        for city in self.cities:
            here = payloads.NodeState(state="online", kind="centre", version="1")
            said.append(self._packet(topics.node(city, "load"), "node.state", here, now_ms))
            for number in range(INCIDENTS):
                name = f"XX-0101-{number:04d}"
                record = payloads.IncidentRecord(
                    incident=name, state="waiting", priority=1 if number % 3 else 2, lat=28.0, lon=112.0,
                    datum="wgs84", place="x", opened_at=now_ms,
                )  # fmt: skip
                said.append(self._packet(topics.incident(city, name), "incident", record, now_ms))
        return b"".join(said)

    def positions(self, first: int, last: int, now_ms: int) -> bytes:
        """The packets of the units `first` up to `last`."""
        self._number += 1
        said, number = str(now_ms).encode(), str(self._number).encode()
        return b"".join(
            b"".join((a, number, b, said, c, said, d)) for a, b, c, d in self._templates[first:last]
        )

    def _template(self, city: CityCode, unit: str) -> tuple[bytes, bytes, bytes, bytes]:
        data = payloads.UnitPosition(
            unit=unit, lat=28.123456, lon=112.123456, datum="wgs84", accuracy_m=8.0, speed_kmh=41.5
        )
        whole = packet(
            topics.position(city, unit), self._encoded(city, "unit.position", data, _TIME, _NUMBER)
        )
        a, rest = whole.split(str(_NUMBER).encode())
        b, c, d = rest.split(str(_TIME).encode())
        return a, b, c, d

    def _packet(self, topic: str, kind: str, data: payloads.Payload, at_ms: int) -> bytes:
        city = CityCode(topic.split("/")[2])
        return packet(topic, self._encoded(city, kind, data, at_ms, 1), retain=True)

    def _encoded(self, city: CityCode, kind: str, data: payloads.Payload, at_ms: int, number: int) -> bytes:
        source = self._sources[city]
        said = payloads.Envelope(
            v=1, type=kind, src=source, seq=number, ts_evt=at_ms, ts_pub=at_ms, drill=False, data=data
        )  # fmt: skip
        return payloads.encode(said)


def main(units: int, every_s: float, ports: dict[CityCode, int]) -> None:
    """Until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    clock = SystemClock()
    epoch = epoch_ms(clock.now())
    said = [
        (Publisher(port, f"load-{city}"), LoadedProvince([city], units, epoch))
        for city, port in ports.items()
    ]
    for publisher, province in said:
        publisher.send(province.opening(epoch_ms(clock.now())))
    parts = max(1, round(PARTS_PER_S * every_s))
    each = -(-units // parts)
    begun, count = time.monotonic(), 0
    while True:
        time.sleep(max(0.0, begun + count / PARTS_PER_S - time.monotonic()))
        first = count % parts * each
        for publisher, province in said:
            publisher.send(province.positions(first, first + each, epoch_ms(clock.now())))
        count += 1


if __name__ == "__main__":
    named = (one.split("=") for one in sys.argv[3:])
    main(int(sys.argv[1]), float(sys.argv[2]), {CityCode(city): int(port) for city, port in named})
