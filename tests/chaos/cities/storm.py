"""What a bad network does to packets. Rates are of one way; a message goes two, to the broker and from it.

TCP loses nothing on a connection that lives. Messages are lost all the same when a connection dies with them
on their way, or a broker after it acknowledged them; with clean sessions nobody repeats them. That is what a
*swallowed* message is here: whoever sent it has its acknowledgement, nobody gets it, and the connection lives
on. So often, and on a healthy connection, it is harsher than a real network. Harsher too: a message that is
lost *without* its acknowledgement while the connection lives (its sender waits, and so does whatever waits
behind it), messages of one connection that overtake each other, and duplicates on a connection that never
broke. As on a real network: delays that everything behind waits for, resets, connections that fall silent
without an end and bring everything late or break afterwards, and one city that nobody outside can reach. Not
imitated: damaged packets, which TLS refuses, and a thin line.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.cities.mqtt_stream import PUBLISH, Packet


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of published messages, one way."""

    swallowed: float = 0.0
    unanswered: float = 0.0
    broken: float = 0.0
    """Lost together with their connection."""
    twice: float = 0.0
    late: float = 0.0
    overtaken: float = 0.0
    late_s: tuple[float, float] = (0.05, 0.4)
    overtaken_s: tuple[float, float] = (0.1, 0.6)


CALM = Rates()
ROUGH = Rates(swallowed=0.02, unanswered=0.0003, broken=0.0005, twice=0.05, late=0.01, overtaken=0.05)
"""Whatever is behind a late packet waits for it: 50 packets a second are a stall every other second."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one packet: so many copies after so many seconds, an answer to its sender, an end."""

    copies: tuple[tuple[float, bytes, bool], ...] = ()
    """(seconds, bytes, whether what comes behind waits for it)"""
    answer: bytes = b""
    breaks: bool = False


@dataclass
class Storm:
    """The weather over all connections, and what it has done so far."""

    chance: random.Random
    rates: Rates = CALM
    cut_off: set[str] = field(default_factory=set)
    """Cities that nobody outside reaches, and that reach nobody."""
    done: Counter[str] = field(default_factory=Counter)

    def cuts(self, client_city: str, broker_city: str) -> bool:
        """Whether the way between a program and a broker leads through a cut."""
        return client_city != broker_city and bool({client_city, broker_city} & self.cut_off)

    def fate(self, packet: Packet) -> Fate:
        if packet.kind != PUBLISH or self.rates is CALM:
            return Fate(((0.0, packet.raw, True),))
        rates, drawn = self.rates, self.chance.random()
        for kind in ("swallowed", "unanswered", "broken"):
            share = getattr(rates, kind)
            if drawn < share:
                self.done["lost" if kind == "swallowed" else f"lost, {kind}"] += 1
                answer = packet.acknowledgement() if kind == "swallowed" and packet.qos == 1 else b""
                return Fate((), answer, breaks=kind == "broken")
            drawn -= share
        copies = [self._sent(packet)]
        if self.chance.random() < rates.twice:
            self.done["twice"] += 1
            copies.append((self.chance.uniform(0.0, 0.3), packet.repeated(), False))
        return Fate(tuple(copies))

    def _sent(self, packet: Packet) -> tuple[float, bytes, bool]:
        drawn = self.chance.random()
        if drawn < self.rates.late:
            self.done["late"] += 1
            return self.chance.uniform(*self.rates.late_s), packet.raw, True
        if drawn < self.rates.late + self.rates.overtaken:
            self.done["overtaken"] += 1
            return self.chance.uniform(*self.rates.overtaken_s), packet.raw, False
        return 0.0, packet.raw, True
