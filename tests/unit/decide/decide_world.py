"""A small world of three cities for the tests of decisions, and the shipped rules."""

import json
import random
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.clock import epoch_ms
from dispatch.decide.rules import RULE_FILES, BloodRules, DispatchRules
from dispatch.domain.blood import Bank, BankId, BloodGroup, ComponentCode, Lot, LotId, LotState
from dispatch.domain.geography import City, CityCode, Position, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.model import Name
from dispatch.domain.units import Capability, Unit, UnitId, UnitState, UnitStatus
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture

CONFIG = Path(__file__).parents[3] / "config"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in China
CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")
CENTRES = {CHANGSHA: (28.20, 112.97), ZHUZHOU: (27.83, 113.15), XIANGTAN: (27.83, 112.93)}
PREFIXES = {CHANGSHA: "CS", ZHUZHOU: "ZZ", XIANGTAN: "XT"}
RED = ComponentCode("red_cells")
GROUPS = list(BloodGroup)


def shipped(relative: str) -> dict[str, object]:
    with (CONFIG / relative).open("rb") as file:
        return tomllib.load(file)


def rules() -> tuple[DispatchRules, BloodRules]:
    """The shipped rules, without a river."""
    sets = {path: model.model_validate(shipped(path)) for path, model in RULE_FILES.items()}
    travel = sets["rules/travel.toml"]
    dispatch = {
        "travel": travel,
        "units": sets["rules/units.toml"],
        "hospitals": sets["rules/hospitals.toml"],
    }
    blood = {
        "travel": travel,
        "components": sets["blood/components.toml"],
        "compatibility": sets["blood/compatibility.toml"],
        "sourcing": sets["blood/sourcing.toml"],
        "demand": sets["blood/demand.toml"],
    }
    return DispatchRules.model_validate(dispatch), BloodRules.model_validate(blood)


DISPATCH_RULES, BLOOD_RULES = rules()


def river() -> tuple[tuple[float, float], ...]:
    line = json.loads((CONFIG / "map/river.json").read_text(encoding="utf-8"))["lines"][0]
    return tuple((lat, lon) for lon, lat in line)


def at(lat: float, lon: float) -> Position:
    return Position(lat=lat, lon=lon)


def empty_picture(
    hospitals: list[Hospital] | None = None,
    banks: list[Bank] | None = None,
    sites: list[Site] | None = None,
    live: bool = True,
) -> Picture:
    picture = Picture(
        cities=[
            City(
                code=code,
                name=Name(zh=zh, en=en),
                prefix=PREFIXES[code],
                centre=at(*CENTRES[code]),
                population_million=people,
            )
            for code, zh, en, people in (
                (CHANGSHA, "长沙", "Changsha", 10.5),
                (ZHUZHOU, "株洲", "Zhuzhou", 3.9),
                (XIANGTAN, "湘潭", "Xiangtan", 2.7),
            )
        ],
        hospitals=hospitals or [],
        banks=banks or [],
        sites=sites or [],
        components=BLOOD_RULES.components.components,
    )
    if live:
        for view in picture.sight.values():
            view.sight, view.since = Sight.LIVE, NOW - timedelta(hours=1)
    return picture


def station(name: str, city: CityCode, lat: float, lon: float) -> Site:
    return Site(
        id=SiteId(name), city=city, name=Name(zh=name, en=name), position=at(lat, lon), kind="station"
    )


def add_unit(
    picture: Picture,
    name: str,
    city: CityCode,
    lat: float | None,
    lon: float | None,
    *,
    state: UnitState | None = UnitState.AVAILABLE_AT_STATION,
    age_s: float = 5,
    capabilities: tuple[Capability, ...] = (Capability.BASIC,),
    incident: str | None = None,
    reason: str | None = None,
    speed_kmh: float | None = None,
) -> UnitId:
    unit = UnitId(name)
    picture.fleet.register(Unit(id=unit, city=city, capabilities=frozenset(capabilities)))
    if lat is not None and lon is not None:
        fixed = epoch_ms(NOW - timedelta(seconds=age_s))
        picture.fleet.apply_fix(unit, lat, lon, fixed, fixed, speed_kmh=speed_kmh)
    if state is not None:
        status = UnitStatus(state=state, since=NOW - timedelta(minutes=5), incident=incident, reason=reason)
        picture.fleet.apply_status(unit, status)
    return unit


