"""What goes wrong when, from a seed: brokers, centres, consoles and vehicles killed, a city cut off."""

import random
from dataclasses import dataclass

from tests.chaos.cities.small_cities import CITIES

ROUND_S = 45.0
CUT_SHARE = 20.0 / ROUND_S
NODE_EVERY_S = 22.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong, seconds after the chaos began, and for how long."""

    at_s: float
    what: str
    """broker, centre, console, vehicles: killed; city: cut off; silence, reset: of one connection."""
    whom: str
    for_s: float = 0.0


def timetable(seed: int, chaos_s: float, fleets: tuple[str, ...]) -> list[Trouble]:
    """The troubles of a run, in order. `fleets`: names of vehicle processes."""
    chance = random.Random(f"timetable {seed}")
    rounds = max(1, round(chaos_s / ROUND_S))
    long = chaos_s / rounds
    troubles = []
    for number in range(rounds):
        troubles += [_moved(one, number * long, long) for one in _round(chance, fleets)]
    return sorted(troubles, key=lambda one: one.at_s)


def node_losses(seed: int, chaos_s: float, city: str) -> list[Trouble]:
    """A node of a city's cluster is killed, is gone for longer than an election takes, and comes back."""
    chance = random.Random(f"nodes {seed}")
    times = max(1, round(chaos_s / NODE_EVERY_S))
    long = chaos_s / times
    return [
        Trouble(long * (number + chance.uniform(0.05, 0.2)), "broker", city, chance.uniform(8.0, 12.0))
        for number in range(times)
    ]


def _moved(one: Trouble, begin_s: float, long_s: float) -> Trouble:
    return Trouble(begin_s + one.at_s * long_s, one.what, one.whom, one.for_s)


def _round(chance: random.Random, fleets: tuple[str, ...]) -> list[Trouble]:
    """One round; times as shares of it."""

    def near(share: float) -> float:
        return share + chance.uniform(-0.03, 0.03)

    cities = list(CITIES)
    chance.shuffle(cities)
    cut, other, third = cities
    found = [Trouble(near(0.32), "city", cut, ROUND_S * CUT_SHARE)]
    found.append(Trouble(near(0.14), "broker", other, chance.uniform(2.5, 4.0)))
    for at, city in ((0.06, third), (0.45, other), (0.62, cut)):
        found.append(Trouble(near(at), "centre", city, chance.uniform(1.0, 3.0)))
    for at, city in ((0.1, cut), (0.38, third), (0.7, other)):
        found.append(Trouble(near(at), "console", city, chance.uniform(1.0, 2.0)))
    for at, fleet in zip((0.08, 0.24, 0.5, 0.75), chance.sample(fleets, 4), strict=True):
        found.append(Trouble(near(at), "vehicles", fleet, chance.uniform(1.0, 3.0)))
    silences = (0.05, 0.2, 0.42, 0.66, 0.8)
    found += [Trouble(near(at), "silence", "", chance.uniform(4.0, 8.0)) for at in silences]
    found += [Trouble(near(0.05 + n * 0.06), "reset", "") for n in range(15)]
    return [one for one in found if one.at_s >= 0]
