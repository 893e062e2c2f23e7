"""Advice that becomes orders: the next incident of a free unit, and the plan when many are hurt."""

from collections.abc import Sequence

from dispatch.console import lending
from dispatch.console.choices import city_said
from dispatch.console.dialogs.advice import MassDialog, NextDialog
from dispatch.console.dialogs.send_many import SendManyDialog
from dispatch.console.neighbours import Part, part_of
from dispatch.console.ports import Console
from dispatch.console.present import minutes_text, priority_text
from dispatch.console.present_aids import keeps_cells
from dispatch.console.present_places import place_said
from dispatch.console.reasons import names_at
from dispatch.console.results import Misread, Result
from dispatch.console.sending import refuse, send_units
from dispatch.console.symbols import symbols
from dispatch.decide.mass import lately, places_of, plan_mass
from dispatch.decide.mass_models import MassPlan, MassRequest, MassTask
from dispatch.decide.next_task import NextRequest, Task, next_for_unit, wanting
from dispatch.decide.render_tasks import mass_lines, next_beside
from dispatch.domain.aid import Aid
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import N_, _, current
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.text import safe_text

MOST_CHOICES = 9
BY_PLAN = N_("mass-casualty plan")
"""The reason of an order that the plan gives and the ranking of its incident alone does not."""


# --- a free unit


def wanted_line(picture: Picture, configuration: Configuration, unit: UnitId) -> str:
    """That incidents want a unit and this one is free; empty where not."""
    status = picture.fleet.view(unit).status
    if status is None or not status.state.dispatchable:
        return ""
    waiting = wanting(picture, configuration.dispatch_rules.units)
    return _("{count} want a unit: next", count=len(waiting)) if waiting else ""


async def next_task(console: Console, unit: UnitId) -> Result:
    """Show which incident a unit should take; what the dispatcher picks goes the usual way."""
    desk = console.desk
    rules = desk.configuration.dispatch_rules
    ranking = next_for_unit(desk.picture, NextRequest(unit=unit), rules, desk.clock.now())
    names = names_at(desk)
    if not ranking.candidates:
        return Result(
            False, "  ".join(line.strip("! ") for line in next_beside(ranking, current(), names)[:3])
        )
    tasks = ranking.candidates[:MOST_CHOICES]

    def choices() -> list[str]:
        return [_choice(console, task) for task in tasks]

    def heading() -> str:
        city = city_said(console, ranking.city)
        return _("{unit} of {city}: which incident next?", unit=unit, city=city)

    picked = await console.ask(NextDialog(heading, choices, lambda: next_beside(ranking, current(), names)))
    if not isinstance(picked, int):
        return Result(False, _("{unit} was not sent", unit=unit))
    return await _take(console, unit, tasks[picked])


def _choice(console: Console, task: Task) -> str:
    """An incident in one line: how urgent, where, how soon the unit is there."""
    minutes = minutes_text(task.eta.low_min, task.eta.high_min)
    place = console.desk.picture.incidents[task.incident].place
    where = f"{city_said(console, task.city)} {place_said(place, 30)}"
    return f"{task.incident}  {priority_text(task.priority)}  {minutes}  {where}"


async def _take(console: Console, unit: UnitId, task: Task) -> Result:
    """An incident of ours: the order. A neighbour's: the answer to its request, which it must have made."""
    desk = console.desk
    if task.city == desk.home_city:
        return await send_units(console, task.incident, (unit,), desk.rank_units(task.incident))
    city = city_said(console, task.city)
    if desk.picture.fleet.view(unit).unit.city != desk.home_city:
        facts = {"incident": task.incident, "unit": unit}
        raise Misread(_("{incident} and {unit} are of other cities: only they can order", **facts))
    aid = _asked(console, task.incident)
    if aid is None:
        facts = {"city": city, "incident": task.incident, "unit": unit}
        raise Misread(_("{city} has not asked for {incident}: call it and offer {unit}, then lend", **facts))
    return await lending.answer(console, aid, (unit,))


def _asked(console: Console, incident: IncidentId) -> Aid | None:
    """The neighbour's request for this incident that waits for our answer."""
    desk = console.desk
    now = desk.clock.now()
    found = (aid for aid in desk.picture.aids.values() if aid.incident == incident)
    waits = (Part.ANSWER, Part.NAME)
    return next((aid for aid in found if part_of(aid, desk.home_city, now) in waits), None)


# --- many hurt at once


