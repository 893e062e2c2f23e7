"""An operator of one city: opens incidents, sends units, borrows, lends, and takes some orders back.

Everything goes through the desk of a real session. Once quiet is asked for nothing new is decided: what was
begun is answered and ended, and requests for help that brought nothing are taken back.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path

from dispatch.decide.ambulances import UnitRanking
from dispatch.desk import Desk, Outcome
from dispatch.domain.aid import Aid, AidAct, AidKind, AidState
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.units import UnitId
from dispatch.picture.cities import Sight
from tests.chaos.cities.journal import Journal

LOOK_S = 0.25
DECIDES_S = (0.7, 1.5)
"""Between two calls that come in at this desk."""
OPEN_AT_ONCE = 8
BORROWS, DECLINES = 0.35, 0.1
TAKES_BACK_S, REASSIGNS_S = (5.0, 9.0), (12.0, 20.0)
PUT_OFF_S = 2.0
FIRST = 4
"""Of a ranking, so many are chosen from."""
JITTER = 0.008
"""Degrees around a station where incidents happen: under a kilometre."""
_WAITING = (AidState.REQUESTED, AidState.RECEIVED, AidState.ACCEPTED)
_UNUSED = (*_WAITING, AidState.COMMITTED)


class Dispatcher:
    """Acts a few times a second; one act about one thing at a time."""

    def __init__(
        self, desk: Desk, journal: Journal, chance: random.Random, quiet: Path, pace: float = 1.0
    ) -> None:
        """`pace`: by how much the times between two decisions are longer."""
        self.pace = pace
        self.desk, self.journal, self.chance, self.quiet = desk, journal, chance, quiet
        self.home = desk.home_city
        stations = [site for site in desk.picture.sites.values() if site.city == self.home]
        self.places = [site.position for site in stations]
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, float] = {}
        self._next: dict[str, float] = {}

    async def run(self) -> None:
        while True:
            if self.quiet.exists():
                self._end_what_waits()
            else:
                self._decide()
            for aid in list(self.desk.picture.aids.values()):
                if aid.lender == self.home and aid.state in (AidState.RECEIVED, AidState.ACCEPTED):
                    self._begin(f"answer {aid.id}", self._answer, aid)
            await asyncio.sleep(LOOK_S)

    def _decide(self) -> None:
        waiting = [one for one in self._incidents() if one.state is IncidentState.WAITING]
        for incident in waiting:
            if not self._served(incident):
                self._begin(f"serve {incident.id}", self._serve, incident.id)
        if len(waiting) < OPEN_AT_ONCE and self._due("call", DECIDES_S):
            self._begin(f"call {self._now()}", self._take_call)
        if self._due("take back", TAKES_BACK_S):
            self._begin("take back", self._take_back)
        if self._due("reassign", REASSIGNS_S):
            self._begin("reassign", self._reassign)

    def _end_what_waits(self) -> None:
        for aid in list(self.desk.picture.aids.values()):
            ours = (aid.borrower, aid.node) == (self.home, self.desk.node)
            if ours and aid.state in _UNUSED and not aid.used:
                self._begin(f"give up {aid.id}", self._give_up, aid)

    # --- acts -------------------------------------------------------------------------------------

    async def _take_call(self) -> None:
        at = self.chance.choice(self.places)
        lat, lon = (round(x + self.chance.uniform(-JITTER, JITTER), 5) for x in (at.lat, at.lon))
        priority = self.chance.choice((Priority.LIFE_THREATENING, Priority.URGENT))
        number = await self.desk.open_incident(Position(lat=lat, lon=lon), Datum.WGS84, "演练地点", priority)
        await self._serve(number)

    async def _serve(self, number: IncidentId) -> None:
        incident = self.desk.incident(number)
        if incident.city != self.home or not incident.state.open or self._served(incident):
            return
        ranking = self.desk.rank_units(number)
        unit = self._foreign(ranking) if self.chance.random() < BORROWS else None
        unit = unit or self._own(ranking)
        if unit is None:
            self._put_off(f"serve {number}")
            return
        self.journal.note("chose", incident=number, unit=unit)
        self._heed(f"serve {number}", await self.desk.choose_unit(number, unit, ranking, "演练：另选"))

    def _own(self, ranking: UnitRanking) -> UnitId | None:
        """One of the first units of this city that this desk has not sent already."""
        sent = {one.unit for one in self.desk.orders() if not one.settled}
        own = [one.unit for one in ranking.candidates if one.city == self.home and one.unit not in sent]
        return self.chance.choice(own[:FIRST]) if own else None

    def _foreign(self, ranking: UnitRanking) -> UnitId | None:
        """A free unit of a neighbour that is in sight, near or far."""
        fleet, sight = self.desk.picture.fleet, self.desk.picture.sight
        able = {one.unit: one.city for one in ranking.candidates}
        able |= {one.unit: one.city for one in ranking.excluded}
        free = []
        for unit, city in able.items():
            status = fleet.view(unit).status
            seen = city != self.home and sight[city].sight is Sight.LIVE
            if seen and status is not None and status.state.dispatchable:
                free.append(unit)
        return self.chance.choice(free) if free else None

    async def _take_back(self) -> None:
        """An order of this desk, or of whoever has one of this city's units."""
        units = [one.unit for one in self.desk.orders() if not one.settled]
        fleet = self.desk.picture.fleet
        for unit in fleet.units:
            status = fleet.view(unit.id).status
            if unit.city == self.home and status is not None and status.task and self.chance.random() < 0.2:
                units.append(unit.id)
        if units:
            unit_id = self.chance.choice(units)
            self.journal.note("takes back", unit=unit_id)
            self._heed("take back", await self.desk.stand_down(unit_id, "演练：撤回"))

    async def _reassign(self) -> None:
        """A unit of this city goes from its task to another incident that waits."""
        units = [one.unit for one in self.desk.orders() if not one.settled]
        own = [unit for unit in units if self.desk.picture.fleet.view(unit).unit.city == self.home]
        incidents = [
            one for one in self._incidents() if one.state is IncidentState.WAITING and not self._served(one)
        ]
        if own and incidents:
            unit, incident = self.chance.choice(own), self.chance.choice(incidents)
            self.journal.note("reassigns", unit=unit, incident=incident.id)
            ranking = self.desk.rank_units(incident.id)
            self._heed("reassign", await self.desk.reassign(unit, incident.id, ranking, "演练：改派"))

    async def _answer(self, aid: Aid) -> None:
        """Lend what was wanted while it is free; a city says no now and then."""
        fleet = self.desk.picture.fleet
        free = []
        for unit in aid.wanted:
            status = fleet.view(unit).status if unit in fleet else None
            if status is not None and status.state.dispatchable:
                free.append(unit)
        wants = aid.kind is AidKind.UNITS and free and not self.quiet.exists()
        if wants and self.chance.random() >= DECLINES:
            outcome = await self.desk.answer_aid(aid.id, AidAct.COMMIT, free[: aid.count])
        else:
            outcome = await self.desk.answer_aid(aid.id, AidAct.DECLINE, reason="no_unit_free")
        self._heed(f"answer {aid.id}", outcome)

    async def _give_up(self, aid: Aid) -> None:
        self._heed(f"give up {aid.id}", await self.desk.answer_aid(aid.id, AidAct.CANCEL, reason="演练结束"))

    # --- within -----------------------------------------------------------------------------------

    def _incidents(self) -> list[Incident]:
        return [one for one in self.desk.picture.open_incidents() if one.city == self.home]

    def _served(self, incident: Incident) -> bool:
        """Whether a unit is on it, ordered to it, or asked for."""
        ordered = any(not one.settled for one in self.desk.orders(incident.id))
        aids = [one for one in self.desk.picture.aids.values() if one.incident == incident.id]
        return ordered or bool(incident.units) or any(one.state in _UNUSED or one.at_work for one in aids)

    def _begin(self, name: str, act: Callable[..., Coroutine[object, object, None]], *what: object) -> None:
        running = self._busy.get(name)
        late = self._now() >= self._not_before.get(name, 0.0)
        if late and (running is None or running.done()):
            self._busy[name] = asyncio.create_task(self._guarded(name, act(*what)), name=name)

    async def _guarded(self, name: str, act: Coroutine[object, object, None]) -> None:
        """What the desk refuses is written down; anything else is a fault that the judge sees."""
        try:
            await act
        except DispatchError as refusal:
            self.journal.note("was refused", act=name, why=str(refusal))
            self._put_off(name)
        except Exception as fault:  # noqa: BLE001 - it is in the journal, and the judge reads it
            self.journal.note("fault", act=name, why=repr(fault))
            self._put_off(name)

    def _heed(self, name: str, outcome: Outcome) -> None:
        self.journal.note("was told", act=name, ok=outcome.ok, message=outcome.message)
        if not outcome.ok:
            self._put_off(name)

    def _put_off(self, name: str) -> None:
        self._not_before[name] = self._now() + PUT_OFF_S

    def _due(self, name: str, between: tuple[float, float]) -> bool:
        """Whether the time for one more has come; the next one is drawn at once."""
        due = self._next.setdefault(name, self._now() + self.pace * self.chance.uniform(0, between[1]))
        if self._now() < due:
            return False
        self._next[name] = self._now() + self.pace * self.chance.uniform(*between)
        return True

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
