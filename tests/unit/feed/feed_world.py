"""A small world for tests of the intake: two cities, one bank, two units, and messages about them."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import msgspec

from dispatch.clock import ManualClock, epoch_ms
from dispatch.domain.blood import Bank, BankId, Component, ComponentCode
from dispatch.domain.geography import City, CityCode, Position
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.model import Name
from dispatch.domain.units import Unit, UnitId, UnitStatus
from dispatch.feed import payloads, topics
from dispatch.feed.context import IntakeEvent
from dispatch.feed.intake import Intake
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.link import LinkState
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.trackers import TrackerMap
from dispatch.feed.transport import Received
from dispatch.picture.cities import CityView
from dispatch.picture.fleet import UnitView
from dispatch.picture.live import Picture

CHANGSHA, ZHUZHOU = CityCode("changsha"), CityCode("zhuzhou")
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LAT, LON = 28.2, 112.95
NODE = "sim-changsha"
BANK = BankId("CS-B-CENTRE")


def _city(code: CityCode, prefix: str) -> City:
    name = Name(zh=code, en=code)
    return City(code=code, name=name, prefix=prefix, centre=Position(lat=LAT, lon=LON), population_million=1)


def a_picture() -> Picture:
    here, name = Position(lat=LAT, lon=LON), Name(zh="甲", en="A")
    red_cells = Component(
        code=ComponentCode("red_cells"),
        name=name,
        unit=name,
        shelf_life_hours=840,
        storage="4 C",
        preparation_min=0,
        rule="red_cells",
    )
    return Picture(
        cities=[_city(CHANGSHA, "CS"), _city(ZHUZHOU, "ZZ")],
        hospitals=[Hospital(id=HospitalId("CS-H-A"), city=CHANGSHA, name=name, position=here)],
        banks=[Bank(id=BANK, city=CHANGSHA, name=name, position=here)],
        components=[red_cells],
        units=[Unit(id=UnitId("CS-001"), city=CHANGSHA), Unit(id=UnitId("ZZ-001"), city=ZHUZHOU)],
    )


class World:
    """A picture, its intake, a clock that is moved by hand, and one well-behaved sender."""

    def __init__(
        self,
        limits: IntakeLimits | None = None,
        trackers: TrackerMap | None = None,
        home: CityCode | None = None,
    ) -> None:
        self.clock = ManualClock(START)
        self.picture = a_picture()
        self.quarantine = Quarantine(steady=self.clock.monotonic)
        self.asked: list[tuple[CityCode, str, str | None]] = []
        self.events: list[IntakeEvent] = []
        self.responses: list[tuple[CityCode, payloads.Response]] = []
        self.epoch = 10
        self._sequences: defaultdict[str, int] = defaultdict(int)
        self.intake = Intake(
            self.picture,
            clock=self.clock,
            limits=limits or IntakeLimits(),
            quarantine=self.quarantine,
            drill=True,
            owntracks=trackers or TrackerMap(),
            ask=lambda city, kind, key: self.asked.append((city, kind, key)),
            on_event=self.events.append,
            on_response=lambda city, response: self.responses.append((city, response)),
            steady=self.clock.monotonic,
            home=home,
        )

    # --- looking -------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        return epoch_ms(self.clock.now())

    @property
    def refused(self) -> dict[str, int]:
        return self.quarantine.counts()

    def unit(self, unit: str = "CS-001") -> UnitView:
        return self.picture.fleet.view(UnitId(unit))

    def status(self, unit: str = "CS-001") -> UnitStatus:
        status = self.unit(unit).status
        assert status is not None
        return status

    def city(self, code: CityCode = CHANGSHA) -> CityView:
        return self.picture.sight[code]

    # --- saying --------------------------------------------------------------------------------

    def envelope(self, topic: str, kind: str, data: payloads.Payload, /, **changes: Any) -> dict[str, Any]:
        """The next message of the well-behaved sender, as plain JSON values, with some of it changed."""
        parsed = topics.parse(topic)
        city = parsed.city if parsed else CHANGSHA
        self._sequences[topic] += 1
        message = payloads.Envelope(
            v=1,
            type=kind,
            src=payloads.Source(city=city, node=NODE, epoch=self.epoch),
            seq=self._sequences[topic],
            ts_evt=self.now_ms,
            ts_pub=self.now_ms,
            drill=True,
            data=data,
        )
        plain: dict[str, Any] = msgspec.to_builtins(message)
        plain |= changes
        return plain

    def take(
        self,
        topic: str,
        message: bytes | dict[str, Any],
        *,
        link: CityCode = CHANGSHA,
        retained: bool = False,
    ) -> None:
        raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
        self.intake.take(link, [Received(topic, raw, retained, self.now_ms)])

    def say(
        self, topic: str, kind: str, data: payloads.Payload, /, *, retained: bool = False, **changes: Any
    ) -> None:
        parsed = topics.parse(topic)
        link = parsed.city if parsed else CHANGSHA
        self.take(topic, self.envelope(topic, kind, data, **changes), link=link, retained=retained)

    def say_position(
        self,
        lat: float = LAT,
        lon: float = LON,
        *,
        unit: str = "CS-001",
        datum: str = "wgs84",
        **changes: Any,
    ) -> None:
        city = ZHUZHOU if unit.startswith("ZZ") else CHANGSHA
        data = payloads.UnitPosition(unit=unit, lat=lat, lon=lon, datum=datum)  # type: ignore[arg-type]
        self.say(topics.position(city, unit), "unit.position", data, **changes)

    def say_node(
        self, state: str, node: str = NODE, kind: str = "simulator", *, seq: int = 1, **src: Any
    ) -> None:
        data = payloads.NodeState(state=state, kind=kind)  # type: ignore[arg-type]
        source = {"city": CHANGSHA, "node": node, "epoch": self.epoch} | src
        self.say(topics.node(CHANGSHA, node), "node.state", data, src=source, seq=seq)

    def say_stock(self, sequence: int, *lots: payloads.StockLot, **changes: Any) -> None:
        data = payloads.BankStock(bank=BANK, stock_seq=sequence, counted_at=self.now_ms, lots=list(lots))
        self.say(topics.stock(CHANGSHA, BANK), "bank.stock", data, **changes)

    def say_change(self, sequence: int, *put: payloads.StockLot, removed: tuple[str, ...] = ()) -> None:
        data = payloads.BankChange(
            bank=BANK, stock_seq=sequence, counted_at=self.now_ms, put=list(put), removed=list(removed)
        )
        self.say(topics.stock_change(CHANGSHA, BANK), "bank.change", data)

    def lot(self, lot: str, quantity: int = 2, component: str = "red_cells") -> payloads.StockLot:
        expires_at = self.now_ms + 86_400_000
        return payloads.StockLot(
            lot=lot, component=component, group="O-", quantity=quantity, expires_at=expires_at
        )

    def link(self, *, up: bool, city: CityCode = CHANGSHA) -> None:
        self.intake.link_changed(city, LinkState(up=up, since=self.clock.now()))

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.intake.tick()
