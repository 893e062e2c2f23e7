"""How long a unit recommendation takes, against a plain haversine loop over the same units.

Both rank the same fleet for the same incident in the same run. The loop only measures and sorts
straight distances; the ranking judges feasibility, lending and cover and can explain every unit.
`python tests/performance/bench_decide.py` prints the figures; `measure()` returns them.
"""

import gc
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from haversine import haversine

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "decide"))

from dispatch.console.collector import QuietCollector
from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.decide.blood import BloodNeed, rank_blood
from dispatch.decide.rules import DispatchRules
from dispatch.domain.blood import BloodGroup, ComponentCode, LotState
from dispatch.domain.geography import Bridge, CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Name
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CENTRES,
    DISPATCH_RULES,
    NOW,
    bank,
    empty_picture,
    hospital,
    lot,
    put_stock,
    random_picture,
    river,
)

SHOWN = 20
"""Candidates and exclusions that a screen shows: they are made in the measured time too."""


def measure(rounds: int = 300) -> dict[str, float]:
    """Milliseconds: p50 and p99 of rankings at 200 and 10,000 units, of the loop, and of a blood plan."""
    figures: dict[str, float] = {}
    rules = measured_rules()
    for units in (200, 10_000):
        picture = random_picture(7, units, messy=False)
        picture.bridges = tuple(_bridges())
        turns = rounds if units == 200 else max(30, rounds // 5)

        def ranked(request: UnitRequest, picture: Picture = picture) -> None:
            ranking = rank_units(picture, request, rules, NOW)
            ranking.candidates[:SHOWN], ranking.excluded[:SHOWN]

        def looped(request: UnitRequest, picture: Picture = picture) -> None:
            _haversine_loop(picture, request.position)

        figures |= _timed(f"rank_units_{units}", ranked, turns)
        figures |= _timed(f"haversine_loop_{units}", looped, min(turns, 60))
    figures |= _timed_blood("", max(100, rounds // 3), mixed=True)
    figures |= _timed_blood("_one_component", max(100, rounds // 3), mixed=False)
    return figures


def measured_rules() -> DispatchRules:
    """The rules of the tests with a river between the banks."""
    travel = DISPATCH_RULES.travel.model_copy(update={"river": river()})
    return DISPATCH_RULES.model_copy(update={"travel": travel})


def _timed(name: str, work: Callable[[UnitRequest], None], turns: int) -> dict[str, float]:
    asked = list(requests(turns + 3))
    for request in asked[:3]:
        work(request)
    taken = []
    for request in asked[3:]:
        begin = time.perf_counter()
        work(request)
        taken.append((time.perf_counter() - begin) * 1000)
    return _percentiles(name, taken)


def _percentiles(name: str, taken: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(taken, [50, 99])
    return {f"{name}_p50_ms": round(float(p50), 3), f"{name}_p99_ms": round(float(p99), 3)}


def requests(count: int) -> Iterator[UnitRequest]:
    rng = random.Random(1)
    for number in range(count):
        city = rng.choice(list(CENTRES))
        lat, lon = CENTRES[city]
        position = Position(lat=lat + rng.uniform(-0.15, 0.15), lon=lon + rng.uniform(-0.15, 0.15))
        yield UnitRequest(position=position, city=city, priority=Priority(number % 3 + 1))


def _haversine_loop(picture: Picture, to: Position) -> list[tuple[float, str]]:
    """What a straightforward console does: the haversine package once per unit, then a sort."""
    fleet = picture.fleet
    return sorted(
        (haversine((float(fleet.lat[row]), float(fleet.lon[row])), (to.lat, to.lon)), unit.id)
        for row, unit in enumerate(fleet.units)
    )


def _bridges() -> Iterator[Bridge]:
    line = river()
    for number in range(0, len(line), 4):
        lat, lon = line[number]
        name = Name(zh=f"桥{number}", en=f"bridge {number}")
        yield Bridge(
            id=f"BR-{number}", city=CityCode("changsha"), name=name, position=Position(lat=lat, lon=lon)
        )


def _timed_blood(name: str, turns: int, *, mixed: bool) -> dict[str, float]:
    """All plans over 60 banks with 20,000 lots, of all components or of one, and a plain loop beside it.

    The garbage collector is the console's: what stands is set aside, full collections wait for a pause of the
    operator, and what such a pause costs is measured by itself.
    """
    rng = random.Random(5)
    cities = list(CENTRES)
    banks = []
    for number in range(60):
        lat, lon = CENTRES[cities[number % 3]]
        banks.append(
            bank(f"B-{number:02d}", cities[number % 3], lat + rng.gauss(0, 0.1), lon + rng.gauss(0, 0.1))
        )
    picture = empty_picture([hospital("H-1", cities[0], 28.2, 112.97)], banks)
    components = [component.code for component in BLOOD_RULES.components.components]
    groups = [group.value for group in BloodGroup]
    for held in banks:
        lots = [
            lot(
                f"{held.id}-{i}",
                rng.choice(groups),
                rng.randint(1, 4),
                component=rng.choice(components) if mixed else components[0],
                hours=rng.uniform(1, 800),
            )
            for i in range(333)
        ]
        put_stock(picture, held.id, *lots)
    taken, looped = [], []
    collector = QuietCollector()
    collector.begin()
    for number in range(turns):
        need = BloodNeed(
            component=ComponentCode("red_cells"),
            group=BloodGroup(groups[number % 8]),
            quantity=6 + number % 30,
            hospital=HospitalId("H-1"),
            need_by=NOW + timedelta(minutes=40),
        )
        begin = time.perf_counter()
        rank_blood(picture, need, BLOOD_RULES, NOW)
        taken.append((time.perf_counter() - begin) * 1000)
        begin = time.perf_counter()
        _first_expired_loop(picture, need)
        looped.append((time.perf_counter() - begin) * 1000)
    begin = time.perf_counter()
    gc.collect()
    full = (time.perf_counter() - begin) * 1000
    collector.end()
    plan, loop = f"rank_blood_60_banks_20000_lots{name}", f"first_expired_loop_20000_lots{name}"
    return _percentiles(plan, taken) | _percentiles(loop, looped) | {f"full_collection{name}_ms": full}


def _first_expired_loop(picture: Picture, need: BloodNeed) -> list[tuple[datetime, str]]:
    """What a plain list of stock does: the free lots of a component, the first to expire first."""
    return sorted(
        (held.expires_at, held.id)
        for stock in picture.stock.banks.values()
        for held in stock.lots.values()
        if held.component == need.component and held.state is LotState.AVAILABLE and held.expires_at > NOW
    )


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
