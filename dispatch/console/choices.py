"""The last steps of every choice: repeat the nouns, ask why when it is not rank 1, let the desk act."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from dispatch.console.dialogs.choose import Answer, ChooseDialog, Question
from dispatch.console.ports import Console, Outcome
from dispatch.console.present import (
    distance_text,
    group_text,
    minutes_text,
    name_text,
    quantity_text,
)
from dispatch.console.present_need import special_text
from dispatch.console.present_places import place_said
from dispatch.console.reasons import names_at
from dispatch.console.results import Misread, Result
from dispatch.console.symbols import symbols
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.decide.reasons import Reason, explain
from dispatch.domain.blood import BloodGroup, Component
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import _, current
from dispatch.text import safe_text


def said(reasons: Sequence[Reason], console: Console) -> list[str]:
    """Reasons as sentences in the language in use."""
    names = names_at(console.desk)
    return [safe_text(explain(reason, current(), names)) for reason in reasons]


def incident_named(console: Console, incident: IncidentId) -> Incident:
    """An incident of the picture, or a complaint."""
    held = console.desk.picture.incidents.get(incident)
    if held is None:
        raise Misread(_("no incident is called {incident}", incident=safe_text(incident, 40)))
    return held


async def choose_hospital(
    console: Console,
    incident: IncidentId,
    units: Sequence[UnitId],
    hospital: HospitalId,
    ranking: HospitalRanking,
) -> Result:
    """Name a hospital to one unit of an incident, after the question."""
    held = incident_named(console, incident)
    if not units:
        raise Misread(_("nobody was sent to {incident}: send a unit first", incident=held.id))
    units = _without_hospital_first(console, units)
    candidate = next((c for c in ranking.candidates if c.hospital == hospital), None)
    left_out = next((e for e in ranking.excluded if e.hospital == hospital), None)
    pick = units if len(units) > 1 else ()

    def question() -> Question:
        name = name_text(console.desk.picture.hospitals[hospital].name)
        first = f"{units[0]} {symbols().to} {name}" if len(units) == 1 else f"{symbols().to} {name}"
        nouns = [first, f"{held.id}  {city_said(console, held.city)} {place_said(held.place)}"]
        warnings: list[str] = []
        if candidate is not None:
            eta = minutes_text(candidate.eta.low_min, candidate.eta.high_min)
            distance = distance_text(candidate.distance_km)
            nouns.append(_("rank {rank}: {eta}, {distance}", rank=candidate.rank, eta=eta, distance=distance))
        else:
            why = _("; ").join(said(left_out.reasons if left_out else (), console))
            warnings.append(_("Not recommended: {why}", why=why))
        return Question(_("Name the hospital"), nouns, warnings, units=pick)

    answer = await ask_why(console, "hospital", question, candidate.rank if candidate else 0)
    if answer is None:
        return Result(False, _("no hospital was named"))
    unit = UnitId(answer.unit) if answer.unit else units[0]
    return result_of(await console.desk.choose_hospital(incident, unit, hospital, ranking, answer.reason))


async def choose_bank(console: Console, need: BloodNeed, plan: BankPlan, ranking: BloodRanking) -> Result:
    """Ask a bank for blood, after the question."""

    def question() -> Question:
        picture = console.desk.picture
        component = picture.components[need.component]
        bank = name_text(picture.banks[plan.bank].name)
        where = name_text(picture.hospitals[need.hospital].name) if need.hospital else ""
        amount = quantity_text(plan.quantity, component, current())
        eta = minutes_text(plan.eta.low_min, plan.eta.high_min)
        nouns = [
            f"{bank} {symbols().to} {where}",
            f"{name_text(component.name)} {group_text(need.group)} {amount}",
            *special_text(need, component),
            _("it sends {groups}", groups=_groups_sent(plan, component)),
            _("rank {rank}: {eta}", rank=plan.rank, eta=eta),
        ]
        # What is not the group asked for is never behind a scroll or a cut cell.
        others = any(line.group is not need.group for line in plan.lines)
        warnings = said(plan.reasons, console) if others else []
        if plan.quantity < need.quantity:
            wanted = quantity_text(need.quantity, component, current())
            warnings.append(_("Only {amount} of {wanted}", amount=amount, wanted=wanted))
        if not plan.in_time:
            warnings.append(_("It may come too late"))
        return Question(_("Ask for blood"), nouns, warnings)

    answer = await ask_why(console, "blood", question, plan.rank)
    if answer is None:
        return Result(False, _("no blood was asked for"))
    return result_of(await console.desk.choose_bank(need, plan, ranking, answer.reason))


async def ask_why(console: Console, kind: str, question: Callable[[], Question], rank: int) -> Answer | None:
    """Ask the question; what is not rank 1 needs a reason of the agreed ones. None: the operator left it."""

    def asked() -> Question:
        return replace(question(), reasons=None if rank == 1 else console.override_reasons(kind))

    answer = await console.ask(ChooseDialog(asked))
    return answer if isinstance(answer, Answer) else None


def _groups_sent(plan: BankPlan, component: Component) -> str:
    """ "O- 2 U + O+ 6 U"."""
    sent: dict[BloodGroup, int] = {}
    for line in plan.lines:
        sent[line.group] = sent.get(line.group, 0) + line.quantity
    return " + ".join(f"{g.value} {quantity_text(n, component, current())}" for g, n in sent.items())


def _without_hospital_first(console: Console, units: Sequence[UnitId]) -> Sequence[UnitId]:
    """Units of an incident, those that have no hospital yet before those that have."""
    fleet = console.desk.picture.fleet

    def bound(unit: UnitId) -> bool:
        status = fleet.view(unit).status if unit in fleet else None
        return status is not None and status.destination is not None

    return sorted(units, key=bound)


def city_said(console: Console, code: str) -> str:
    """A city by name, in the language in use."""
    city = next((city for key, city in console.desk.picture.cities.items() if key == code), None)
    return name_text(city.name) if city else safe_text(code)


def result_of(outcome: Outcome) -> Result:
    """What the desk answered, for the result line."""
    return Result(outcome.ok, outcome.message)
