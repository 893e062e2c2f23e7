"""A desk without a network: a real Picture with fixed data, real rankings, acts that are remembered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from dispatch.blood.book import CoverBook
from dispatch.blood.table import CoverTable
from dispatch.clock import ManualClock, epoch_ms
from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking, rank_blood
from dispatch.decide.hospitals import HospitalRanking, HospitalRequest, rank_hospitals
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.blood import Bank, BankId, BloodGroup, ComponentCode, Lot, LotId, LotState
from dispatch.domain.datum import to_wgs84
from dispatch.domain.errors import MissingField
from dispatch.domain.geography import City, CityCode, Datum, Position, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import Capability, Unit, UnitId, UnitState, UnitStatus
from dispatch.picture.cities import Sight
from dispatch.picture.find import Found, find
from dispatch.picture.live import Picture
from dispatch.settings import Configuration, load
from tests.console.fakes_blood import FakeBlood
from tests.console.fakes_claims import FakeClaims
from tests.console.fakes_drill import FakeSteering
from tests.console.fakes_life import FakeOutcome, IncidentLife
from tests.console.fakes_printing import FakePrinting
from tests.console.fakes_shared import SharedDesk

if TYPE_CHECKING:
    from dispatch.console.ports import Desk

START = datetime(2026, 11, 23, 18, 31, 7, tzinfo=UTC)
"""02:31:07 on Tuesday 24 November in Changsha."""

CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")
C, S = Capability, UnitState


@dataclass(frozen=True)
class FakeRefused:
    received_ms: int
    city: str
    topic: str
    why: str
    size: int


@dataclass
class FakeQuarantine:
    rows: list[FakeRefused] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.rows)

    def counts(self) -> Mapping[str, int]:
        return {"malformed": len(self.rows)} if self.rows else {}

    def newest(self, limit: int = 50) -> Sequence[FakeRefused]:
        return self.rows[:limit]


@dataclass
class Act:
    """One thing the desk was asked to do."""

    what: str
    facts: dict[str, object] = field(default_factory=dict)


class FakeDesk(IncidentLife, SharedDesk):
    """Satisfies dispatch.console.ports.Desk."""

    clock: ManualClock

    def __init__(
        self, picture: Picture, clock: ManualClock, configuration: Configuration, *, drill: bool = True
    ) -> None:
        self.picture, self.clock, self.configuration = picture, clock, configuration
        self.operator, self.home_city, self.drill = "王芳", CHANGSHA, drill
        self.acts: list[Act] = []
        self.faults: list[tuple[str, str]] = []
        self.busy: set[str] = set()
        self.quarantine = FakeQuarantine()
        self.cover_book = CoverBook(configuration.cover_rules, configuration.blood_rules)
        self.claims = FakeClaims(clock.now())
        self.steering = FakeSteering()
        self.printing = FakePrinting(lambda what, facts: self.acts.append(Act(what, facts)))
        self._opened = 0
        self.blood = FakeBlood(lambda what, facts: self.acts.append(Act(what, facts)))
        self._begin_life()
        self._begin_sharing()

    def find(self, query: str, limit: int = 20) -> list[Found]:
        return find(self.picture, query, limit)

    def note_fault(self, where: str, error: str) -> None:
        self.faults.append((where, error))

    def rank_units(self, incident_id: IncidentId) -> UnitRanking:
        i = self.picture.incidents[incident_id]
        request = UnitRequest(
            position=i.position,
            city=i.city,
            priority=i.priority,
            patients=i.patients,
            needs=i.needs,
            incident=i.id,
        )
        return rank_units(self.picture, request, self.configuration.dispatch_rules, self.clock.now())

    def rank_hospitals(self, incident_id: IncidentId) -> HospitalRanking:
        i = self.picture.incidents[incident_id]
        request = HospitalRequest(position=i.position, city=i.city, priority=i.priority, needs=i.needs)
        return rank_hospitals(self.picture, request, self.configuration.dispatch_rules, self.clock.now())

    def cover(self) -> CoverTable:
        return self.cover_book.look(self.picture, self.clock.now())

    def rank_blood(self, need: BloodNeed) -> BloodRanking:
        return rank_blood(self.picture, need, self.configuration.blood_rules, self.clock.now())

    async def open_incident(
        self,
        position: Position,
        datum: Datum,
        place: str,
        priority: Priority,
        patients: int,
        needs: frozenset[Capability],
        chief_complaint: str = "",
    ) -> IncidentId:
        lat, lon = to_wgs84(position.lat, position.lon, datum)
        self._opened += 1
        incident = Incident(
            id=IncidentId(f"CS-1124-9{self._opened:03d}"),
            city=CHANGSHA,
            position=Position(lat=lat, lon=lon),
            place=place,
            priority=priority,
            patients=patients,
            needs=needs,
            chief_complaint=chief_complaint,
            opened_at=self.clock.now(),
            drill=self.drill,
        )
        self.picture.incidents[incident.id] = incident
        self.picture.changes.mark("incident", incident.id)
        self._write(incident.id, "opened", place=place)
        self.acts.append(Act("open", {"incident": incident, "datum": datum}))
        return incident.id

    async def choose_unit(
        self, incident_id: IncidentId, unit_id: UnitId, ranking: UnitRanking, override_reason: str | None
    ) -> FakeOutcome:
        rank = next((c.rank for c in ranking.candidates if c.unit == unit_id), 0)
        if not ranking.nothing_better_than({unit_id}) and not override_reason:
            raise MissingField("override_reason", "not rank 1")
        await asyncio.sleep(0)
        status = self.picture.fleet.view(unit_id).status
        if unit_id in self.busy or status is None or not status.state.dispatchable:
            return FakeOutcome(False, f"{unit_id} 已不可派")
        self.acts.append(
            Act("unit", {"incident": incident_id, "unit": unit_id, "rank": rank, "why": override_reason})
        )
        now = self.clock.now()
        self.picture.fleet.apply_status(
            unit_id, UnitStatus(state=S.ASSIGNED, since=now, incident=incident_id)
        )
        incident = self.picture.incidents[incident_id]
        sent = {"units": (*incident.units, unit_id), "state": IncidentState.DISPATCHED}
        self.picture.incidents[incident_id] = incident.model_copy(update=sent)
        self._asked(incident_id, unit_id)
        self._write(incident_id, "order.ordered", unit=unit_id)
        self.picture.changes.mark("unit", unit_id)
        self.picture.changes.mark("incident", incident_id)
        return FakeOutcome(True, f"{unit_id} → {incident_id}")

    async def choose_hospital(
        self,
        incident_id: IncidentId,
        unit_id: UnitId,
        hospital_id: HospitalId,
        ranking: HospitalRanking,
        override_reason: str | None,
    ) -> FakeOutcome:
        rank = next((c.rank for c in ranking.candidates if c.hospital == hospital_id), 0)
        if rank != 1 and not override_reason:
            raise MissingField("override_reason", "not rank 1")
        facts: dict[str, object] = {"incident": incident_id, "unit": unit_id, "hospital": hospital_id}
        self.acts.append(Act("hospital", facts | {"why": override_reason}))
        return FakeOutcome(True, f"{unit_id} → {hospital_id}")

    async def choose_bank(
        self, need: BloodNeed, plan: BankPlan, ranking: BloodRanking, override_reason: str | None
    ) -> FakeOutcome:
        if plan.rank != 1 and not override_reason:
            raise MissingField("override_reason", "not rank 1")
        self.acts.append(
            Act("bank", {"bank": plan.bank, "quantity": plan.quantity, "why": override_reason, "need": need})
        )
        return FakeOutcome(True, f"{plan.bank} → {need.hospital}")

    async def acknowledge(self, alarm_id: AlarmId) -> FakeOutcome:
        self.acts.append(Act("ack", {"alarm": alarm_id}))
        seen = self.picture.alarms.acknowledge(alarm_id)
        self.picture.changes.mark("alarm", alarm_id)
        return FakeOutcome(seen, "√")

    def _did(self, what: str, **facts: object) -> None:
        self.acts.append(Act(what, facts))

    def did(self, what: str) -> list[dict[str, object]]:
        """The facts of every act of one kind."""
        return [act.facts for act in self.acts if act.what == what]


def _place(lat: float, lon: float) -> Position:
    return Position(lat=lat, lon=lon)


def cities() -> tuple[City, ...]:
    return tuple(
        City(code=c, name=Name(zh=z, en=e), prefix=p, centre=_place(a, o), population_million=m)
        for c, z, e, p, a, o, m in (
            (CHANGSHA, "长沙", "Changsha", "CS", 28.228, 112.939, 10.5),
            (ZHUZHOU, "株洲", "Zhuzhou", "ZZ", 27.828, 113.134, 3.9),
            (XIANGTAN, "湘潭", "Xiangtan", "XT", 27.830, 112.944, 2.7),
        )
    )


_SITES = (
    ("CS-S-WUYI", CHANGSHA, "五一广场", "Wuyi Square", 28.1958, 112.9763, "landmark"),
    ("CS-S-FURONG", CHANGSHA, "芙蓉站", "Furong station", 28.2010, 113.0220, "station"),
    ("CS-S-YUELU", CHANGSHA, "岳麓站", "Yuelu station", 28.2200, 112.9100, "station"),
    ("ZZ-S-TIANYUAN", ZHUZHOU, "天元站", "Tianyuan station", 27.8270, 113.0820, "station"),
    ("XT-S-YUETANG", XIANGTAN, "岳塘站", "Yuetang station", 27.8720, 112.9640, "station"),
)
_HOSPITALS = (
    (
        "CS-H-XIANGYA",
        CHANGSHA,
        "湘雅医院",
        "Xiangya Hospital",
        28.2135,
        112.9775,
        {C.TRAUMA, C.STROKE, C.CARDIAC},
    ),
    (
        "CS-H-XIANGYA2",
        CHANGSHA,
        "湘雅二医院",
        "Second Xiangya Hospital",
        28.1915,
        112.9935,
        {C.CARDIAC, C.TRAUMA},
    ),
    (
        "CS-H-CENTRAL",
        CHANGSHA,
        "长沙市中心医院",
        "Changsha Central Hospital",
        28.1370,
        113.0010,
        {C.TRAUMA, C.STROKE},
    ),
    (
        "ZZ-H-CENTRAL",
        ZHUZHOU,
        "株洲市中心医院",
        "Zhuzhou Central Hospital",
        27.8430,
        113.1160,
        {C.TRAUMA, C.CARDIAC},
    ),
    ("XT-H-CENTRAL", XIANGTAN, "湘潭市中心医院", "Xiangtan Central Hospital", 27.8560, 112.9070, {C.STROKE}),
)
_BANKS = (
    ("CS-B-CENTRE", CHANGSHA, "长沙血液中心", "Changsha Blood Centre", 28.1830, 113.0030),
    ("ZZ-B-CENTRE", ZHUZHOU, "株洲市中心血站", "Zhuzhou Blood Centre", 27.8330, 113.1350),
    ("XT-B-CENTRE", XIANGTAN, "湘潭市中心血站", "Xiangtan Blood Centre", 27.8450, 112.9280),
)
_STATION_OF = {
    CHANGSHA: ("CS-S-FURONG", "CS-S-YUELU"),
    ZHUZHOU: ("ZZ-S-TIANYUAN",),
    XIANGTAN: ("XT-S-YUETANG",),
}
_FLEET = {CHANGSHA: ("CS", 24), ZHUZHOU: ("ZZ", 12), XIANGTAN: ("XT", 8)}
_STATES = (
    S.AVAILABLE_AT_STATION,
    S.EN_ROUTE,
    S.AVAILABLE_ON_ROAD,
    S.TRANSPORTING,
    S.AVAILABLE_AT_STATION,
    S.PAUSED,
    S.ON_SCENE,
    S.AT_HOSPITAL,
)


def picture_at(now: datetime, configuration: Configuration) -> Picture:
    """Three cities: two live, Xiangtan offline since 02:13; open incidents, stock, two alarms."""
    units = [
        Unit(
            id=UnitId(f"{prefix}-{number:03d}"),
            city=city,
            station=SiteId(_STATION_OF[city][number % len(_STATION_OF[city])]),
            capabilities=frozenset({C.BASIC, C.ADVANCED} if number % 2 else {C.BASIC}),
            plate=f"湘A{number:03d}急",
        )
        for city, (prefix, count) in _FLEET.items()
        for number in range(1, count + 1)
    ]
    picture = Picture(
        cities=cities(),
        sites=[
            Site(id=SiteId(i), city=c, name=Name(zh=z, en=e), position=_place(a, o), kind=k)
            for i, c, z, e, a, o, k in _SITES
        ],
        hospitals=[
            Hospital(
                id=HospitalId(i),
                city=c,
                name=Name(zh=z, en=e),
                position=_place(a, o),
                capabilities=frozenset({*able, C.EMERGENCY}),
            )
            for i, c, z, e, a, o, able in _HOSPITALS
        ],
        banks=[
            Bank(id=BankId(i), city=c, name=Name(zh=z, en=e), position=_place(a, o))
            for i, c, z, e, a, o in _BANKS
        ],
        components=configuration.components,
        units=units,
    )
    _move_units(picture, now)
    _see_cities(picture, now)
    _open_incidents(picture, now)
    _fill_banks(picture, now)
    for hospital, waiting, diverting in (
        ("CS-H-XIANGYA", 3, False),
        ("CS-H-XIANGYA2", 0, False),
        ("CS-H-CENTRAL", 1, True),
    ):
        status = HospitalStatus(diverting=diverting, waiting=waiting, said_at=now - timedelta(minutes=4))
        picture.hospital_status[HospitalId(hospital)] = status
    alarms = picture.alarms
    alarms.raise_(
        AlarmId("city:xiangtan"),
        Severity.CRITICAL,
        "city_offline",
        now - timedelta(minutes=18),
        city=XIANGTAN,
    )
    facts: dict[str, str | int | float] = {"bank": "ZZ-B-CENTRE", "age_s": 1080}
    at = now - timedelta(seconds=40)
    alarms.raise_(AlarmId("bank_stale:ZZ-B-CENTRE"), Severity.WARNING, "bank_stale", at, facts, ZHUZHOU)
    return picture


def _move_units(picture: Picture, now: datetime) -> None:
    for number, unit in enumerate(picture.fleet.units):
        centre = picture.cities[unit.city].centre
        lat = centre.lat + ((number * 37) % 23 - 11) * 0.006
        lon = centre.lon + ((number * 53) % 29 - 14) * 0.006
        age = 400 if number == 4 else 90 if number == 7 else number % 9
        fixed = epoch_ms(now) - age * 1000
        picture.fleet.apply_fix(
            unit.id,
            lat,
            lon,
            fixed,
            fixed + 200,
            accuracy_m=8.0,
            speed_kmh=30.0 + number % 40,
            heading_deg=(number * 45.0) % 360,
        )
        state = _STATES[number % len(_STATES)]
        picture.fleet.apply_status(
            unit.id,
            UnitStatus(
                state=state,
                since=now - timedelta(minutes=number % 30),
                reason="加油" if state is S.PAUSED else None,
                destination="CS-H-XIANGYA" if state is S.TRANSPORTING else None,
                incident="CS-1124-0001" if state.on_task else None,
            ),
        )


def _see_cities(picture: Picture, now: datetime) -> None:
    for code, sight, since, heard in (
        (CHANGSHA, Sight.LIVE, 3600, 1),
        (ZHUZHOU, Sight.LIVE, 1800, 2),
        (XIANGTAN, Sight.OFFLINE, 1080, 1085),
    ):
        view = picture.sight[code]
        view.sight, view.since = sight, now - timedelta(seconds=since)
        view.last_heard, view.link_up = now - timedelta(seconds=heard), sight is Sight.LIVE


def _open_incidents(picture: Picture, now: datetime) -> None:
    for number, (city, place, lat, lon, priority, age, needs, units, complaint) in enumerate(
        (
            (CHANGSHA, "长沙火车站东广场", 28.1935, 113.0080, 2, 900, set(), ("CS-002",), "摔伤"),
            (ZHUZHOU, "株洲站", 27.8380, 113.1510, 2, 1500, {C.CARDIAC}, ("ZZ-003", "ZZ-004"), "胸痛"),
            (CHANGSHA, "五一广场", 28.1958, 112.9763, 1, 190, {C.TRAUMA}, (), "车祸，多人受伤"),
            (XIANGTAN, "湘潭大学南门", 27.8870, 112.8700, 3, 300, set(), (), "腹痛"),
        ),
        1,
    ):
        prefix = picture.cities[city].prefix
        picture.incidents[IncidentId(f"{prefix}-1124-{number:04d}")] = Incident(
            id=IncidentId(f"{prefix}-1124-{number:04d}"),
            city=city,
            position=_place(lat, lon),
            place=place,
            priority=Priority(priority),
            patients=2 if priority == 1 else 1,
            needs=frozenset(needs),
            chief_complaint=complaint,
            opened_at=now - timedelta(seconds=age),
            state=IncidentState.DISPATCHED if units else IncidentState.WAITING,
            units=tuple(map(UnitId, units)),
            drill=True,
        )


def _fill_banks(picture: Picture, now: datetime) -> None:
    for place, bank in enumerate(picture.banks):
        lots = []
        for c, component in enumerate(picture.components.values()):
            for g, group in enumerate(BloodGroup):
                amount = (7 * place + 3 * c + 5 * g) % 19 + (24 if group.rhd_positive else 0)
                lots.append(
                    Lot(
                        id=LotId(f"{bank}:{component.code}:{g}"),
                        component=ComponentCode(component.code),
                        group=group,
                        quantity=amount,
                        expires_at=now + timedelta(hours=20 + 60 * ((g + c) % 4)),
                        state=LotState.AVAILABLE,
                    )
                )
        counted = now - timedelta(minutes=3 + 15 * place)
        picture.stock.apply_snapshot(bank, 1, counted, counted, lots)


@cache
def shipped() -> Configuration:
    """The configuration as it is shipped, read once: nothing in it can be changed."""
    return load()


def fake_desk(*, drill: bool = True) -> FakeDesk:
    """A desk at 02:31:07 with everything the screens can show."""
    configuration = shipped()
    desk = FakeDesk(picture_at(START, configuration), ManualClock(START), configuration, drill=drill)
    desk.quarantine.rows = [
        FakeRefused(
            epoch_ms(START) - 1000 * n * 7,
            "zhuzhou",
            f"czt/v1/zhuzhou/unit/ZZ-0{n:02d}/position",
            "坐标系不明",
            180 + n,
        )
        for n in range(1, 4)
    ]
    return desk


if TYPE_CHECKING:
    _FAKE_IS_A_DESK: "Desk" = fake_desk()
