"""The person at a console: sends, calls back, asks neighbours, answers them - and errs now and then."""

from datetime import timedelta
from typing import TYPE_CHECKING

from dispatch.centre.messages import AnswerAid, AskAid, OpenIncident, SetUnit
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId, AidState
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.units import UnitId, UnitState
from tests.chaos.places import ANSWER_S, CITIES, HERE, LI, OWNER, PREFIXES, UNITS

if TYPE_CHECKING:
    from tests.chaos.consoles import ConsoleNode

MOST_OPEN = 4
_NAMED = (AidState.COMMITTED, AidState.DEPLOYED)
_UNANSWERED = (AidState.RECEIVED, AidState.ACCEPTED)


class Operator:
    """Decides by chance; `act` is one moment of it."""

    def __init__(self, console: "ConsoleNode") -> None:
        self.console = console
        self.life, self.city = console.life, console.asker.city
        self.incidents: list[IncidentId] = []

    def act(self) -> None:
        if self.life.net.healing:
            return
        if len(self.incidents) < 2 or (len(self.incidents) < 6 and self.life.now_and_then(0.01)):
            self._open_incident()
        if len(self.console.open_ones) < MOST_OPEN:
            self._send()
        if self.life.now_and_then(0.06):
            self._take_back()
        if self.life.now_and_then(0.03):
            self._set_unit()
        if self.life.telephoning:
            self._telephone()
        if self.life.lending:
            self._lend()

    def _telephone(self) -> None:
        """A city that cannot be reached has a telephone; its officer names a unit."""
        away = [city for city in CITIES if not self.life.reachable(self.console.name, city)]
        if away and self.life.now_and_then(0.1):
            unit = self.life.chance.choice(UNITS[self.life.chance.choice(away)])
            self.console.telephone(unit, self.life.chance.choice(self.incidents))

    def _lend(self) -> None:
        if self.life.now_and_then(0.12):
            self._ask_neighbour()
        if self.life.now_and_then(0.5):
            self._answer_neighbours()
        if self.life.now_and_then(0.04):
            self._change_mind_about_help()

    # --- own city ---------------------------------------------------------------------------------

    def _open_incident(self) -> None:
        digit = 1 + ["console-1", "console-2"].index(self.console.asker.node)
        number = IncidentId(f"{PREFIXES[self.city]}-1124-{digit}{len(self.incidents) + 1:03}")
        self.incidents.append(number)
        now = from_epoch_ms(self.life.net.now)
        incident = Incident(
            id=number, city=self.city, position=HERE, place="Wuyi Square", priority=Priority.LIFE_THREATENING,
            patients=self.life.chance.randint(1, 3), opened_at=now,
        )  # fmt: skip
        opening = OpenIncident(self.console.next_key(), self.console.asker, LI, incident)
        self.console.errand(self.city, opening, number)

    def _send(self) -> None:
        """A unit of this city, a lent one - or, in error, one that nobody lent."""
        chance = self.life.chance
        if chance.random() < (0.25 if self.life.lending else 0.5):
            self.console.order(chance.choice(UNITS[self.city]), chance.choice(self.incidents))
        named = [
            (aid, unit)
            for aid in self._mine()
            for unit in aid.out
            if aid.state in _NAMED and (aid.id, unit) not in self.console.under_aid
        ]
        if named and chance.random() < 0.6:
            aid, unit = chance.choice(named)
            self.console.order(unit, aid.incident, aid.id)
        if chance.random() < 0.05:
            self._err()

    def _err(self) -> None:
        """What no console should ask: without help, under what is over, again, or for another incident."""
        chance, mine = self.life.chance, self._mine()
        foreign = [unit for unit, owner in OWNER.items() if owner != self.city]
        every = [aid for aid in self.console.aids() if aid.lender != self.city]
        if not every or chance.random() < 0.2:
            self.console.order(chance.choice(foreign), chance.choice(self.incidents))
            return
        aid = chance.choice(mine or every) if chance.random() < 0.7 else chance.choice(every)
        units = aid.units if aid.units and chance.random() < 0.8 else UNITS[aid.lender]
        incident = aid.incident if chance.random() < 0.8 else chance.choice(self.incidents)
        self.console.order(chance.choice(units), incident, aid.id)

    def _take_back(self) -> None:
        """Mostly what this console asked for; sometimes what another has of this city."""
        chance, open_ones = self.life.chance, self.console.open_ones
        if open_ones and chance.random() < 0.8:
            self.console.take_back(chance.choice(open_ones))
            return
        orders = [one for one in self.life.truth.orders.values() if one.state.holds_unit]
        here = [one for one in orders if OWNER[one.unit] == self.city]
        if here:
            order = chance.choice(here)
            self.console.call_back(order.request, order.unit)

    def _set_unit(self) -> None:
        """A state set at the desk: a pause and its end; or that a crew is through, by radio."""
        chance = self.life.chance
        unit = chance.choice(UNITS[self.city])
        state = chance.choice((UnitState.PAUSED, UnitState.AVAILABLE_AT_STATION, UnitState.AVAILABLE_ON_ROAD))
        reason = "refuelling" if state is UnitState.PAUSED else None
        if self._would_lie(unit, state):
            return
        now = self.life.net.now
        said = SetUnit(
            self.console.next_key(),
            self.console.asker,
            LI,
            unit,
            state,
            now,
            None,
            reason,
            expires_ms=now + 9_000,
        )
        self.console.command(self.city, said)

    def _would_lie(self, unit: UnitId, state: UnitState) -> bool:
        """A desk frees a unit on a task only on its crew's word by radio; here nobody has said one."""
        holder = self.life.truth.holders.get(unit)
        return state.dispatchable and holder is not None

    # --- neighbours -------------------------------------------------------------------------------

    def _mine(self) -> list[Aid]:
        """Requests of this very console."""
        return [
            aid
            for aid in self.console.aids()
            if (aid.borrower, aid.node) == (self.city, self.console.asker.node)
        ]

    def _ask_neighbour(self) -> None:
        chance, console = self.life.chance, self.console
        if sum(not aid.state.final for aid in self._mine()) >= 2 or len(console.perishable) > 3:
            return
        lender = chance.choice([city for city in CITIES if city != self.city])
        now = from_epoch_ms(self.life.net.now)
        aid = Aid(
            id=AidId(console.next_key()), lender=lender, borrower=self.city, node=console.asker.node,
            operator="op", incident=chance.choice(self.incidents), priority=Priority.LIFE_THREATENING,
            position=HERE, place="Wuyi Square", count=chance.randint(1, 2),
            wanted=UNITS[lender], asked_at=now, answer_by=now + timedelta(seconds=ANSWER_S), changed_at=now,
        )  # fmt: skip
        console.command(lender, AskAid(console.next_key(), console.asker, LI, aid))

    def _answer_neighbours(self) -> None:
        """As a desk of the lender: claim, accept, name a unit, decline, or want the units back."""
        board = self.console.boards.get(self.city)
        open_ones = [aid for aid in board.aids if not aid.state.final] if board is not None else []
        if not open_ones or len(self.console.perishable) > 3:
            return
        chance = self.life.chance
        aid = chance.choice(open_ones)
        act: AidAct = AidAct.COMMIT
        units: tuple[UnitId, ...] = (chance.choice(UNITS[self.city]),)
        if aid.state in _UNANSWERED and chance.random() < 0.4:
            act, units = chance.choice((AidAct.CLAIM, AidAct.ACCEPT, AidAct.UNCLAIM, AidAct.DECLINE)), ()
        elif chance.random() < 0.1:
            act, units = chance.choice((AidAct.RELEASE, AidAct.UNCLAIM)), ()
        self._say(aid, act, units)

    def _change_mind_about_help(self) -> None:
        mine = [aid for aid in self._mine() if not aid.state.final]
        if mine:
            act = self.life.chance.choice((AidAct.CANCEL, AidAct.RELEASE))
            self._say(self.life.chance.choice(mine), act, ())

    def _say(self, aid: Aid, act: AidAct, units: tuple[UnitId, ...]) -> None:
        console, until = self.console, self.life.net.now + 20_000
        said = AnswerAid(
            console.next_key(), console.asker, LI, aid.id, act, units, "chance", expires_ms=until
        )
        console.command(aid.lender, said)
