"""What a drill's cities did, as one JSON line: for comparing with what a console saw and refused."""

from collections import Counter

import msgspec
import numpy as np

from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState
from simulators.world import World


class CitySummary(msgspec.Struct, frozen=True):
    """One city. Minutes are from the call to the first arrival, n is how many calls had one."""

    units: int
    calls: int
    by_priority: dict[str, int]
    outcomes: dict[str, int]
    open: int
    waited_for_a_unit: int
    response_n: int
    response_p50_min: float | None
    response_p90_min: float | None
    missions: int
    lent: int
    positions: int
    faults: dict[str, int]


class Summary(msgspec.Struct, frozen=True):
    """The whole drill; all of it synthetic."""

    synthetic: bool
    scenario: str
    seed: int
    drill_minutes: float
    cities: dict[str, CitySummary]
    events: list[str]
    orders: dict[str, int]
    sent: dict[str, int]
    unsent: dict[str, int]
    link_ups: dict[str, int]
    blood: dict[str, dict[str, int]]
    diversions: int

    def line(self) -> str:
        """One line of JSON."""
        return msgspec.json.encode(self).decode()


def summarise(
    world: World,
    sent: dict[str, int],
    unsent: dict[str, int],
    link_ups: dict[str, int],
) -> Summary:
    """Sum up a world as it stands; the warm-up before the drill is left out of calls and missions."""
    minutes = (world.agenda.now_ms - world.origin_ms) / 60_000
    return Summary(
        synthetic=True,
        scenario=world.scenario.name.en,
        seed=world.seed,
        drill_minutes=round(max(minutes, 0.0), 2),
        cities={str(city): _city(world, city) for city in world.cities},
        events=world.happenings.happened,
        orders=_orders(world),
        sent=sent,
        unsent={kind: count for kind, count in unsent.items() if count},
        link_ups=link_ups,
        blood=msgspec.to_builtins(world.banks.tally),
        diversions=world.hospitals.diversions,
    )


def _orders(world: World) -> dict[str, int]:
    """What was asked of banks and hospitals, what simulated people asked of the centres, how it ended."""
    asked = world.orders.counts + world.commands.counts
    ended = Counter({f"order {end}": count for end, count in world.decisions.counts.items()})
    return dict(sorted((asked + ended).items()))


def _city(world: World, city: CityCode) -> CitySummary:
    calls = [
        scene
        for scene in world.scenes.all.values()
        if scene.city == city and scene.opened_ms >= world.origin_ms
    ]
    missions = [
        mission
        for mission in (*world.crews.done, *world.crews.running.values())
        if mission.ambulance.unit.city == city and mission.stamps[UnitState.ASSIGNED] >= world.origin_ms
    ]
    waits = [(i.first_arrival_ms - i.opened_ms) / 60_000 for i in calls if i.first_arrival_ms is not None]
    return CitySummary(
        units=len(world.fleet.of(city)),
        calls=len(calls),
        by_priority=dict(sorted(Counter(str(incident.priority) for incident in calls).items())),
        outcomes=dict(sorted(Counter(str(i.outcome) for i in calls if i.outcome is not None).items())),
        open=sum(incident.outcome is None for incident in calls),
        waited_for_a_unit=sum(incident.waited_for_a_unit for incident in calls),
        response_n=len(waits),
        response_p50_min=_percentile(waits, 50),
        response_p90_min=_percentile(waits, 90),
        missions=len(missions),
        lent=sum(mission.cross_city for mission in missions),
        positions=world.reports.sent[city],
        faults={
            str(fault): count for fault, count in sorted(world.faults.counts.get(city, Counter()).items())
        },
    )


def _percentile(values: list[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 2) if values else None
