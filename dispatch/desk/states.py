"""Setting a unit's state at the desk: the crew said it by radio, or its terminal is dead."""

from dispatch.decide.words import STATE_WORDS
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import Part
from dispatch.desk.records import by_payload, sayable
from dispatch.domain.errors import UnknownName
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.operators import Right
from dispatch.domain.units import UnitId, UnitState, change_state
from dispatch.feed import payloads
from dispatch.language import _


class States(Part):
    """The centre of the unit's city decides; what cannot follow is refused here already."""

    async def set(
        self, unit_id: UnitId, state: UnitState, *, reason: str | None = None, destination: str | None = None
    ) -> Outcome:
        """Set a state. MissingField and IllegalTransition say what is missing, or what may come next."""
        by = self.demand(Right.UNIT_STATE)
        view = self.unit(unit_id)
        if destination is not None and HospitalId(destination) not in self.picture.hospitals:
            raise UnknownName(_("hospital"), destination)
        if view.status is not None:
            aim = destination or view.status.destination
            change_state(view.status.state, state, reason=(reason or "").strip() or None, destination=aim)
        said = None if not (reason or "").strip() else sayable(reason or "")
        detail: dict[str, object] = {
            "state": state.name,
            "reason": said or "",
            "destination": destination or "",
        }
        await self.record("unit.set", view.unit.id, detail, by)
        order = payloads.UnitSet(
            unit=view.unit.id,
            state=int(state),
            by=by_payload(by),
            at=self.now_ms(),
            destination=destination,
            reason=said,
            request=None if view.status is None else view.status.task,
        )
        result = await self.command(view.unit.city, "unit.set", order, "unit.told", view.unit.id)
        word = f"{int(state)} {_(STATE_WORDS[state.name])}"
        done = _("{unit}: {state}", unit=view.unit.id, state=word)
        city = self.city_name(view.unit.city)
        return outcome_of(
            self.configuration,
            result,
            done,
            _("{city} has not answered: the state stands as it was", city=city),
        )
