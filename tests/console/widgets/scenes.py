"""A small picture of three cities at one moment: everything a widget has to show, good and bad."""

from datetime import UTC, datetime, timedelta

from dispatch.clock import epoch_ms
from dispatch.console.present import AgeLimits, Scene
from dispatch.console.present_stock import StockLimits
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode, Lot, LotId, LotState
from dispatch.domain.geography import City, CityCode, Position, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import Capability, StateSource, Unit, UnitId, UnitState, UnitStatus
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture

NOW = datetime(2026, 11, 23, 18, 13, 42, tzinfo=UTC)
"""02:13:42 on 24 November in Changsha."""
LIMITS = AgeLimits(warn_s=60, stale_s=120, drop_s=300)
COUNTED = StockLimits(AgeLimits(warn_s=600, stale_s=1800, drop_s=7200), timedelta(hours=24))
CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")

HOSTILE = (
    "[@click=app.bell]x[/]",
    "ok[/]",
    "[bold red]A1[/bold red]",
    "\x1b[31mred\x1b]0;title\x07",
    "a\u202eb\u2066c",
    "line\none\ttwo\rthree",
    "zero\u200bwidth\ufeff",
    "z" + "\u0301" * 40,
    "长" * 500,
    "\ud800",
)
"""Texts that a careless widget obeys, crashes on, or passes to the terminal."""


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def cities() -> tuple[City, ...]:
    return (
        City(code=CHANGSHA, name=Name(zh="长沙", en="Changsha"), prefix="CS",
             centre=Position(lat=28.2282, lon=112.9388), population_million=10),
        City(code=ZHUZHOU, name=Name(zh="株洲", en="Zhuzhou"), prefix="ZZ",
             centre=Position(lat=27.8274, lon=113.1340), population_million=3.9),
        City(code=XIANGTAN, name=Name(zh="湘潭", en="Xiangtan"), prefix="XT",
             centre=Position(lat=27.8297, lon=112.9440), population_million=2.7),
    )  # fmt: skip


def component(code: str, zh: str, en: str, unit: str) -> Component:
    return Component(
        code=ComponentCode(code), name=Name(zh=zh, en=en), unit=Name(zh=unit, en=unit), shelf_life_hours=840,
        storage="2-6 C", preparation_min=0, rule="red_cells",
    )  # fmt: skip


def lot(number: int, code: str, group: BloodGroup, quantity: int, hours: float, **more: LotState) -> Lot:
    return Lot(
        id=LotId(f"L{number}"), component=ComponentCode(code), group=group, quantity=quantity,
        expires_at=NOW + timedelta(hours=hours), **more,
    )  # fmt: skip


def picture() -> Picture:
    """Changsha live, Zhuzhou offline since 02:01, Xiangtan silent since 02:10."""
    station = Site(
        id=SiteId("CS-S-1"), city=CHANGSHA, name=Name(zh="芙蓉急救站", en="Furong station"),
        position=Position(lat=28.2, lon=113.0), kind="station",
    )  # fmt: skip
    hospital = Hospital(
        id=HospitalId("CS-H-2"), city=CHANGSHA, name=Name(zh="湘雅二医院", en="Second Xiangya Hospital"),
        position=Position(lat=28.21, lon=112.98),
        capabilities=frozenset({Capability.STROKE, Capability.CARDIAC}),
    )  # fmt: skip
    banks = [
        Bank(id=BankId(f"{city.prefix}-B-CENTRE"), city=city.code, position=city.centre,
             name=Name(zh=f"{city.name.zh}血液中心", en=f"{city.name.en} Blood Centre"))
        for city in cities()
    ]  # fmt: skip
    made = Picture(
        cities=cities(),
        hospitals=[hospital],
        banks=banks,
        components=[
            component("rbc", "悬浮红细胞", "Red cells", "U"),
            component("ffp", "血浆", "Plasma", "mL"),
        ],
        sites=[station],
        units=[
            Unit(id=UnitId("CS-001"), city=CHANGSHA, station=SiteId("CS-S-1")),
            Unit(id=UnitId("CS-002"), city=CHANGSHA, capabilities=frozenset({Capability.ADVANCED})),
            Unit(id=UnitId("ZZ-001"), city=ZHUZHOU),
        ],
    )
    for code, sight, since in (
        (CHANGSHA, Sight.LIVE, 7200),
        (ZHUZHOU, Sight.OFFLINE, 720),
        (XIANGTAN, Sight.SILENT, 200),
    ):
        made.sight[code].sight, made.sight[code].since = sight, ago(since)
    return made


def scene(of: Picture) -> Scene:
    return Scene.of(of, NOW, LIMITS)


def place_unit(
    of: Picture, unit: str, age_s: float, lat: float = 28.2, lon: float = 112.95, speed_kmh: float = 62
) -> None:
    at = epoch_ms(ago(age_s))
    of.fleet.apply_fix(UnitId(unit), lat, lon, at, at, speed_kmh=speed_kmh, heading_deg=90)


def report_state(of: Picture, unit: str, state: UnitState, **more: str) -> None:
    status = UnitStatus(state=state, since=ago(60), source=StateSource.TERMINAL, **more)
    of.fleet.apply_status(UnitId(unit), status)


def count_stock(of: Picture, bank: str, lots: list[Lot], age_s: float = 40) -> None:
    of.stock.apply_snapshot(BankId(bank), 1, ago(age_s), ago(age_s), lots)


def report_hospital(of: Picture, diverting: bool, waiting: int, age_s: float) -> None:
    said = HospitalStatus(diverting=diverting, waiting=waiting, said_at=ago(age_s))
    of.hospital_status[HospitalId("CS-H-2")] = said


def incident(
    number: int,
    priority: Priority = Priority.URGENT,
    state: IncidentState = IncidentState.WAITING,
    units: tuple[str, ...] = (),
    place: str = "五一广场",
    city: CityCode = CHANGSHA,
) -> Incident:
    return Incident(
        id=IncidentId(f"CS-1124-{number:04d}"), city=city, place=place,
        position=Position(lat=28.2, lon=112.97),
        priority=priority, patients=2, opened_at=ago(723), state=state,
        units=tuple(UnitId(unit) for unit in units), chief_complaint="胸痛",
    )  # fmt: skip
