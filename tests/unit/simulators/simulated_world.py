"""Worlds for the tests of the simulators; the road graph is drawn once."""

from datetime import UTC, datetime, time
from functools import cache

from dispatch.domain.drills import Event
from dispatch.domain.model import Name
from dispatch.settings import Configuration, load
from simulators.assumptions import Assumptions, load_assumptions
from simulators.drawing import build_roads
from simulators.faults import FaultRates
from simulators.messages import Message
from simulators.roads import Roads
from simulators.scenarios import Scenario
from simulators.world import World

ORIGIN = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 09:30 in China
NO_FAULTS = FaultRates(
    lost=0,
    duplicate=0,
    late=0,
    out_of_order=0,
    future=0,
    gps_lost_per_unit_hour=0,
    gps_frozen_per_unit_hour=0,
)


@cache
def configuration() -> Configuration:
    return load()


@cache
def assumptions() -> Assumptions:
    return load_assumptions()


@cache
def roads() -> Roads:
    return build_roads(configuration(), assumptions())


def scenario(
    *events: Event, faults: FaultRates = NO_FAULTS, demand: float = 1.0, warm_up_min: float = 20
) -> Scenario:
    return Scenario(
        name=Name(zh="试", en="test"),
        description=Name(zh="试", en="test"),
        start=time(9, 30),
        seed=1,
        demand=demand,
        warm_up_min=warm_up_min,
        faults=faults,
        event=events,
    )


def world(
    plan: Scenario | None = None,
    *,
    seed: int = 7,
    report_every_s: float = 30.0,
    staffed: str | None = None,
    assumed: Assumptions | None = None,
    local: bool = True,
    pace: float = 1.0,
    origin: datetime = ORIGIN,
) -> World:
    roads().closed.clear()
    city = None if staffed is None else next(c.code for c in configuration().cities if c.code == staffed)
    return World(
        configuration(),
        assumed or assumptions(),
        plan or scenario(),
        seed,
        origin,
        staffed=city,
        language="en",
        report_every_s=report_every_s,
        roads=roads(),
        local=local,
        pace=pace,
    )


def live(living: World, minutes: float, step_s: float = 60.0) -> list[Message]:
    """Everything said from now on for so many minutes."""
    said: list[Message] = []
    start, end = living.agenda.now_ms, living.agenda.now_ms + round(minutes * 60_000)
    while start < end:
        start = min(end, start + round(step_s * 1000))
        said += living.advance(start)
    return said
