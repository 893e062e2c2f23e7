"""Load from outside: one city that reports as often as asked, over a bare socket.

`python -m tests.performance.load CITY PORT UNITS` is one such city at 1 Hz until it is terminated:
every unit's position each second, states, open incidents, blood stock, and the retained snapshots.
The packets are written by hand, so that the load costs the machine as little as it can.
"""

import math
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Literal

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.blood import Bank, BloodGroup
from dispatch.domain.geography import City, CityCode
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration, load

SLICES = 50
"""Parts of a second in which a city reports: 20 ms each."""
SNAPSHOT_EVERY_S = 10
STATES_PER_S = 2
INCIDENTS = 20
DAY_MS = 86_400_000
RADIUS_DEG = 0.006
"""Of the circles: at one radian a minute that is 40 km/h."""


class Publisher:
    """An MQTT 3.1.1 client that can only publish with QoS 0. OSError when the broker is gone."""

    def __init__(self, port: int, name: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        identifier = name.encode()
        hello = b"\x00\x04MQTT\x04\x02\x00\x00" + len(identifier).to_bytes(2, "big") + identifier
        self._socket.sendall(b"\x10" + _length(len(hello)) + hello)
        if self._socket.recv(4) != b"\x20\x02\x00\x00":
            raise ConnectionError("the broker refuses the publisher")
        self._socket.settimeout(None)

    def send(self, packets: bytes) -> None:
        """Write ready packets, waiting while the broker is busy."""
        self._socket.sendall(packets)

    def close(self) -> None:
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()


def packet(topic: str, payload: bytes, *, retain: bool = False) -> bytes:
    """One PUBLISH packet with QoS 0."""
    name = topic.encode()
    rest = len(name).to_bytes(2, "big") + name + payload
    return bytes([0x31 if retain else 0x30]) + _length(len(rest)) + rest


def _length(size: int) -> bytes:
    """The remaining length of a packet, seven bits a byte."""
    coded = bytearray()
    while True:
        size, seven = divmod(size, 128)
        coded.append(seven | 0x80 if size else seven)
        if not size:
            return bytes(coded)


class LoadedCity:
    """What one city says, as packets; sequence numbers run on from call to call."""

    def __init__(self, configuration: Configuration, code: CityCode, units: int, epoch: int) -> None:
        """The city's own units first, then as many more as make `units`."""
        self.city: City = next(city for city in configuration.cities if city.code == code)
        known = [unit for unit in configuration.units if unit.city == code][:units]
        extra = (f"{self.city.prefix}-L{number:04d}" for number in range(units - len(known)))
        self.units = [*(str(unit.id) for unit in known), *extra]
        self.banks = [bank for bank in configuration.banks if bank.city == code]
        self.components = [component.code for component in configuration.components]
        self._source = payloads.Source(city=code, node="load", epoch=epoch)
        self._sequences: dict[str, int] = {}
        self._turn = 0

    def position(self, index: int, at_ms: int, second: int) -> bytes:
        """One fix of one unit: it drives in a circle of its own at 40 km/h."""
        unit, lap = self.units[index], second / 60 + index
        data = payloads.UnitPosition(
            unit=unit,
            lat=round(self.city.centre.lat + (index % 45 - 22) * 0.004 + RADIUS_DEG * math.sin(lap), 6),
            lon=round(self.city.centre.lon + (index // 45 % 45 - 22) * 0.004 + RADIUS_DEG * math.cos(lap), 6),
            datum="wgs84",
            accuracy_m=8.0,
            speed_kmh=round(40 + 9 * math.sin(lap * 7), 1),
            heading_deg=round(lap * 57.3 % 359, 1),
        )
        return self._packet(topics.position(self.city.code, unit), "unit.position", data, at_ms)

    def some_states(self, at_ms: int) -> bytes:
        """A few units change their state."""
        said = []
        for _ in range(STATES_PER_S):
            self._turn += 1
            unit = self.units[self._turn * 7 % len(self.units)]
            state = 6 + self._turn % 2
            data = payloads.UnitStatus(unit=unit, state=state, since=at_ms, source="terminal")
            said.append(
                self._packet(topics.status(self.city.code, unit), "unit.status", data, at_ms, retain=True)
            )
        return b"".join(said)

    def snapshot(self, at_ms: int) -> bytes:
        """Every unit of the city in one retained message."""
        able = (["basic"], ["basic", "advanced"])
        units = [
            payloads.UnitSnapshot(unit=unit, capabilities=able[index % 2], state=7, since=at_ms - DAY_MS)
            for index, unit in enumerate(self.units)
        ]
        data = payloads.UnitsSnapshot(units=units)
        return self._packet(
            topics.snapshot(self.city.code, "units"), "snapshot.units", data, at_ms, retain=True
        )

    def incidents(self, at_ms: int) -> bytes:
        """Open incidents all over the city."""
        said = []
        for number in range(1, INCIDENTS + 1):
            incident = f"{self.city.prefix}-0101-{number:04d}"
            data = payloads.IncidentRecord(
                incident=incident,
                state="waiting",
                priority=1 if number % 3 == 0 else 2,
                lat=self.city.centre.lat + (number % 5 - 2) * 0.01,
                lon=self.city.centre.lon + (number // 5 - 2) * 0.01,
                datum="wgs84",
                place=f"路口 {number}",
                opened_at=at_ms - number * 30_000,
            )
            topic = topics.incident(self.city.code, incident)
            said.append(self._packet(topic, "incident", data, at_ms, retain=True))
        return b"".join(said)

    def alarms(self, at_ms: int, count: int) -> bytes:
        """So many open alarms of units, nobody has seen any; a quarter of them critical."""
        severities: tuple[Literal["critical", "warning", "advisory"], ...]
        severities = ("critical", "warning", "warning", "advisory")
        open_alarms = [
            payloads.AlarmRecord(
                alarm=f"unit_silent-{number}",
                code="unit_silent",
                severity=severities[number % len(severities)],
                raised_at=at_ms - number * 10_000,
                state="unacknowledged",
                facts={"unit": self.units[number], "age_s": number * 10},
                subject=self.units[number],
            )
            for number in range(count)
        ]
        data = payloads.AlarmsSnapshot(alarms=open_alarms)
        return self._packet(
            topics.snapshot(self.city.code, "alarms"), "snapshot.alarms", data, at_ms, retain=True
        )

    def stock(self, at_ms: int, number: int = 1, banks: Sequence[Bank] | None = None) -> bytes:
        """Count `number` of every bank, or of those given: one lot of each component and group."""
        said = []
        for bank in self.banks if banks is None else banks:
            lots = [
                payloads.StockLot(
                    lot=f"L-{component}-{group.value}".replace("+", "P"),
                    component=component,
                    group=group.value,
                    quantity=20 + number % 5,
                    expires_at=at_ms + 5 * DAY_MS,
                )
                for component in self.components
                for group in BloodGroup
            ]
            data = payloads.BankStock(bank=bank.id, stock_seq=number, counted_at=at_ms, lots=lots)
            said.append(
                self._packet(topics.stock(self.city.code, bank.id), "bank.stock", data, at_ms, retain=True)
            )
        return b"".join(said)

    def _packet(
        self, topic: str, kind: str, data: payloads.Payload, at_ms: int, *, retain: bool = False
    ) -> bytes:
        sequence = self._sequences[topic] = self._sequences.get(topic, 0) + 1
        envelope = payloads.Envelope(
            v=1, type=kind, src=self._source, seq=sequence, ts_evt=at_ms, ts_pub=at_ms, drill=True, data=data
        )  # fmt: skip
        return packet(topic, payloads.encode(envelope), retain=retain)


def main(code: CityCode, port: int, units: int) -> None:
    """Report at 1 Hz until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    now_ms = _now_ms()
    city = LoadedCity(load(), code, units, epoch=now_ms)
    publisher = Publisher(port, f"load-{code}")
    publisher.send(city.snapshot(now_ms) + city.incidents(now_ms) + city.stock(now_ms))
    for second, part in ticks():
        now_ms = _now_ms()
        said = [city.position(index, now_ms, second) for index in range(part, units, SLICES)]
        if part == 0:
            said.append(city.some_states(now_ms))
            if second % SNAPSHOT_EVERY_S == SNAPSHOT_EVERY_S - 1:
                said.append(city.snapshot(now_ms))
        publisher.send(b"".join(said))


def ticks() -> Iterator[tuple[int, int]]:
    """(second, part of it), each when it is due."""
    begun, count = time.monotonic(), 0
    while True:
        time.sleep(max(0.0, begun + count / SLICES - time.monotonic()))
        yield divmod(count, SLICES)
        count += 1


def _now_ms() -> int:
    return epoch_ms(SystemClock().now())


if __name__ == "__main__":
    main(CityCode(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
