"""Two cities, three banks and rules of cover that are easy to reckon with by hand."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from dispatch.blood.rules import CoverRules
from dispatch.decide.blood_rules import BloodTables
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode, Lot, LotId, LotState
from dispatch.domain.geography import City, CityCode, Position
from dispatch.domain.model import Name
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.picture.stock_days import BankDays, DayCounts, SeriesKey, days_before
from dispatch.settings import load

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
"""Midnight in China, the beginning of Tuesday 24 November."""
TODAY = date(2026, 11, 24)
RED, PLATELETS, PLASMA = ComponentCode("red_cells"), ComponentCode("platelets"), ComponentCode("plasma")
O_POS, O_NEG = BloodGroup.O_POS, BloodGroup.O_NEG
CHANGSHA, ZHUZHOU = CityCode("changsha"), CityCode("zhuzhou")
MAIN, HOUSE, OTHER = BankId("CS-B-MAIN"), BankId("CS-B-HOUSE"), BankId("ZZ-B-MAIN")


def rules(**changes: object) -> CoverRules:
    """Red cells 6/3/2/1 by group, platelets 1 by component, O- never below 2."""
    content: dict[str, object] = {
        "edition": "test",
        "source": "test",
        "effective_from": date(2026, 1, 1),
        "sign_off": ["nobody"],
        "window_days": 28,
        "least_known_days": 14,
        "least_issues": 7,
        "horizon_days": 28,
        "issue_min": 30,
        "phases": [
            {"component": RED, "target_days": 6, "pre_amber_days": 3, "amber_days": 2, "red_days": 1,
             "back_days": 0.5, "alarm": "group"},
            {"component": PLATELETS, "pre_amber_days": 1, "back_days": 0.25, "alarm": "component"},
        ],
        "floors": [{"component": RED, "group": "O-", "least": 2, "back": 1}],
        "severity": {"amber": "advisory", "red": "warning", "floor": "advisory", "none_left": "warning"},
    }  # fmt: skip
    return CoverRules.model_validate(content | changes)


def blood_tables() -> BloodTables:
    """The shipped rules: a count is stale after two hours, plasma suits by ABO alone."""
    return load().blood_rules


def _component(code: ComponentCode, preparation_min: float) -> Component:
    return Component(
        code=code, name=Name(zh=f"品种{code}", en=code), unit=Name(zh="U", en="U"), shelf_life_hours=840,
        storage="4 C", preparation_min=preparation_min, rule="red_cells",
    )  # fmt: skip


def picture() -> Picture:
    """Both cities live, three banks that never counted."""
    here, name = Position(lat=28.2, lon=112.9), Name(zh="甲", en="A")
    cities = [
        City(code=code, name=Name(zh=code, en=code), prefix=prefix, centre=here, population_million=1)
        for code, prefix in ((CHANGSHA, "CS"), (ZHUZHOU, "ZZ"))
    ]
    banks = [
        Bank(id=bank, city=city, name=name, position=here)
        for bank, city in ((MAIN, CHANGSHA), (HOUSE, CHANGSHA), (OTHER, ZHUZHOU))
    ]
    components = [_component(RED, 0), _component(PLATELETS, 0), _component(PLASMA, 25)]
    made = Picture(cities=cities, banks=banks, components=components)
    for city in made.sight.values():
        city.sight = Sight.LIVE
    return made


def lot(
    number: int,
    quantity: int,
    hours: float,
    *,
    component: ComponentCode = RED,
    group: BloodGroup = O_POS,
    state: LotState = LotState.AVAILABLE,
) -> Lot:
    """A lot that expires so many hours after NOW."""
    return Lot(
        id=LotId(f"L{number}"), component=component, group=group, quantity=quantity,
        expires_at=NOW + timedelta(hours=hours), state=state,
    )  # fmt: skip


def count(of: Picture, bank: BankId, lots: Iterable[Lot], *, at: datetime = NOW) -> None:
    """A whole count of one bank."""
    held = of.stock.banks.get(bank)
    of.stock.apply_snapshot(bank, held.sequence + 1 if held else 1, at, at, lots)


def tell(of: Picture, bank: BankId, a_day: Mapping[SeriesKey, int | None], *, issues: int = 2) -> None:
    """28 days on each of which so much was issued (None: nobody knows), `issues` times."""
    series = {
        key: DayCounts((amount,) * 28, (None if amount is None else issues if amount else 0,) * 28, (9,) * 28)
        for key, amount in a_day.items()
    }
    of.stock.apply_days(BankDays(bank, days_before(TODAY, 28)[0], NOW, series))
