"""What the nodes of one simulated life have in common: time, chance, the code in force, the eyes outside."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker
from tests.chaos.lent import Lent
from tests.chaos.network import Network
from tests.chaos.rules import Rules
from tests.chaos.telephones import Telephones
from tests.chaos.truth import Truth


@dataclass
class Life:
    """`crash` is how likely a node dies at any single step.

    Lives differ: in some the cities ask each other for help, in some the crews are quick and say little, so
    that one order follows the other, in some the links between desks and cities are cut and units are
    arranged by telephone.
    """

    chance: random.Random
    net: Network
    rules: Rules
    truth: Truth
    lent: Lent
    crash: float
    lending: bool
    quick: bool
    telephones: Telephones
    telephoning: bool
    crashes: int = 0
    up: dict[CityCode, bool] = field(default_factory=dict)
    """Whether the centre of a city runs."""
    retained: list[Callable[[str], None]] = field(default_factory=list)
    """For each centre: says what its broker has retained of its units to another node."""

    def unlucky(self) -> bool:
        """Whether a node dies at this very step."""
        return not self.net.healing and self.chance.random() < self.crash

    def now_and_then(self, share: float) -> bool:
        return self.chance.random() < share

    def reachable(self, node: str, city: CityCode) -> bool:
        """Whether a desk sees a city's link up."""
        centre = centre_of(city)
        return (
            self.up.get(city, False) and not self.net.cut(centre) and not self.net.cut_between(node, centre)
        )


def centre_of(city: CityCode) -> str:
    """The name of a city's centre in the network."""
    return f"centre {city}"


def console(asker: Asker) -> str:
    """The name of a console in the network."""
    return f"{asker.city}/{asker.node}"
