"""A dispatcher for drills without a screen: takes what the console would recommend, for its own city.

It acts through the same desk as a person, so that a headless drill leaves the same rows in the audit
log: what was recommended, what was chosen, what the city answered.
"""

import asyncio
from datetime import timedelta

from dispatch.decide.blood import BloodNeed
from dispatch.desk import Desk
from dispatch.domain.blood import ComponentCode
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.picture.cities import Sight

LOOK_EVERY_S = 1.0
RED_CELLS = ComponentCode("red_cells")
BLOOD_UNITS = 4
BLOOD_WITHIN = timedelta(minutes=60)


class Autopilot:
    """Looks at the desk's own incidents once a second of drill time and does the first thing ranked."""

    def __init__(self, desk: Desk, speed: float = 1.0) -> None:
        self.desk, self.speed = desk, speed
        self.refused: list[str] = []
        self._destinations: dict[tuple[IncidentId, UnitId], str] = {}
        self._bled: set[IncidentId] = set()

    async def run(self) -> None:
        """Until cancelled; what the desk refuses is remembered and tried again at the next look."""
        while True:
            for incident in self.desk.picture.open_incidents():
                if incident.city == self.desk.home_city:
                    await self._serve(incident)
            await asyncio.sleep(LOOK_EVERY_S / self.speed)

    async def _serve(self, incident: Incident) -> None:
        try:
            await self._send_units(incident)
            await self._name_hospitals(incident)
            await self._ask_for_blood(incident)
        except DispatchError as refusal:
            self.refused.append(str(refusal))
        except Exception as fault:  # noqa: BLE001 - one incident must not end the service of the others
            self.desk.note_fault(f"autopilot {incident.id}", repr(fault))
            self.refused.append(repr(fault))

    async def _send_units(self, incident: Incident) -> None:
        if self.desk.picture.sight[incident.city].sight is not Sight.LIVE:
            return
        ranking = self.desk.rank_units(incident.id)
        if len(self._under_way(incident)) >= ranking.units_advised or not ranking.candidates:
            return
        outcome = await self.desk.choose_unit(incident.id, ranking.candidates[0].unit, ranking)
        if not outcome.ok:
            self.refused.append(outcome.message)

    def _under_way(self, incident: Incident) -> set[UnitId]:
        """Units that their cities or the incident itself name; a unit told a moment ago is among them."""
        fleet = self.desk.picture.fleet
        on_it = {
            unit.id
            for unit, status in zip(fleet.units, fleet.statuses, strict=True)
            if status is not None and status.incident == incident.id and status.state.on_task
        }
        return on_it | set(incident.units) | self.desk.told(incident.id)

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
            self._destinations[incident.id, unit] = hospital
            await self.desk.choose_hospital(incident.id, unit, hospital, ranking)

    async def _ask_for_blood(self, incident: Incident) -> None:
        """Red cells for a life-threatening injury, at the hospital its first patient goes to."""
        urgent = incident.priority is Priority.LIFE_THREATENING and Capability.TRAUMA in incident.needs
        destination = next((h for (of, _unit), h in self._destinations.items() if of == incident.id), None)
        if not urgent or destination is None or incident.id in self._bled:
            return
        self._bled.add(incident.id)
        hospital = self.desk.picture.hospitals[
            next(h for h in self.desk.picture.hospitals if h == destination)
        ]
        need = BloodNeed(
            component=RED_CELLS,
            quantity=BLOOD_UNITS,
            hospital=hospital.id,
            need_by=self.desk.clock.now() + BLOOD_WITHIN,
        )
        ranking = self.desk.rank_blood(need)
        if ranking.candidates:
            await self.desk.choose_bank(need, ranking.candidates[0], ranking)
