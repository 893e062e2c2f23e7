"""What is done to three hosts in one case: drawn from the set of cut cables and a seed, and nothing else.

Lengths of cuts grow from seed to seed, by the same factor each time, from one second to the longest that was
asked for; which cable is cut how, and what else happens meanwhile, is drawn.
"""

import random
from dataclasses import dataclass
from itertools import combinations

from tests.chaos.cities.small_cities import CITIES
from tests.chaos.hosts.network import PAIRS

SHORTEST_CUT_S = 1.0
LEAST_S = 8.0
"""So long the troubles of a case last at least, however short its cuts are."""
PACE_FROM_S = 30.0
DOWN_S = (1.0, 4.0)
SKEW_S = (0.5, 4.0)
"""Two hosts with clocks wrong by as much as this, one ahead and one behind, still believe each other."""
FAR_S = (60.0, 240.0)
KINDS = ("broker", "centre", "console", "vehicles", "host")
CUT_SETS = tuple(chosen for count in range(len(PAIRS) + 1) for chosen in combinations(PAIRS, count))
"""The eight sets of cables, from none to all three."""
_SHORT = {"changsha": "C", "xiangtan": "X", "zhuzhou": "Z"}

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cut:
    """One cable, seconds after the troubles began, for how long; `ways`: what carries nothing."""

    at_s: float
    for_s: float
    ways: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Kill:
    """Everything of a kind in a city ends at once, and comes back; host: all that runs in its namespace."""

    at_s: float
    for_s: float
    what: str
    city: str


@dataclass(frozen=True, slots=True)
class Case:
    """One run. `clocks`: by how many seconds hosts are ahead; `centres`: how each reaches the others."""

    pairs: tuple[Pair, ...]
    seed: int
    lasts_s: float
    cuts: tuple[Cut, ...]
    kills: tuple[Kill, ...]
    clocks: dict[str, float]
    centres: dict[str, str]

    @property
    def pace(self) -> float:
        """By how much the desks decide more seldom, so that a long case is not a much larger one."""
        return max(1.0, self.lasts_s / PACE_FROM_S)

    @property
    def name(self) -> str:
        return f"{cut_name(self.pairs)}-{self.seed:02}"


def cut_name(pairs: tuple[Pair, ...]) -> str:
    """ "CX+CZ"; "none"."""
    return "+".join(f"{_SHORT[one]}{_SHORT[other]}" for one, other in pairs) or "none"


def longest_cut_s(seed: int, seeds: int, longest_s: float) -> float:
    """How long the longest cut of a seed is: geometric from SHORTEST_CUT_S at seed 1 to `longest_s`."""
    share = 1.0 if seeds == 1 else (seed - 1) / (seeds - 1)
    return float(SHORTEST_CUT_S * (longest_s / SHORTEST_CUT_S) ** share)


def draw(pairs: tuple[Pair, ...], seed: int, cut_s: float) -> Case:
    """The case of a set of cables and a seed, whose longest cut lasts `cut_s`."""
    chance = random.Random(f"{cut_name(pairs)} {seed}")
    cuts = []
    for number, (one, other) in enumerate(pairs):
        ways = chance.choice((((one, other), (other, one)), ((one, other),), ((other, one),)))
        for_s = cut_s if number == 0 else max(SHORTEST_CUT_S, cut_s * chance.uniform(0.5, 1.0))
        cuts.append(Cut(chance.uniform(0.0, 2.0), for_s, ways))
    lasts_s = max([LEAST_S, *(cut.at_s + cut.for_s for cut in cuts)])
    kills = tuple(_kill(chance, lasts_s) for _number in range(chance.choice((1, 2, 2, 3))))
    centres = {city: chance.choice(("direct", "bridge")) for city in CITIES}
    return Case(pairs, seed, lasts_s, tuple(cuts), kills, _clocks(chance), centres)


def _kill(chance: random.Random, lasts_s: float) -> Kill:
    for_s = chance.uniform(*DOWN_S)
    at_s = chance.uniform(0.5, max(0.6, min(lasts_s, 60.0) - for_s))
    return Kill(at_s, for_s, chance.choice(KINDS), chance.choice(CITIES))


def _clocks(chance: random.Random) -> dict[str, float]:
    """Right ones; wrong by seconds, which must disturb nothing; or one that is wrong by minutes."""
    drawn = chance.random()
    if drawn < 0.4:
        return {}
    if drawn < 0.8:
        return {city: chance.choice((-1, 1)) * chance.uniform(*SKEW_S) for city in chance.sample(CITIES, 2)}
    return {chance.choice(CITIES): chance.choice((-1, 1)) * chance.uniform(*FAR_S)}
