"""Setting the state of a unit at the desk: which unit is meant, what is missing, what may not follow."""

from collections.abc import Sequence

from dispatch.console.dialogs.state import NewState, StateDialog, legal_next, not_next
from dispatch.console.ports import Console
from dispatch.console.present import state_text
from dispatch.console.reasons import code_of
from dispatch.console.results import Misread, Result
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _
from dispatch.text import safe_text

_DEMANDING = frozenset({UnitState.TRANSPORTING, UnitState.OUT_OF_SERVICE, UnitState.PAUSED})


def label(state: UnitState) -> str:
    """The digit and the word of a state."""
    return state_text(state)


def crews_meant(console: Console) -> Sequence[UnitId]:
    """The unit under the cursor, else every unit of the incident under it; a complaint when there is none."""
    under = console.selected("crew")
    if under:
        return (UnitId(under),)
    incident = console.desk.picture.incidents.get(IncidentId(console.selected("incident") or ""))
    units = incident.units if incident else ()
    if not units:
        raise Misread(_("name the unit, or put the cursor on it (F3)"))
    return units


def one_crew(console: Console) -> UnitId:
    """The one unit that is meant; where several could be, they are named."""
    units = crews_meant(console)
    if len(units) > 1:
        named = _(", ").join(safe_text(unit) for unit in units)
        raise Misread(_("say which unit: {units}", units=named))
    return units[0]


async def set_state(console: Console, unit: UnitId | None, state: UnitState | None, detail: str) -> Result:
    """Set a state: at once where unit and state were named and nothing is missing, else after a question."""
    units = (unit,) if unit else tuple(crews_meant(console))
    _refuse(console, units, state)
    if unit and state is not None and (detail or state not in _DEMANDING):
        return await _set(console, _given(console, unit, state, detail))
    answer = await console.ask(StateDialog(console.desk, units, state, detail))
    if not isinstance(answer, NewState):
        return Result(False, _("no state was set"))
    return await _set(console, answer)


def _refuse(console: Console, units: Sequence[UnitId], state: UnitState | None) -> None:
    """A state that may follow for none of the units is refused before it is asked about."""
    fleet = console.desk.picture.fleet
    if state is None or any(state in legal_next(fleet.view(unit).status) for unit in units):
        return
    raise Misread(not_next(units[0], fleet.view(units[0]).status, state))


def _given(console: Console, unit: UnitId, state: UnitState, detail: str) -> NewState:
    if state is UnitState.TRANSPORTING:
        return NewState(unit, state, destination=detail)
    words = console.desk.configuration.incident_words.unit_state(state)
    return NewState(unit, state, reason=code_of(detail, words) if words else None)


async def _set(console: Console, wanted: NewState) -> Result:
    outcome = await console.desk.set_state(
        wanted.unit, wanted.state, reason=wanted.reason, destination=wanted.destination
    )
    return Result(outcome.ok, outcome.message)
