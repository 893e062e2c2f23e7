"""Virtual time and a network that loses, doubles, delays and reorders; the same seed is the same network."""

import heapq
import random
from collections.abc import Callable

Hear = Callable[[object], None]


class Network:
    """Nodes by name; a node that is cut neither says nor hears anything until a time."""

    def __init__(self, chance: random.Random, begin_ms: int) -> None:
        self.chance, self.now = chance, begin_ms
        self.events = 0
        self.healing = False
        self.nodes: dict[str, Hear] = {}
        self.loss = chance.choice((0.0, 0.02, 0.1, 0.3))
        self.doubling = chance.choice((0.0, 0.05, 0.3))
        self.longest_ms = chance.choice((50, 1_000, 12_000, 25_000))
        self.stray = chance.choice((0.1, 0.3, 1.0))
        """Share of the messages that take a long way; the others are there at once, and overtake them."""
        self._cut_until: dict[str, int] = {}
        self._links_until: dict[tuple[str, str], int] = {}
        self._queue: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._number = 0

    def later(self, after_ms: int, what: Callable[..., None], *facts: object) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.now + after_ms, self._number, what, facts))

    def step(self) -> None:
        """The next thing that happens."""
        self.now, _number, what, facts = heapq.heappop(self._queue)
        self.events += 1
        what(*facts)

    def send(self, sender: str, to: str, message: object) -> None:
        """Onto the wire, where anything may become of it."""
        if self.cut(sender) or self.cut_between(sender, to):
            return
        copies = 1 if self.healing else 1 + (self.chance.random() < self.doubling)
        for _copy in range(copies):
            if not self.healing and self.chance.random() < self.loss:
                continue
            self.later(self._delay_ms(), self._deliver, to, message)

    def _delay_ms(self) -> int:
        strays = not self.healing and self.chance.random() < self.stray
        return self.chance.randint(1, self.longest_ms if strays else 20)

    def _deliver(self, to: str, message: object) -> None:
        if not self.cut(to):
            self.nodes[to](message)

    def cut(self, node: str) -> bool:
        return self._cut_until.get(node, 0) > self.now

    def maybe_cut(self, node: str) -> None:
        """Now and then a node is cut off for a while."""
        if not self.healing and self.chance.random() < 0.004:
            self._cut_until[node] = self.now + self.chance.randint(500, 25_000)

    def cut_between(self, one: str, other: str) -> bool:
        return self._links_until.get((min(one, other), max(one, other)), 0) > self.now

    def maybe_cut_between(self, one: str, other: str) -> None:
        """Now and then two nodes do not reach each other for a while, and everybody else does."""
        if not self.healing and self.chance.random() < 0.01:
            self._links_until[min(one, other), max(one, other)] = self.now + self.chance.randint(
                2_000, 60_000
            )

    def heal(self) -> None:
        """Peace: nothing is lost, late or cut any more."""
        self.healing = True
        self._cut_until.clear()
        self._links_until.clear()