def meant(console: Console, named: IncidentId | None) -> list[IncidentId]:
    """The incident named; else those of this city in the last minutes, and the one under the cursor."""
    desk = console.desk
    rules = desk.configuration.dispatch_rules
    if named is not None:
        found = [named]
    else:
        found = [one.id for one in lately(desk.picture, desk.home_city, rules, desk.clock.now())]
        under = IncidentId(console.selected("incident") or "")
        wants = {one.id for one in wanting(desk.picture, rules.units)}
        found += [under] if under in wants and under not in found else []
    if not found:
        raise Misread(_("no incident of the last {minutes} min wants a unit", minutes=_window(console)))
    ours = [one for one in found if _sent_from_here(console, one)]
    if not ours:
        raise Misread(_("{incident} is not ours: its own city sends", incident=found[0]))
    return ours


def _sent_from_here(console: Console, incident: IncidentId) -> bool:
    """One of our city; or of a city that cannot be reached, which cannot send anybody itself."""
    picture = console.desk.picture
    city = picture.incidents[incident].city
    return city == console.desk.home_city or picture.sight[city].sight is not Sight.LIVE


def _window(console: Console) -> str:
    return f"{console.desk.configuration.dispatch_rules.units.mass_casualty.window_min:g}"


async def mass(console: Console, incidents: Sequence[IncidentId]) -> Result:
    """Show the plan, then its units in one question; each marked one is ordered, or asked for, by itself."""
    desk = console.desk
    request = MassRequest(places=places_of(desk.picture, incidents))
    plan = plan_mass(desk.picture, request, desk.configuration.dispatch_rules, desk.clock.now())
    names = names_at(desk)

    def lines() -> list[str]:
        untriaged = _("Nobody has triaged: all patients count as urgent as their incident.")
        return [untriaged, *mass_lines(plan, current(), names, most=20)]

    if not await console.ask(MassDialog(lines, sends=bool(plan.tasks))):
        return Result(False, _("nothing was sent"))
    marked = await console.ask(
        SendManyDialog(lambda: [_noun(console, task) for task in plan.tasks], lambda: _lent(console, plan))
    )
    if not isinstance(marked, frozenset):
        return Result(False, _("nothing was sent"))
    return await _send(console, [task for place, task in enumerate(plan.tasks) if place in marked])


async def _send(console: Console, tasks: Sequence[MassTask]) -> Result:
    """One after the other; what is refused stops no other and is shown in full."""
    results: list[Result] = []
    for number, task in enumerate(tasks, 1):
        console.say(
            Result(True, _("{number} of {count}: {unit}", number=number, count=len(tasks), unit=task.unit))
        )
        results.append(await _order(console, task))
    sent = sum(result.ok for result in results)
    done = _("{sent} of {count} units sent or asked for", sent=sent, count=len(results))
    refused = [result.text for result in results if not result.ok]
    if refused:
        title = _("{count} units were refused", count=len(refused))
        await console.ask(MassDialog(lambda: [done, "", *refused], sends=False, title=title))
    return Result(not refused, _("; ").join([done, *refused]))


def _noun(console: Console, task: MassTask) -> str:
    minutes = minutes_text(task.eta.low_min, task.eta.high_min)
    patients = _("1 patient") if task.patients == 1 else _("{count} patients", count=task.patients)
    whose = (
        ""
        if task.city == console.desk.home_city
        else _("asked of {city}", city=city_said(console, task.city))
    )
    return f"{task.unit} {symbols().to} {safe_text(task.place)}  {minutes}  {patients}  {whose}".rstrip()


def _lent(console: Console, plan: MassPlan) -> list[str]:
    """Of each neighbour: that it is asked first, and what it keeps when it lends them all."""
    said: list[str] = []
    for lender in (one for one in plan.lenders if one.city != console.desk.home_city):
        units = tuple(task.unit for task in plan.tasks if task.city == lender.city)
        if not units:
            continue
        name = city_said(console, lender.city)
        gravest = min(task.priority for task in plan.tasks if task.city == lender.city)
        keeps = console.desk.keeps(lender.city, gravest, len(units), units)
        said.append(
            _("{city} is asked for {count}, and orders only when it agrees", city=name, count=len(units))
        )
        said += [cell.text for cell in keeps_cells(keeps, name)]
    return said


async def _order(console: Console, task: MassTask) -> Result:
    """An order of its own for each unit, or a request for it to the city that it belongs to."""
    desk, incident = console.desk, IncidentId(task.place)
    try:
        refuse(console, task.unit)
        ranking = desk.rank_units(incident)
        first = ranking.nothing_better_than((task.unit,))
        outcome = await desk.choose_unit(incident, task.unit, ranking, None if first else _(BY_PLAN))
    except DispatchError as error:
        return Result(False, f"{task.unit}{_(': ')}{safe_text(error)}")
    return Result(
        outcome.ok,
        outcome.message if task.unit in outcome.message else f"{task.unit}{_(': ')}{outcome.message}",
    )
