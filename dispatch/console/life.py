"""The life of an incident at the desk: take the call, join it, hold, wake, amend, close, call units back."""

from collections.abc import Sequence
from datetime import datetime

from dispatch.console import lending
from dispatch.console.choices import result_of
from dispatch.console.dialogs.amend import AmendDialog, Amended
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.incident import NEAR_SHOWN, IncidentDialog, JoinWanted, NewIncident
from dispatch.console.dialogs.join import Call, JoinDialog, Joined
from dispatch.console.dialogs.life import CloseDialog, Closing, HoldDialog, Holding, RecallDialog
from dispatch.console.places import Place
from dispatch.console.ports import Console, Desk, Outcome
from dispatch.console.present_incidents import near_text
from dispatch.console.reasons import code_of
from dispatch.console.results import Misread, Result
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Position
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, IncidentState
from dispatch.domain.units import UnitId
from dispatch.language import _
from dispatch.text import safe_text


async def new_incident(console: Console, position: Position | None) -> Result:
    """Fill in the form; it opens an incident, which is then under the cursor, or joins the call to one."""
    form = await console.ask(IncidentDialog(console.desk, position))
    if isinstance(form, JoinWanted):
        return await join(console, form.incidents, Act.REPEAT, form.call)
    if not isinstance(form, NewIncident):
        return Result(False, _("no incident was opened"))
    place = form.place
    opened = await console.desk.open_incident(
        place.position, place.datum, place.name, form.priority, form.patients, form.needs, form.complaint
    )
    await console.show("incident", opened)
    lost = await _write_down(console, opened, form)
    said = _("{incident} is opened: {place}", incident=opened, place=safe_text(place.name, 60))
    return Result(not lost, f"{said}; {lost}" if lost else said)


async def open_beside(console: Console, place: Place) -> bool:
    """Whether to open another incident where one is open, or nobody would look for one; else no question."""
    position, now = place.wgs84, console.desk.clock.now()
    similar = console.desk.similar(position)[:NEAR_SHOWN]

    def doubts() -> list[str]:
        said = [near_text(each, position, now) for each in similar]
        if said:
            said.append(_("join and its number add the call to it"))
        if console.desk.configuration.city_of(position) is None:
            said.append(_("{place} is outside the three cities", place=safe_text(place.name, 60)))
        return said

    asked = YesNoDialog(lambda: _("Open another incident?"), doubts)
    return not doubts() or bool(await console.ask(asked))


async def _write_down(console: Console, incident: IncidentId, form: NewIncident) -> str:
    """Keep the caller here and the remarks with the incident; what could not be kept, as one sentence."""
    call = form.call
    try:
        if call.number or call.name:
            await console.desk.note_caller(incident, call.number, call.name, call.text)
        if form.remarks:
            outcome = await console.desk.note(incident, form.remarks)
            return "" if outcome.ok else outcome.message
    except DispatchError as error:
        return _("caller or remarks were not kept: {why}", why=safe_text(error))
    return ""


async def join(console: Console, incidents: Sequence[Incident], act: Act, call: Call) -> Result:
    """Ask which incident and what kind of call, then join it."""
    joined = await console.ask(JoinDialog(console.desk, incidents, act, call))
    if not isinstance(joined, Joined):
        return Result(False, _("the call was joined to no incident"))
    return await join_now(console, joined.incident, joined.act, joined.call)


async def join_now(console: Console, incident: IncidentId, act: Act, call: Call) -> Result:
    """Join a call; a caller who chases is told what the desk knows of the unit."""
    text = call.text or (_("asks where the ambulance is") if act is Act.CHASE else _("nothing new was said"))
    outcome = await console.desk.join_call(incident, act, text, call.number, call.name)
    await console.show("incident", incident)
    told = console.desk.chase_help(incident) if outcome.ok else ""
    tell = _("tell the caller: {what}", what=safe_text(told)) if told else ""
    return Result(outcome.ok, "  ".join(part for part in (outcome.message, tell) if part))


