"""A dispatcher for drills without a screen: takes what the console would recommend, for its own city.

It acts through the same desk as a person, so that a headless drill leaves the same rows in the audit
log: what was recommended, what was chosen, what became of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from math import ceil

from dispatch.clock import speed_of
from dispatch.decide.ambulances import UnitCandidate, UnitRanking
from dispatch.decide.blood import BloodNeed
from dispatch.desk import Desk, Outcome
from dispatch.domain.aid import Aid, AidAct, AidKind, AidState
from dispatch.domain.alarms import AlarmState
from dispatch.domain.blood import ComponentCode
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.language import _

LOOK_EVERY_S = 1.0
TAKES_UP_AFTER_S = 3.0
"""Real seconds from hearing of an incident to serving it: as a drill begins, crews at work are named late."""
AGAIN_AFTER = timedelta(seconds=15)
"""So long nothing is tried again for an incident that was refused something."""
NONE_FREE_AGAIN = timedelta(minutes=3)
NO_MEANS_NO = timedelta(minutes=5)
"""A city that declined is not asked again about the same incident for so long."""
SEEN_AFTER = timedelta(seconds=10)
RED_CELLS = ComponentCode("red_cells")
BLOOD_UNITS = 4
BLOOD_WITHIN = timedelta(minutes=60)


class Autopilot:
    """Looks at its city's incidents, alarms and requests once a second of drill time."""

    def __init__(self, desk: Desk, speed: float | None = None) -> None:
        """`speed`: looks in a machine second; None: as fast as the clock of the desk runs."""
        self.desk, self._speed = desk, speed
        self.refused: list[str] = []
        self._not_before: dict[str, datetime] = {}
        self._destinations: dict[tuple[IncidentId, UnitId], str] = {}
        self._bled: set[IncidentId] = set()
        self._first_seen: dict[IncidentId, float] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled; what the desk refuses is remembered and tried again a little later."""
        try:
            while True:
                self._look()
                await asyncio.sleep(LOOK_EVERY_S / (self._speed or speed_of(self.desk.clock)))
        finally:
            for task in self._busy.values():
                task.cancel()

    def _look(self) -> None:
        """One task for each incident, request and alarm that wants something, and never two for one."""
        picture, home, now = self.desk.picture, self.desk.home_city, asyncio.get_running_loop().time()
        for incident in picture.open_incidents():
            known_s = now - self._first_seen.setdefault(incident.id, now)
            if incident.city != home or known_s < TAKES_UP_AFTER_S:
                continue
            if incident.state is not IncidentState.HELD:
                self._begin(incident.id, partial(self._serve, incident.id))
        for aid in list(picture.aids.values()):
            if aid.lender == home and aid.state in (AidState.RECEIVED, AidState.ACCEPTED):
                self._begin(aid.id, partial(self._answer, aid))
        self._begin("alarms", self._acknowledge)

    def _begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        if name in self._busy and not self._busy[name].done():
            return
        if self._due(name):
            self._busy[name] = asyncio.create_task(self._guarded(name, work), name=f"autopilot {name}")

    def _due(self, name: str) -> bool:
        """Whether it may be tried now."""
        until = self._not_before.get(name)
        return until is None or self.desk.clock.now() >= until

    async def _guarded(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except DispatchError as refusal:
            self._put_off(name, str(refusal))
        except Exception as fault:  # noqa: BLE001 - one incident must not end the service of the others
            self.desk.note_fault(f"autopilot {name}", repr(fault))
            self._put_off(name, repr(fault))

    def _put_off(self, name: str, why: str, until: timedelta = AGAIN_AFTER) -> None:
        self.refused.append(why)
        self._not_before[name] = self.desk.clock.now() + until

    def _heed(self, name: str, outcome: Outcome) -> None:
        if not outcome.ok:
            self._put_off(name, outcome.message)

    # --- incidents -----------------------------------------------------------------------------

    async def _serve(self, number: IncidentId) -> None:
        incident = self.desk.incident(number)
        await self._name_hospitals(incident)
        await self._ask_for_blood(incident)
        await self._send_a_unit(incident)

    async def _send_a_unit(self, incident: Incident) -> None:
        """One more, where fewer are on their way or asked for than are advised; never a flood of requests."""
        ranking = self.desk.rank_units(incident.id)
        left = max(1, incident.patients - incident.carried)
        wanted = ceil(ranking.units_advised * left / incident.patients)
        if len(self._under_way(incident)) + self._asked_for(incident) >= wanted:
            return
        best = self._best(incident, ranking)
        if best is None:
            await self._write_none_free(incident)
            return
        reason = None if best.rank == 1 else _("the city of the first one has declined")
        self._heed(incident.id, await self.desk.choose_unit(incident.id, best.unit, ranking, reason))

    def _best(self, incident: Incident, ranking: UnitRanking) -> UnitCandidate | None:
        """The first of the ranking whose city has not just said no to this incident."""
        unwilling = self._unwilling(incident)
        return next((one for one in ranking.candidates if one.city not in unwilling), None)

    def _unwilling(self, incident: Incident) -> set[CityCode]:
        since = self.desk.clock.now() - NO_MEANS_NO
        said_no = (AidState.DECLINED, AidState.EXPIRED, AidState.CANCELLED)
        return {
            aid.lender
            for aid in self.desk.picture.aids.values()
            if aid.incident == incident.id and aid.state in said_no and aid.changed_at >= since
        }

    async def _write_none_free(self, incident: Incident) -> None:
        name = f"none free {incident.id}"
        if self._due(name):
            self._not_before[name] = self.desk.clock.now() + NONE_FREE_AGAIN
            await self.desk.none_free(incident.id)

    def _under_way(self, incident: Incident) -> set[UnitId]:
        """Units that their cities, the incident itself or this desk's own orders name."""
        fleet = self.desk.picture.fleet
        on_it = {
            unit.id
            for unit, status in zip(fleet.units, fleet.statuses, strict=True)
            if status is not None and status.incident == incident.id and status.state.on_task
        }
        ordered = {order.unit for order in self.desk.orders(incident.id) if not order.settled}
        return on_it | set(incident.units) | ordered

    def _asked_for(self, incident: Incident) -> int:
        """Units of other cities that were asked for and are not on their way yet."""
        waiting = (AidState.REQUESTED, AidState.RECEIVED, AidState.ACCEPTED)
        aids = [aid for aid in self.desk.picture.aids.values() if aid.incident == incident.id]
        asked = sum(aid.count for aid in aids if aid.state in waiting)
        named = sum(len(set(aid.out) - set(aid.used)) for aid in aids if aid.state not in waiting)
        return asked + named

    async def _name_hospitals(self, incident: Incident) -> None:
        """A unit on scene without a destination is given the first hospital of the ranking."""
        for unit in sorted(self._under_way(incident)):
            status = self.desk.picture.fleet.view(unit).status if unit in self.desk.picture.fleet else None
            waiting = status is not None and status.state is UnitState.ON_SCENE and status.destination is None
            if not waiting or (incident.id, unit) in self._destinations:
                continue
            ranking = self.desk.rank_hospitals(incident.id)
            if not ranking.candidates:
                continue
            hospital = ranking.candidates[0].hospital
            outcome = await self.desk.choose_hospital(incident.id, unit, hospital, ranking)
            if outcome.ok:
                self._destinations[incident.id, unit] = hospital
            else:
                self.refused.append(outcome.message)

    async def _ask_for_blood(self, incident: Incident) -> None:
        """Red cells for a life-threatening injury, at the hospital its first patient goes to."""
        urgent = incident.priority is Priority.LIFE_THREATENING and Capability.TRAUMA in incident.needs
        destination = next((h for (of, _unit), h in self._destinations.items() if of == incident.id), None)
        if not urgent or destination is None or incident.id in self._bled:
            return
        self._bled.add(incident.id)
        hospital = next(h for h in self.desk.picture.hospitals if h == destination)
        need = BloodNeed(
            component=RED_CELLS,
            quantity=BLOOD_UNITS,
            hospital=hospital,
            need_by=self.desk.clock.now() + BLOOD_WITHIN,
        )
        ranking = self.desk.rank_blood(need)
        if ranking.candidates:
            await self.desk.choose_bank(need, ranking.candidates[0], ranking)

    # --- the neighbours, and alarms ------------------------------------------------------------

    async def _answer(self, aid: Aid) -> None:
        """Lend what was wanted while the reserve is kept; take an incident over when asked to."""
        self._not_before[aid.id] = self.desk.clock.now() + AGAIN_AFTER  # its answer is on the way
        if aid.kind is AidKind.INCIDENT:
            self._heed(aid.id, await self.desk.answer_aid(aid.id, AidAct.ACCEPT))
            return
        units = self._lendable(aid)
        keeps = self.desk.keeps(aid.lender, aid.priority, aid.count, units)
        if units and keeps.left >= keeps.reserve:
            outcome = await self.desk.answer_aid(aid.id, AidAct.COMMIT, units)
        else:
            reason = "reserve_kept" if units else "no_unit_free"
            outcome = await self.desk.answer_aid(aid.id, AidAct.DECLINE, reason=reason)
        self._heed(aid.id, outcome)

    def _lendable(self, aid: Aid) -> list[UnitId]:
        """Those of the wanted units that are free."""
        fleet = self.desk.picture.fleet
        free = []
        for unit in aid.wanted:
            status = fleet.view(unit).status if unit in fleet else None
            if status is not None and status.state.dispatchable:
                free.append(unit)
        return free[: aid.count]

    async def _acknowledge(self) -> None:
        """Alarms that stood long enough to be seen in the log as raised."""
        before = self.desk.clock.now() - SEEN_AFTER
        home = self.desk.home_city
        for alarm in self.desk.picture.alarms.listed():
            mine = not alarm.shared or alarm.city == home
            unseen = alarm.state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
            if mine and unseen and alarm.raised_at <= before:
                await self.desk.acknowledge(alarm.id)
