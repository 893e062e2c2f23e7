"""The end of an incident: its units are called back first, and their crews must have heard it."""

from dispatch.desk.changes import Changes, demand_text
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import WAIT_S, Kit, Part
from dispatch.desk.recalls import Recalls
from dispatch.desk.records import sayable
from dispatch.desk.sequels import Sequel, What
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId
from dispatch.domain.operators import By, Right
from dispatch.domain.refusals import SENTENCES
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _

_WITH_A_PATIENT = (UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)


class Endings(Part):
    """Closing incidents."""

    def __init__(self, kit: Kit, recalls: Recalls, changes: Changes) -> None:
        super().__init__(kit)
        self.recalls, self.changes, self.sequels = recalls, changes, recalls.sequels

    async def close(self, incident_id: IncidentId, ending: Ending, reason: str) -> Outcome:
        """End an incident. Units still on their way are called back first; refused with a patient aboard.

        MissingField without a reason, except where the ending says it all.
        """
        by = self.demand(Right.CLOSE)
        incident = self.changes.open_one(incident_id)
        if ending in (Ending.COMPLETED, Ending.DUPLICATE) and not reason.strip():
            reason = ending.value
        demand_text(_("reason"), reason, _("an ending needs one"))
        with_a_patient = [unit for unit in incident.units if self._with_a_patient(unit)]
        if with_a_patient:
            units = _(", ").join(with_a_patient)
            raise DispatchError(_(SENTENCES["units_at_work"], units=units))
        if not self._at_work(incident):
            return await self._close(incident.id, ending, sayable(reason), by)
        sequel = Sequel(
            f"close:{incident.id}", What.CLOSE, incident.id, by, self.now_ms(), ending=ending, reason=reason
        )
        await self.sequels.keep(sequel)
        for unit in self._at_work(incident):
            await self.recalls.call_back(self.unit(unit), reason, by, wait_s=0.0)
        if await self.news.until(lambda: sequel.id not in self.sequels.all, WAIT_S):
            return Outcome(ok=True, message=_("{incident} is closed", incident=incident.id))
        facts = {"incident": incident.id, "units": _(", ").join(self._at_work(incident))}
        return Outcome(
            ok=True, message=_("{units} called back: {incident} ends once their crews have heard it", **facts)
        )

    async def follow(self) -> None:
        """Close what waited for its units to leave it; give back what waited too long."""
        for sequel in list(self.sequels.all.values()):
            if sequel.what is not What.CLOSE or sequel.ending is None:
                continue
            incident = self.picture.incidents.get(sequel.incident)
            if incident is None or not incident.state.open:
                await self.sequels.drop(sequel)
            elif self.recalls.waited_too_long(sequel) or any(map(self._with_a_patient, incident.units)):
                await self.recalls.give_back(sequel, "close_failed")
            elif not self._at_work(incident):
                await self.changes.give(
                    incident, Act.CLOSE, sequel.by, ending=sequel.ending.value, reason=sayable(sequel.reason)
                )
                await self.sequels.drop(sequel)
                self.news.tell()

    async def _close(self, number: IncidentId, ending: Ending, reason: str, by: By) -> Outcome:
        done = _("{incident} is closed", incident=number)
        return await self.changes.change(number, Act.CLOSE, done, by=by, ending=ending.value, reason=reason)

    def _with_a_patient(self, unit: UnitId) -> bool:
        status = self.unit(unit).status if unit in self.picture.fleet else None
        return status is not None and status.state in _WITH_A_PATIENT

    def _at_work(self, incident: Incident) -> list[UnitId]:
        """Units on it, and those that this desk has asked for and not heard the end of."""
        asked = [
            one.unit
            for one in self.kit.requester.asked.values()
            if not one.settled and one.job.incident == incident.id
        ]
        return list(dict.fromkeys((*incident.units, *asked)))
