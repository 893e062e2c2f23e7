"""Sending units: repeat the nouns, say whose unit it is and what its city keeps, ask why when not rank 1."""

from collections.abc import Sequence
from functools import partial

from dispatch.centre.asking import STANDING_NAMES, Standing
from dispatch.console.choices import ask_why, city_said, incident_named, said
from dispatch.console.dialogs.choose import Question
from dispatch.console.dialogs.life import unit_noun
from dispatch.console.neighbours import waits_for
from dispatch.console.ports import Console, Outcome
from dispatch.console.present import distance_text, minutes_text, priority_text
from dispatch.console.present_aids import keeps_cells
from dispatch.console.present_places import place_said
from dispatch.console.reasons import code_of
from dispatch.console.results import Misread, Result, Said
from dispatch.console.symbols import symbols
from dispatch.decide.ambulances import UnitCandidate, UnitRanking
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import _
from dispatch.picture.cities import Sight
from dispatch.text import safe_text

BY_MISTAKE = "sent_by_mistake"
"""Code of the agreed reason, in config/incidents.toml, that a recall within the first seconds is given."""


async def choose_unit(console: Console, incident: IncidentId, unit: UnitId, ranking: UnitRanking) -> Result:
    """Send one unit after the question; one that may not be sent is refused before it."""
    return await send_units(console, incident, (unit,), ranking)


async def send_units(
    console: Console, incident: IncidentId, units: Sequence[UnitId], ranking: UnitRanking
) -> Result:
    """Send units after one question about them all; each gets an order of its own."""
    held = incident_named(console, incident)
    for unit in units:
        refuse(console, unit)
    order = {candidate.unit: candidate for candidate in ranking.candidates}
    wanted = sorted(dict.fromkeys(units), key=lambda unit: order[unit].rank if unit in order else len(order))

    def question() -> Question:
        nouns, warnings = [], []
        for unit in wanted:
            nouns += _nouns(held, unit, order.get(unit), first=unit == wanted[0], console=console)
            warnings += _warnings(held, unit, order.get(unit), ranking, console)
        title = _("Send the unit") if len(wanted) == 1 else _("Send {count} units", count=len(wanted))
        return Question(title, nouns, warnings)

    answer = await ask_why(console, "unit", question, 1 if ranking.nothing_better_than(wanted) else 0)
    names = " ".join(wanted)
    if answer is None:
        return Result(False, _("{unit} was not sent", unit=names))
    return await _order(console, held, wanted, ranking, answer.reason)


def refuse(console: Console, unit: UnitId) -> None:
    """A unit whose city cannot be asked, or was asked for it already, is refused before the question."""
    picture = console.desk.picture
    city = picture.fleet.view(unit).unit.city
    if city != console.desk.home_city and picture.sight[city].sight is not Sight.LIVE:
        name = city_said(console, city)
        raise Misread(_("{city} cannot be reached: arrange {unit} by telephone", city=name, unit=unit))
    for order in console.desk.orders():
        if order.unit == unit and not order.standing.settled:
            facts = {"unit": unit, "incident": order.incident, "standing": _(STANDING_NAMES[order.standing])}
            raise Misread(_("{unit} was sent to {incident} from this desk: {standing}", **facts))
    aid = waits_for(console.desk, unit)
    if aid is not None:
        facts = {"unit": unit, "city": city_said(console, aid.lender), "incident": safe_text(aid.incident)}
        raise Misread(
            _("{city} was asked for {unit} for {incident}: wait for its answer, or take it back", **facts)
        )


async def _order(
    console: Console, incident: Incident, units: Sequence[UnitId], ranking: UnitRanking, reason: str | None
) -> Result:
    """One decision a unit; what was refused does not stop the others, and is said."""
    first = units[0]
    sent: list[UnitId] = []
    outcomes: list[Outcome] = []
    for unit in units:
        why = reason or (None if unit == first else _("sent together with {unit}", unit=first))
        try:
            outcome = await console.desk.choose_unit(incident.id, unit, ranking, why)
        except DispatchError as error:
            if unit == first and len(units) == 1:
                raise
            outcome = Said(False, safe_text(error))
        outcomes.append(outcome)
        if outcome.ok:
            sent.append(unit)
    own = [unit for unit in sent if _is_own(console, unit)]
    if own:
        console.offer_undo(lambda: _take_back(console, incident.id, own))
    orders = console.desk.orders(incident.id)
    open_ = [order.unit for order in orders if order.unit in units and not order.standing.settled]
    then = partial(_confirmed_text, console, incident.id, open_) if open_ else None
    return Result(all(one.ok for one in outcomes), _("; ").join(one.message for one in outcomes), then)


