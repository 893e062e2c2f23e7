"""Three banks of three cities with stock and forecasts, for the tests of moves."""

import random

from dispatch.blood.forecast import Forecast
from dispatch.blood.move_models import MoveAnswer
from dispatch.blood.move_rules import MoveRules
from dispatch.blood.moves import propose_moves
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotState
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CENTRES,
    NOW,
    PREFIXES,
    bank,
    empty_picture,
    lot,
    put_stock,
    shipped,
)

RULES = MoveRules.model_validate(shipped("blood/moves.toml"))
PLATELETS = ComponentCode("platelets")
CS, ZZ, XT = BankId("CS-B-1"), BankId("ZZ-B-1"), BankId("XT-B-1")


def world(per_city: int = 1, **stock: tuple[Lot, ...]) -> Picture:
    """`stock` by prefix: the lots of the first bank of a city; the others hold nothing."""
    banks = [
        bank(f"{PREFIXES[code]}-B-{number}", code, lat + 0.01 * number, lon)
        for code, (lat, lon) in CENTRES.items()
        for number in range(1, per_city + 1)
    ]
    picture = empty_picture(banks=banks)
    for held in banks:
        put_stock(picture, held.id)
    for prefix, lots in stock.items():
        put_stock(picture, f"{prefix}-B-1", *lots)
    return picture


def doses(
    name: str, quantity: int, hours: float, group: str = "A+", state: LotState = LotState.AVAILABLE
) -> Lot:
    return lot(name, group, quantity, component=PLATELETS, hours=hours, state=state)


def use(at: BankId, daily: float, group: str = "A+", component: str = PLATELETS, days: int = 28) -> Forecast:
    return Forecast(
        bank=at,
        component=ComponentCode(component),
        group=BloodGroup(group),
        daily_issue=daily,
        days=days,
        fano=1,
    )


def ask(picture: Picture, *forecasts: Forecast, rules: MoveRules = RULES) -> MoveAnswer:
    return propose_moves(picture, forecasts, rules, BLOOD_RULES, NOW)


def random_world(seed: int) -> tuple[Picture, list[Forecast]]:
    """Two banks a city, three components, some lots not free or just expired, some forecasts missing."""
    rng = random.Random(seed)
    picture = world(per_city=2)
    forecasts = []
    for held in picture.banks:
        lots = [
            lot(
                f"{held}-{number}",
                rng.choice(("A+", "O-", "B+")),
                rng.randint(1, 8) * (100 if component == "fresh_frozen_plasma" else 1),
                component=component,
                hours=rng.uniform(-3, 120 if component == PLATELETS else 500),
                state=rng.choice((LotState.AVAILABLE,) * 6 + (LotState.RESERVED, LotState.QUARANTINED)),
            )
            for number in range(rng.randint(0, 30))
            for component in (rng.choice((PLATELETS, "red_cells", "fresh_frozen_plasma")),)
        ]
        put_stock(picture, held, *lots)
        for component in (PLATELETS, "red_cells", "fresh_frozen_plasma"):
            for group in ("A+", "O-", "B+"):
                if rng.random() < 0.8:
                    daily = rng.choice((0.0, 0.2, 1.0, 4.0)) * (100 if component.endswith("plasma") else 1)
                    forecasts.append(use(held, daily, group, component))
    return picture, forecasts
