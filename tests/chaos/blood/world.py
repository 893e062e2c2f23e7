"""Simulated lives of one city's blood: two banks, four desks, a network that loses, doubles and reorders.

The centre is the shipped code. It dies at any step; what it had decided is on its disk, what it was about to
say is lost. Same seed, same life.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Protocol

from dispatch.centre.memory import MemoryCentre
from dispatch.centre.messages import (
    ActOnBlood,
    AskCount,
    HoldBlood,
    Input,
    Reply,
    StockChanged,
    StockCounted,
    Tick,
)
from dispatch.centre.protocol import Effect
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodAct, BloodLine, BloodOrder, BloodOrderId, BloodState
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker
from tests.chaos.blood.bank import GROUPS, RED, Bank, wanted
from tests.chaos.blood.judge import Judge
from tests.chaos.blood.places import BANKS, CITY, DESKS, RULES

START_MS = 1_795_500_000_000
AGAIN_MS = 3_000
GOOD_FOR_MS = 60_000
STAFF = By(operator="wang", role=Role.BLOOD_STAFF)
LI = By(operator="li", role=Role.DISPATCHER)


class Centre(Protocol):
    """What lives through a death: a MemoryCentre, or the real database."""

    def take(self, inputs: Sequence[Input], now_ms: int) -> list[Effect]: ...
    def orders(self) -> dict[BloodOrderId, BloodOrder]: ...
    def restart(self, now_ms: int) -> None: ...


class InMemory:
    """The shipped decisions on a disk that never fails."""

    def __init__(self) -> None:
        self._centre = MemoryCentre(CITY, (), RULES, now_ms=START_MS)

    def take(self, inputs: Sequence[Input], now_ms: int) -> list[Effect]:
        return self._centre.take(inputs, now_ms)

    def orders(self) -> dict[BloodOrderId, BloodOrder]:
        return self._centre.state.blood

    def restart(self, now_ms: int) -> None:
        """Everything is on the disk."""


@dataclass
class Outcome:
    """What one life came to."""

    violation: str = ""
    events: int = 0
    holds: int = 0
    granted: int = 0
    issued: int = 0
    deaths: int = 0
    conflicts: int = 0


@dataclass
class _Desk:
    """A console: what it asked and nobody has answered is said again, under the same key."""

    asker: Asker
    open_ones: dict[str, Input] = field(default_factory=dict)


class World:
    """One life."""

    def __init__(self, seed: int, centre: Centre) -> None:
        self.rng, self.centre = Random(seed), centre
        self.judge, self.outcome = Judge(), Outcome()
        self.now_ms = START_MS
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._numbers = count(1)
        self.loss, self.healing = self.rng.choice((0.0, 0.05, 0.3)), False
        self.dead = False
        self.banks = {bank: Bank(bank, self.rng, self.judge.used) for bank in BANKS}
        self.desks = {asker: _Desk(asker) for asker in DESKS}
        self._boxed: set[BloodOrderId] = set()
        self._bank_of: dict[BloodOrderId, BankId] = {}
        for bank in self.banks.values():
            for _one in range(self.rng.randint(0, 4)):
                self._collect(bank)
            self._send_stock(bank.count(self.now_ms))
            self._every(bank)
        for desk in self.desks.values():
            self._later(self.rng.randint(0, 20_000), lambda desk=desk: self._decide(desk))  # type: ignore[misc]
        self._later(250, self._tick)
        self._later(self.rng.randint(5_000, 60_000), self._die)

    # --- time -------------------------------------------------------------------------------------

    def _later(self, pause_ms: int, what: Callable[[], None]) -> None:
        heappush(self._agenda, (self.now_ms + pause_ms, next(self._order), what))

    def live(self, events: int) -> Outcome:
        while self.outcome.events < events and not self.judge.violation:
            self._next()
        self._heal()
        self.outcome.violation = self.judge.violation
        return self.outcome

    def _next(self) -> None:
        self.now_ms, _number, what = heappop(self._agenda)
        self.outcome.events += 1
        what()

    def _heal(self) -> None:
        """The network is whole again, nobody asks for anything new: everything comes to rest."""
        self.healing, self.loss, self.dead = True, 0.0, False
        until = self.now_ms + 900_000
        while self._agenda and self._agenda[0][0] < until and not self.judge.violation:
            self._next()
        if not self.judge.violation:
            self.judge.at_rest(self.centre.orders())

    # --- the network ------------------------------------------------------------------------------

    def _carry(self, deliver: Callable[[], None]) -> None:
        """Lost, doubled, late, and in any order."""
        if self.rng.random() < self.loss:
            return
        copies = 1 if self.healing or self.rng.random() > 0.1 else 2
        for _copy in range(copies):
            slow = not self.healing and self.rng.random() < 0.1
            self._later(self.rng.randint(1, 25_000 if slow else 300), deliver)

    def _to_centre(self, said: Input) -> None:
        self._carry(lambda: self._hear([said]))

    def _hear(self, inputs: list[Input]) -> None:
        if self.dead:
            return
        effects = self.centre.take(inputs, self.now_ms)
        for said in inputs:
            if isinstance(said, StockCounted | StockChanged):
                self.judge.heard(said)
        self._look()
        if self.rng.random() < 0.01 and not self.healing:
            self._restart()  # decided, on the disk, and never said
            return
        for effect in effects:
            self._say(effect)

    def _look(self) -> None:
        orders = self.centre.orders()
        self.judge.look(orders, self.now_ms)

    def _say(self, effect: Effect) -> None:
        match effect:
            case Reply():
                self._carry(lambda: self._answered(effect))
            case AskCount():
                bank = self.banks[effect.bank]
                self._carry(lambda: self._send_stock(bank.count(self.now_ms)))

    def _answered(self, reply: Reply) -> None:
        self.judge.answered(reply)
        said = self.desks[reply.to].open_ones.pop(reply.key, None)
        if isinstance(said, HoldBlood) and reply.accepted:
            self.outcome.granted += 1
        if isinstance(said, ActOnBlood) and said.act is BloodAct.PACKED and not reply.accepted:
            self._unpack(said.order)
        if isinstance(said, ActOnBlood) and said.act in _GIVEN_UP and reply.accepted:
            self._unpack(said.order)

    def _unpack(self, number: BloodOrderId) -> None:
        """Its bags go back on the shelf, unless they are packed after all."""
        order = self.centre.orders().get(number)
        waits = any(
            isinstance(said, ActOnBlood) and said.order == number and said.act is BloodAct.PACKED
            for desk in self.desks.values()
            for said in desk.open_ones.values()
        )  # nobody unpacks what a colleague has just said is packed
        if number in self._boxed and not waits and (order is None or not order.state.boxed):
            self._boxed.discard(number)
            self._send_stock(self.banks[self._bank_of[number]].unbox(number, self.now_ms))

    def _tick(self) -> None:
        self._hear([Tick()])
        self._later(250 if self.rng.random() < 0.5 else 2_000, self._tick)

    def _die(self) -> None:
        if not self.healing:
            self.dead = True
            self._later(self.rng.randint(500, 10_000), self._restart)
            self._later(self.rng.randint(5_000, 120_000), self._die)

    def _restart(self) -> None:
        self.centre.restart(self.now_ms)
        self.dead = False
        self.outcome.deaths += 1
        self._look()

    # --- banks ------------------------------------------------------------------------------------

    def _every(self, bank: Bank) -> None:
        """Something happens at a bank, again and again."""
        if self.healing:
            self._send_stock(bank.count(self.now_ms))
            self._later(60_000, lambda: self._every(bank))
            return
        what = self.rng.random()
        if what < 0.3:
            self._collect(bank)
        elif what < 0.5:
            self._send_stock(bank.use(self.now_ms))
        elif what < 0.55:
            self._send_stock(bank.recall(self.now_ms))
        elif what < 0.75:
            self._send_stock(bank.take_off(self.now_ms))
        else:
            self._send_stock(bank.count(self.now_ms))
        self._later(self.rng.randint(500, 8_000), lambda: self._every(bank))

    def _collect(self, bank: Bank) -> None:
        said = bank.collect(self.now_ms)
        for lot in said.put:
            self.judge.came[lot.lot] = bank.lots[lot.lot].came
        self._send_stock(said)

    def _send_stock(self, said: StockCounted | StockChanged | None) -> None:
        if said is not None:
            self._to_centre(said)

    # --- desks ------------------------------------------------------------------------------------

    def _decide(self, desk: _Desk) -> None:
        if self.healing:
            return
        if self.rng.random() < 0.45:
            self._hold(desk)
        else:
            self._act(desk)
        self._later(self.rng.randint(200, 6_000), lambda: self._decide(desk))

    def _hold(self, desk: _Desk) -> None:
        number = next(self._numbers)
        lines = tuple(
            BloodLine(component=RED, group=self.rng.choice(GROUPS), quantity=self.rng.randint(1, 5))
            for _line in range(self.rng.choice((1, 1, 2)))
        )
        said = HoldBlood(
            f"key-{number}", desk.asker, LI, BloodOrderId(f"B-{number}"), self.rng.choice(BANKS),
            HospitalId("H-1"), lines, self.now_ms + self.rng.randint(0, 600_000),
            expires_ms=self.now_ms + GOOD_FOR_MS,
        )  # fmt: skip
        self.outcome.holds += 1
        self.judge.asked(said)
        self._ask(desk, said)
        if self.rng.random() < 0.03:  # the same decision, typed again under another key
            again = HoldBlood(
                f"key-{number}-again", desk.asker, LI, said.order, said.bank, said.hospital, said.lines,
                said.need_by_ms, expires_ms=said.expires_ms,
            )  # fmt: skip
            self._ask(desk, again)

    def _act(self, desk: _Desk) -> None:
        """Somebody does something to an order, mostly what comes next; the bags move as he does it."""
        live = [one for one in self.centre.orders().values() if not one.state.settled]
        if not live:
            return
        order = self.rng.choice(live)
        act = self._next_act(order)
        if act is BloodAct.PACKED and not self._pack(order):
            act = BloodAct.DECLINE  # the bags are not there
        self._ask(desk, self._acting(desk, order, act))

    def _pack(self, order: BloodOrder) -> bool:
        """Put its bags into a box, or look whether the box that stands there is the right one."""
        bank = self.banks[order.bank]
        if order.id in self._boxed:
            return bank.boxed(order.id) == wanted(order)
        if not bank.box(order):
            return False
        self._boxed.add(order.id)
        self._bank_of[order.id] = order.bank
        return True

    def _next_act(self, order: BloodOrder) -> BloodAct:
        if self.rng.random() < 0.1:
            return self.rng.choice(list(BloodAct))
        if order.state is BloodState.QUARANTINED:
            return self.rng.choice((BloodAct.RELEASE, BloodAct.RETURN, BloodAct.DISCARD))
        return _NEXT.get(order.state, BloodAct.CANCEL)

    def _acting(self, desk: _Desk, order: BloodOrder, act: BloodAct) -> ActOnBlood:
        by = LI if act in (BloodAct.CANCEL, BloodAct.DELIVER, BloodAct.RECEIVE) else STAFF
        return ActOnBlood(
            f"key-{next(self._numbers)}", desk.asker, by, order.id, act, reason="because", person="Dr Chen",
            courier="Zhou" if act is BloodAct.HAND else "", temperature_tenths=self.rng.choice((40, 40, 150)),
            expires_ms=self.now_ms + GOOD_FOR_MS, seen=len(order.steps),
        )  # fmt: skip

    def _ask(self, desk: _Desk, said: HoldBlood | ActOnBlood) -> None:
        desk.open_ones[said.key] = said
        self._say_again(desk, said)

    def _say_again(self, desk: _Desk, said: HoldBlood | ActOnBlood) -> None:
        if said.key in desk.open_ones:
            self._to_centre(said)
            self._later(AGAIN_MS, lambda: self._say_again(desk, said))


_GIVEN_UP = frozenset({BloodAct.DECLINE, BloodAct.CANCEL, BloodAct.VOID})
_NEXT = {
    BloodState.HELD: BloodAct.CONFIRM,
    BloodState.CONFIRMED: BloodAct.PACK,
    BloodState.PACKING: BloodAct.PACKED,
    BloodState.PACKED: BloodAct.HAND,
    BloodState.CARRIED: BloodAct.DELIVER,
    BloodState.DELIVERED: BloodAct.RECEIVE,
}


def simulate(seed: int, events: int, make: Callable[[], Centre] = InMemory) -> Outcome:
    """One life of so many events."""
    world = World(seed, make())
    outcome = world.live(events)
    orders = world.centre.orders().values()
    outcome.issued = sum(1 for order in orders if order.state.issued)
    outcome.conflicts = sum(1 for one in orders if any(s.reason == "stock_fell" for s in one.steps))
    return outcome
