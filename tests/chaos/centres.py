"""A city's centre: it decides with the shipped code, keeps it, and says it; and dies in between."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from dispatch.centre.again import Repeats
from dispatch.centre.draft import Draft
from dispatch.centre.messages import (
    Answer,
    ForeignAid,
    ForeignUnit,
    HeardStates,
    Input,
    Publish,
    Radioed,
    Reply,
    Said,
    Subject,
    Tell,
    Tick,
)
from dispatch.centre.neighbours import Neighbours
from dispatch.centre.protocol import Effect
from dispatch.domain.aid import Aid
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker, Order, OrderState
from dispatch.domain.units import UnitId
from tests.chaos.disks import Died, Disk
from tests.chaos.life import Life, centre_of, console
from tests.chaos.places import CITIES, CONSOLES, PREFIXES

BOARD_AGAIN_MS = 5_000
BOARD_KEPT_MS = 60_000
_SAID_BY_RADIO = {
    OrderState.ORDERED: Said.ACKNOWLEDGED,
    OrderState.STANDING_DOWN: Said.STOOD_DOWN,
    OrderState.ACKED: Said.DONE,
}


@dataclass(frozen=True)
class Board:
    """A centre's requests for help as it publishes them; the higher number is the newer."""

    city: CityCode
    number: int
    aids: tuple[Aid, ...]


