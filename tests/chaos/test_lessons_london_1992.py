"""London, October 1992: calls poured in, positions were wrong, messages unseen piled up, and it stood still.

Stale positions are never recommended and never hidden; five times the usual load is decided to the last
order; and a centre that dies under it knows everything again within seconds. That a thousand open alarms
leave the critical ones on top is shown in tests/console/test_console_alarms.py.
"""

import random
import time
from pathlib import Path

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.messages import Answer, Commit, Input, Request
from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import OrderState, RequestId
from dispatch.domain.units import Unit, UnitId
from dispatch.picture.live import Picture
from tests.centre.test_records_on_disk import CONSOLE, NOW, known, open_store, opening
from tests.reliability.recorded import CHANGSHA, JOB
from tests.unit.decide.decide_world import CENTRES, DISPATCH_RULES, PREFIXES, add_unit, at, empty_picture
from tests.unit.decide.decide_world import NOW as MOMENT

UNITS = 200
START_WITHIN_S = 10.0
CALLS_AT_ONCE = 600
"""Five times what a city of 650 calls a day has in an hour of its peak, within a minute."""


def a_city_with_stale_positions(seed: int) -> tuple[Picture, dict[UnitId, bool]]:
    """Every unit free; three in ten were last heard ten minutes ago."""
    chance, picture, stale = random.Random(seed), empty_picture(), {}
    for number in range(UNITS):
        city = chance.choice(list(CENTRES))
        lat, lon = CENTRES[city]
        old = chance.random() < 0.3
        spread = chance.uniform(-0.2, 0.2), chance.uniform(-0.2, 0.2)
        unit = add_unit(
            picture,
            f"{PREFIXES[city]}-{number:03}",
            city,
            lat + spread[0],
            lon + spread[1],
            age_s=600 if old else 5,
        )
        stale[unit] = old
    return picture, stale


@pytest.mark.parametrize("seed", range(5))
def test_with_three_positions_in_ten_stale_none_of_them_is_recommended_and_all_are_named(seed: int) -> None:
    picture, stale = a_city_with_stale_positions(seed)
    request = UnitRequest(position=at(*CENTRES[CHANGSHA]), city=CHANGSHA, priority=Priority(1))
    ranking = rank_units(picture, request, DISPATCH_RULES, MOMENT)
    offered = {one.unit for one in ranking.candidates}
    why = {one.unit: {reason.code for reason in one.reasons} for one in ranking.excluded}
    assert offered
    assert offered | why.keys() == stale.keys()
    assert {unit for unit, codes in why.items() if "stale" in codes} == {one for one in stale if stale[one]}


@pytest.mark.slow
def test_five_times_the_load_is_decided_to_the_last_order_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "centre.db"
    fleet = tuple(Unit(id=UnitId(f"CS-{number:03}"), city=CHANGSHA) for number in range(100))
    store = open_store(path, fleet=fleet)
    numbers = [IncidentId(f"CS-1124-{1000 + number}") for number in range(CALLS_AT_ONCE)]
    asked: list[Input] = [opening(number, f"o-{number}") for number in numbers]
    for place, number in enumerate(numbers):
        job, unit = JOB.model_copy(update={"incident": number}), fleet[place % len(fleet)].id
        asked.append(Request(RequestId(f"r-{number}"), unit, CONSOLE, "li", job, NOW + 60_000))
    random.Random(1).shuffle(asked)
    asked.sort(key=lambda one: isinstance(one, Request))
    groups = (asked[start : start + 64] for start in range(0, len(asked), 64))
    said = [one for group in groups for one in store.take(group, NOW) if isinstance(one, Answer)]
    granted = [one for one in said if one.steps[-1].state is OrderState.RESERVED]
    denied = [one for one in said if one.steps[-1].state is OrderState.DENIED]
    assert len(granted) == len({one.unit for one in granted}) == len(fleet)
    assert len(granted) + len(denied) == CALLS_AT_ONCE
    store.take([Commit(one.request, one.unit, CONSOLE, "li", one.token) for one in granted], NOW)
    before, held = known(store.state), sorted(order.request for order in store.held())
    store.close()
    began = time.perf_counter()
    store = open_store(path, NOW + 1, fleet)
    took = time.perf_counter() - began
    assert known(store.state) == before
    assert sorted(order.request for order in store.held()) == held
    assert len(store.pending()) == len(fleet)
    assert all(order.state is OrderState.ORDERED for order in store.held())
    store.close()
    assert took < START_WITHIN_S
    assert verify(path).ok