async def hold(console: Console, incident: Incident, reason: str, until: datetime | None) -> Result:
    """Put an incident off; without a reason it is asked for. It can be woken again at once."""
    words = console.desk.configuration.incident_words.hold
    given = Holding(code_of(reason, words), until) if reason else None
    answer = given or await console.ask(HoldDialog(console.desk, incident))
    if not isinstance(answer, Holding):
        return Result(False, _("{incident} is not held", incident=incident.id))
    outcome = await console.desk.hold(incident.id, answer.reason, answer.until)
    if outcome.ok:
        console.offer_undo(lambda: console.desk.wake(incident.id))
    return result_of(outcome)


async def wake(console: Console, incident: Incident) -> Result:
    """Wake a held incident; it can be held again as it was."""
    outcome = await console.desk.wake(incident.id)
    if outcome.ok and incident.state is IncidentState.HELD:
        reason, until = incident.reason, incident.held_until
        console.offer_undo(lambda: console.desk.hold(incident.id, reason, until))
    return result_of(outcome)


async def amend(console: Console, incident: Incident, changes: Amended | None) -> Result:
    """Change what was told of an incident; without changes they are asked for. It can be changed back."""
    answer = changes or await console.ask(AmendDialog(incident))
    if not isinstance(answer, Amended):
        return Result(False, _("{incident} was not changed", incident=incident.id))
    if answer == Amended():
        return Result(False, _("{incident}: nothing was to be changed", incident=incident.id))
    outcome = await _amend(console, incident.id, answer)
    if outcome.ok:
        before = Amended(
            priority=incident.priority if answer.priority is not None else None,
            patients=incident.patients if answer.patients is not None else None,
            needs=incident.needs if answer.needs is not None else None,
            complaint=incident.chief_complaint if answer.complaint is not None else None,
        )
        console.offer_undo(lambda: _amend(console, incident.id, before))
    return result_of(outcome)


async def _amend(console: Console, incident: IncidentId, to: Amended) -> Outcome:
    return await console.desk.amend(
        incident, priority=to.priority, patients=to.patients, needs=to.needs, chief_complaint=to.complaint
    )


async def close(console: Console, incident: Incident, ending: Ending | None, reason: str) -> Result:
    """End an incident, always after the question: it cannot be opened again."""
    answer = await console.ask(CloseDialog(console.desk, incident, ending, reason))
    if not isinstance(answer, Closing):
        return Result(False, _("{incident} stays open", incident=incident.id))
    return result_of(await console.desk.close_incident(incident.id, answer.ending, answer.reason))


async def recall(console: Console, units: Sequence[UnitId], reason: str) -> Result:
    """Call units back, always after the question; a typed reason stands in it already."""
    for unit in units:
        _refuse_recall(console.desk, unit)
    answer = await console.ask(RecallDialog(console.desk, units, reason))
    if not isinstance(answer, str):
        return Result(False, _("nobody was called back"))
    outcomes = [await console.desk.stand_down(unit, answer) for unit in units]
    return Result(all(one.ok for one in outcomes), _("; ").join(one.message for one in outcomes))


def _refuse_recall(desk: Desk, unit: UnitId) -> None:
    """Whom no terminal can call back is refused before the question, with what is to be done instead."""
    status = desk.picture.fleet.view(unit).status
    ordered = any(order.unit == unit and not order.standing.settled for order in desk.orders())
    if ordered or (status is not None and status.incident is not None):
        return
    for incident in desk.picture.open_incidents():
        if unit in incident.telephoned:
            facts = {"unit": unit, "incident": incident.id}
            raise Misread(_("{unit} was arranged by telephone: ring its city, then wake {incident}", **facts))
    raise Misread(_("{unit} is on no task", unit=unit))


async def none_free(console: Console, incident: Incident) -> Result:
    """Count that a unit was wanted and none was free, and offer the neighbours at once."""
    outcome = await console.desk.none_free(incident.id)
    if not outcome.ok:
        return result_of(outcome)
    asked = await lending.ask(console, incident, None, 1, frozenset())
    return Result(asked.ok or outcome.ok, f"{outcome.message}; {asked.text}")


def incident_open(console: Console, incident: IncidentId) -> Incident:
    """An open incident of the picture, or a complaint."""
    held = console.desk.picture.incidents.get(incident)
    if held is None:
        raise Misread(_("no incident is called {incident}", incident=safe_text(incident, 40)))
    if not held.state.open:
        raise Misread(_("{incident} is closed", incident=held.id))
    return held