def random_picture(seed: int, units: int, spread_deg: float = 0.25, *, messy: bool = True) -> Picture:
    """Units of all cities scattered about, a quarter of them on tasks, some stale, some cities unseen."""
    rng = random.Random(seed)
    sites = [
        station(f"{PREFIXES[code]}-S-{i}", code, lat + rng.gauss(0, 0.08), lon + rng.gauss(0, 0.08))
        for code, (lat, lon) in CENTRES.items()
        for i in range(6)
    ]
    picture = empty_picture(sites=sites)
    if messy and rng.random() < 0.2:
        view = picture.sight[rng.choice(list(CENTRES))]
        view.sight, view.since = rng.choice([Sight.OFFLINE, Sight.SILENT]), NOW - timedelta(minutes=9)
    for number in range(units):
        city = rng.choice(list(CENTRES))
        lat, lon = CENTRES[city]
        state = rng.choice([7, 7, 6, 6, 2, 3, 4, 8, 9]) if messy else 7
        advanced = (Capability.ADVANCED,) if rng.random() < 0.3 else (Capability.BASIC,)
        add_unit(
            picture,
            f"{PREFIXES[city]}-{number:05d}",
            city,
            lat + rng.uniform(-spread_deg, spread_deg),
            lon + rng.uniform(-spread_deg, spread_deg),
            state=UnitState(state),
            age_s=rng.choice([1, 5, 30, 90, 200, 299, 301, 900]) if messy else 1,
            capabilities=advanced,
            reason="refuelling" if state in (8, 9) else None,
            speed_kmh=rng.choice([None, 0.0, 40.0]),
        )
    return picture


def hospital(
    name: str, city: CityCode, lat: float, lon: float, *capabilities: Capability, emergency: bool = True
) -> Hospital:
    general = {Capability.EMERGENCY} if emergency else set[Capability]()
    return Hospital(
        id=HospitalId(name),
        city=city,
        name=Name(zh=name, en=name),
        position=at(lat, lon),
        capabilities=frozenset(capabilities) | general,
    )


def bank(name: str, city: CityCode, lat: float, lon: float) -> Bank:
    return Bank(id=BankId(name), city=city, name=Name(zh=name, en=name), position=at(lat, lon))


def lot(
    name: str,
    group: str,
    quantity: int,
    *,
    component: str = RED,
    hours: float = 240,
    state: LotState = LotState.AVAILABLE,
    attributes: tuple[str, ...] = (),
) -> Lot:
    return Lot(
        id=LotId(name),
        component=ComponentCode(component),
        group=BloodGroup(group),
        quantity=quantity,
        expires_at=NOW + timedelta(hours=hours),
        state=state,
        attributes=frozenset(attributes),
    )


def put_stock(picture: Picture, name: str, *lots: Lot, age_min: float = 1) -> None:
    counted = NOW - timedelta(minutes=age_min)
    picture.stock.apply_snapshot(BankId(name), 1, counted, counted, lots)


def random_blood(seed: int) -> Picture:
    """Six banks of three cities with random lots, one city sometimes unseen, some counts old."""
    rng = random.Random(seed)
    banks, hospitals = [], []
    for code, (lat, lon) in CENTRES.items():
        hospitals.append(hospital(f"{PREFIXES[code]}-H-1", code, lat, lon))
        banks += [
            bank(f"{PREFIXES[code]}-B-{i}", code, lat + rng.gauss(0, 0.05), lon + rng.gauss(0, 0.05))
            for i in range(2)
        ]
    picture = empty_picture(hospitals, banks)
    if rng.random() < 0.2:
        view = picture.sight[rng.choice(list(CENTRES))]
        view.sight, view.since = Sight.OFFLINE, NOW - timedelta(minutes=9)
    components = [component.code for component in BLOOD_RULES.components.components]
    for number, held in enumerate(banks):
        lots = [
            lot(
                f"L{number}-{i}",
                rng.choice(GROUPS).value,
                rng.randint(0, 12),
                component=rng.choice([RED, RED, RED, *components]),
                hours=rng.choice([-5, 1, 8, 30, 100, 500]),
                state=rng.choice([LotState.AVAILABLE] * 5 + list(LotState)),
                attributes=("irradiated",) if rng.random() < 0.2 else (),
            )
            for i in range(rng.randint(0, 40))
        ]
        put_stock(picture, held.id, *lots, age_min=rng.choice([1, 20, 60, 300]))
    return picture