class CentreNode:
    """One centre with its disk, which outlives it."""

    def __init__(self, life: Life, city: CityCode, disk: Disk) -> None:
        self.life, self.city, self.disk = life, city, disk
        self.name = centre_of(city)
        self.skew_ms = life.chance.randint(-2_000, 2_000)
        self.up = False
        self.repeats = Repeats()
        self._board, self._board_ms = 0, 0
        self._abroad: dict[UnitId, int] = {}
        self.neighbours = Neighbours(PREFIXES[city])
        life.retained.append(self._say_retained)
        life.net.nodes[self.name] = self.hear
        self.start()

    def start(self) -> None:
        self.disk.open(self.life.net.now, epoch_grows=self.life.rules.epoch_grows)
        self.up = self.life.up[self.city] = True
        self.neighbours = Neighbours(PREFIXES[self.city])
        self.repeats.clear()
        self._tell(self.repeats.due(self.disk.pending(), self.life.net.now))
        self._board_ms = 0
        if self.life.telephoning:
            self._meet_again()

    def die(self) -> None:
        self.up = self.life.up[self.city] = False
        self.life.crashes += 1
        self.life.net.later(self.life.chance.randint(10, 8_000), self.start)

    def tick(self) -> None:
        self.life.net.maybe_cut(self.name)
        if self.up:
            self.hear(Tick())
        if self.up:
            self._tell(self.repeats.due(self.disk.pending(), self.life.net.now))
            if self._board_ms <= self.life.net.now:
                self._publish_again()

    # --- hearing ----------------------------------------------------------------------------------

    def hear(self, said: object) -> None:
        if not self.up or self.life.unlucky():
            self._die_if_up()
            return
        if not self.neighbours.concerns_us(said, self.disk.state):  # type: ignore[arg-type]
            return
        try:
            draft, effects = self.disk.take(
                cast("Input", said),
                self.life.net.now + self.skew_ms,
                self._between,
            )
        except Died:
            self.die()
            return
        except ValueError as double:
            self.life.truth.fail("double in the centre", str(double))
            return
        self._kept(said, draft)
        for word in self.neighbours.after([cast("Input", said)]):
            self.life.net.later(1, self.hear, word)
        if self.life.rules.reply_before_commit:
            return
        if self.life.unlucky():
            self.die()
        else:
            self._say(effects)

    def _die_if_up(self) -> None:
        if self.up:
            self.die()

    def _between(self, draft: Draft) -> bool:
        if self.life.rules.reply_before_commit:
            self._say(draft.effects)
        return not self.life.unlucky()

    def _kept(self, said: object, draft: Draft) -> None:
        for decision in draft.decisions:
            for order in decision.changed:
                self.life.truth.centre(order)
            if decision.token is not None:
                self.life.truth.token(self.city, decision.token)
        self.life.lent.kept(self.city, said, draft)  # type: ignore[arg-type]
        self.life.telephones.kept(self.city, said, draft)  # type: ignore[arg-type]

    # --- saying -----------------------------------------------------------------------------------

    def _say(self, effects: Iterable[Effect]) -> None:
        for effect in list(effects):
            match effect:
                case Answer():
                    self.life.truth.answer(effect)
                    self._send(console(effect.to), effect)
                case Reply():
                    self.life.lent.reply(effect)
                    self._send(console(effect.to), effect)
                case Tell():
                    self.repeats.count([effect], self.life.net.now)
                    self._send(effect.unit, effect)
                case HeardStates():
                    self._send(effect.unit, effect)
                case Publish():
                    self._publish(effect)

    def _tell(self, tells: Iterable[Tell]) -> None:
        for tell in tells:
            self._send(tell.unit, tell)

    def _send(self, to: str, message: object) -> None:
        self.life.net.send(self.name, to, message)

    def _publish(self, said: Publish) -> None:
        if said.subject is Subject.AIDS:
            self._publish_aids()
        elif said.subject is Subject.UNIT:
            self._publish_unit(UnitId(said.key))

    def _publish_aids(self) -> None:
        """To everybody whom it concerns: the desks of both cities, and the borrowers' centres."""
        self._board += 1
        board = Board(self.city, self._number(), tuple(self.disk.state.aids.values()))
        borrowers = {aid.borrower for aid in board.aids}
        for asker in CONSOLES:
            if asker.city == self.city or asker.city in borrowers:
                self._send(console(asker), board)
        for aid in board.aids:
            if aid.state.final and self.life.now_and_then(0.8):
                continue  # most of what is over has been heard
            self._send(centre_of(aid.borrower), ForeignAid(aid))

    def _number(self) -> int:
        return self.life.net.now * 1_000 + self._board % 1_000

    def _publish_unit(self, unit: UnitId) -> None:
        """Of a unit that is, or was a short while ago, on another city's incident; in some lives of any."""
        status = self.disk.state.duties[unit].status
        if self.life.telephoning:
            for city in CITIES:
                self._say_unit(unit, centre_of(city))
            return
        abroad = [c for c in CITIES if c != self.city and (status.incident or "").startswith(PREFIXES[c])]
        if abroad:
            self._abroad[unit] = self.life.net.now + BOARD_KEPT_MS
        if unit in self._abroad:
            for city in CITIES:
                if city != self.city:
                    self._send(centre_of(city), ForeignUnit(self.city, unit, status))

    def _say_unit(self, unit: UnitId, to: str) -> None:
        duty = self.disk.state.duties[unit]
        if to != self.name:
            self._send(to, ForeignUnit(self.city, unit, duty.status, duty.instead))

    def _say_retained(self, to: str) -> None:
        for unit in self.disk.state.duties:
            self._say_unit(unit, to)

    def _meet_again(self) -> None:
        """It says what it is, and its neighbours' brokers say what they have retained."""
        for city in CITIES:
            self._say_retained(centre_of(city))
        for say in self.life.retained:
            say(self.name)

    def _publish_again(self) -> None:
        """What is retained reaches whoever was away."""
        now = self.life.net.now
        self._board_ms = now + BOARD_AGAIN_MS
        healing = self.life.net.healing
        if any(not aid.state.final for aid in self.disk.state.aids.values()) or healing:
            self._publish_aids()
        if self.life.telephoning and (healing or self.life.now_and_then(0.1)):
            self._meet_again()  # a connection broke and is back
        for unit in [one for one, until in self._abroad.items() if until > now or healing]:
            self._publish_unit(unit)

    # --- by voice ---------------------------------------------------------------------------------

    def hear_radio(self, order: Order, known: bool) -> None:
        """A desk says what the crew of a dead terminal says by radio; or errs, and says it is through.

        `known`: whether the terminal had shown the order to its crew.
        """
        if not self.up:
            return
        truth, word = self.life.truth, _SAID_BY_RADIO.get(order.state, Said.DONE)
        if not known and self.life.now_and_then(0.3):
            word = Said.DONE
        if word is not Said.DONE or known:
            truth.by_radio.add(order.request)
        if word is Said.ACKNOWLEDGED:
            truth.acknowledged.add(order.request)
        ending = "completed" if word is Said.DONE else ""
        self.hear(Radioed(order.request, order.unit, Asker(self.city, "console-1"), "op", word, ending))

    def held(self) -> list[Order]:
        return [order for order in self.life.truth.orders.values() if self._holds(order)]

    def _holds(self, order: Order) -> bool:
        return order.unit in self.disk.state.duties and order.state.holds_unit
