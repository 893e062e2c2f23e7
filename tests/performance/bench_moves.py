"""How long moves before outdate take at 60 banks and 20,000 lots, against one plain pass over the lots.

`python -m tests.performance.bench_moves` prints the figures; `measure()` returns them.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from dispatch.blood.forecast import Forecast
from dispatch.blood.move_rules import MoveRules
from dispatch.blood.moves import propose_moves
from dispatch.blood.outdates import _chances
from dispatch.domain.blood import BloodGroup
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CENTRES,
    NOW,
    bank,
    empty_picture,
    lot,
    put_stock,
    shipped,
)

BANKS, LOTS = 60, 20_000
RULES = MoveRules.model_validate(shipped("blood/moves.toml"))


def measure(rounds: int = 12) -> dict[str, float]:
    """Milliseconds (median) of a whole look for moves and of the pass; proposals and lots for scale."""
    picture, forecasts = _world()
    found = propose_moves(picture, forecasts, RULES, BLOOD_RULES, NOW)

    def look() -> None:
        _chances.cache_clear()  # a night's look starts cold
        propose_moves(picture, forecasts, RULES, BLOOD_RULES, NOW)

    return {
        "moves_ms": _median_ms(look, rounds),
        "pass_ms": _median_ms(lambda: _plain_pass(picture), rounds),
        "proposals": len(found.proposals),
        "lots": sum(len(stock.lots) for stock in picture.stock.banks.values()),
    }


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _round in range(rounds):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return round(float(np.median(taken)), 3)


def _plain_pass(picture: Picture) -> Counter[tuple[str, str, str]]:
    """What expires within two days, by bank, component and group: no forecast, no journey, no proposal."""
    soon: Counter[tuple[str, str, str]] = Counter()
    for held, stock in picture.stock.banks.items():
        for each in stock.lots.values():
            if each.state == "available" and (each.expires_at - NOW).total_seconds() < 172_800:
                soon[held, each.component, each.group] += each.quantity
    return soon


def _world() -> tuple[Picture, list[Forecast]]:
    """60 banks of three cities; stock and use such that some of it will outdate."""
    rng = random.Random(5)
    cities = list(CENTRES)
    banks = []
    for number in range(BANKS):
        lat, lon = CENTRES[cities[number % 3]]
        banks.append(
            bank(f"B-{number:02d}", cities[number % 3], lat + rng.gauss(0, 0.1), lon + rng.gauss(0, 0.1))
        )
    picture = empty_picture(banks=banks)
    components = [one.component for one in RULES.components]
    groups = list(BloodGroup)
    forecasts = []
    for at, held in enumerate(banks):
        count = LOTS // BANKS + (at < LOTS % BANKS)
        lots = [
            lot(
                f"{held.id}-{i}",
                rng.choice(groups),
                rng.randint(1, 4),
                component=rng.choice(components),
                hours=rng.uniform(1, 800),
            )
            for i in range(count)
        ]
        put_stock(picture, held.id, *lots)
        forecasts += [
            Forecast(
                bank=held.id,
                component=component,
                group=group,
                daily_issue=rng.choice((0.2, 0.5, 1.0, 2.0)),
                fano=2,
            )
            for component in components
            for group in groups
        ]
    return picture, forecasts


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