def _confirmed_text(console: Console, incident: IncidentId, units: Sequence[UnitId]) -> str:
    """That every crew has acknowledged, once it has: nothing older stays in the result line."""
    orders = console.desk.orders(incident)
    confirmed = {order.unit for order in orders if order.standing is Standing.CONFIRMED}
    if not confirmed.issuperset(units):
        return ""
    facts = {"unit": " ".join(units), "incident": incident}
    return _("{unit} goes to {incident}: its crew has acknowledged", **facts)


def _is_own(console: Console, unit: UnitId) -> bool:
    """Whether this city's own centre orders it; a neighbour is asked first, and asks for patience."""
    return console.desk.picture.fleet.view(unit).unit.city == console.desk.home_city


async def _take_back(console: Console, incident: IncidentId, units: Sequence[UnitId]) -> Outcome:
    """Stand units down again at once, unless a crew has acknowledged: that takes a decision of its own."""
    desk = console.desk
    confirmed = {order.unit for order in desk.orders(incident) if order.standing is Standing.CONFIRMED}
    if left := [unit for unit in units if unit in confirmed]:
        names = " ".join(left)
        return Said(False, _("{unit}: the crew has acknowledged already; recall calls it back", unit=names))
    words = desk.configuration.incident_words.recall
    reason = code_of(BY_MISTAKE, words)
    outcomes = [await desk.stand_down(unit, reason) for unit in units]
    return Said(all(one.ok for one in outcomes), _("; ").join(one.message for one in outcomes))


def _nouns(
    incident: Incident, unit: UnitId, candidate: UnitCandidate | None, *, first: bool, console: Console
) -> list[str]:
    """A unit and its rank; under the first of them the incident they all go to."""
    lines = [f"{unit} {symbols().to} {incident.id}"]
    if first:
        where = f"{city_said(console, incident.city)} {place_said(incident.place)}"
        lines.append(f"{priority_text(incident.priority)}  {where}")
    if candidate is not None:
        lines.append(
            _(
                "rank {rank}: {eta}, {distance}",
                rank=candidate.rank,
                eta=minutes_text(candidate.eta.low_min, candidate.eta.high_min),
                distance=distance_text(candidate.distance_km),
            )
        )
    return lines


def _warnings(
    incident: Incident,
    unit: UnitId,
    candidate: UnitCandidate | None,
    ranking: UnitRanking,
    console: Console,
) -> list[str]:
    """Why a unit is not recommended; of a neighbour's that its city is asked first, and what that keeps."""
    if candidate is None:
        left_out = next((each for each in ranking.excluded if each.unit == unit), None)
        if left_out is None:
            raise Misread(_("no unit is called {unit}", unit=safe_text(unit, 40)))
        why = _("; ").join(said(left_out.reasons, console))
        named = f"{unit}{_(': ')}{why}"
        warnings = [_("Not recommended: {why}", why=named)]
        city = left_out.city
    else:
        warnings, city = [], candidate.city
    if city == console.desk.home_city:
        return warnings
    name = city_said(console, city)
    asked = _(
        "{unit} belongs to {city}: that city is asked first, and orders only when it agrees",
        unit=unit,
        city=name,
    )
    keeps = console.desk.keeps(city, incident.priority, 1, (unit,))
    return [*warnings, asked, *(cell.text for cell in keeps_cells(keeps, name))]


async def reassign(console: Console, unit: UnitId, incident: IncidentId) -> Result:
    """Call a unit back from its task and send it elsewhere, after a question that names both incidents."""
    desk, held = console.desk, incident_named(console, incident)
    status = desk.picture.fleet.view(unit).status
    if status is None or status.incident is None or not status.state.on_task:
        raise Misread(_("{unit} is on no incident; send it first", unit=unit))
    if status.incident == incident:
        raise Misread(_("{unit} is on {incident} already", unit=unit, incident=incident))
    ranking = desk.rank_units(incident)
    before = desk.picture.incidents.get(IncidentId(status.incident))
    left = safe_text(status.incident)

    def question() -> Question:
        nouns = [
            unit_noun(unit, desk),
            f"{left} {symbols().to} {held.id}",
            f"{priority_text(held.priority)}  {city_said(console, held.city)} {place_said(held.place)}",
        ]
        warnings = [_("It is called back first, and ordered anew when its crew has heard it.")]
        if before is not None and len(before.units) <= 1:
            warnings.append(_("{incident} is left without a unit", incident=before.id))
        return Question(_("Reassign a unit"), nouns, warnings)

    answer = await ask_why(console, "unit", question, 0)
    if answer is None:
        return Result(False, _("{unit} stays on {incident}", unit=unit, incident=left))
    outcome = await desk.reassign(unit, incident, ranking, answer.reason)
    return Result(outcome.ok, outcome.message)
