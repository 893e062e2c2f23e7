"""What the nodes of one simulated life have in common: time, chance, the code in force, the eyes outside."""

import random
from dataclasses import dataclass

from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker
from tests.chaos.lent import Lent
from tests.chaos.network import Network
from tests.chaos.rules import Rules
from tests.chaos.truth import Truth


@dataclass
class Life:
    """`crash` is how likely a node dies at any single step.

    Lives differ: in some the cities ask each other for help, in some the crews are quick and say little, so
    that one order follows the other.
    """

    chance: random.Random
    net: Network
    rules: Rules
    truth: Truth
    lent: Lent
    crash: float
    lending: bool
    quick: bool
    crashes: int = 0

    def unlucky(self) -> bool:
        """Whether a node dies at this very step."""
        return not self.net.healing and self.chance.random() < self.crash

    def now_and_then(self, share: float) -> bool:
        return self.chance.random() < share


def centre_of(city: CityCode) -> str:
    """The name of a city's centre in the network."""
    return f"centre {city}"


def console(asker: Asker) -> str:
    """The name of a console in the network."""
    return f"{asker.city}/{asker.node}"
