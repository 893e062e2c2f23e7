"""A whole answer to a blood request as plain text lines, in either language."""

from collections.abc import Iterator, Mapping

from dispatch.decide.blood_demand import Demand, DemandRules
from dispatch.decide.blood_plan import BloodPlanning
from dispatch.decide.render import ranking_lines
from dispatch.domain.blood import Component, ComponentCode
from dispatch.domain.model import Name
from dispatch.language import N_, say
from dispatch.text import safe_text

Components = Mapping[ComponentCode, Component]


def planning_lines(
    planning: BloodPlanning,
    language: str,
    names: Mapping[str, Name],
    components: Components,
    demand: DemandRules,
    *,
    most: int = 10,
) -> list[str]:
    """The joint ladder where there are several components, then every component with its plans."""
    lines = []
    if planning.demand is not None:
        lines += [*demand_lines(planning.demand, demand, components, language), ""]
    if len(planning.parts) > 1:
        lines += [*_joint(planning, language, names, components), ""]
    for part in planning.parts:
        if len(planning.parts) > 1:
            lines.append(f"== {_amount(part.component, part.need.quantity, language)}")
        lines += [*ranking_lines(part, language, names, most=most), ""]
    return lines[:-1]


def demand_lines(found: Demand, rules: DemandRules, components: Components, language: str) -> Iterator[str]:
    """Patients, admissions, and what to plan for."""
    names = {each.code: each.name.text(language) for each in rules.classes}
    patients = say(language, N_(", ")).join(
        f"{names[code]} {count}" for code, count in found.patients.items()
    )
    places = {"general": N_("a general hospital"), "trauma_centre": N_("a trauma centre")}
    yield say(
        language,
        N_("{patients}: {admissions} admissions to {place}; rules: demand {edition}"),
        patients=patients,
        admissions=f"{found.admissions:g}",
        place=say(language, places[found.place]),
        edition=safe_text(found.edition),
    )
    for code, amount in found.amounts.items():
        yield f"  {_amount(components[code], amount, language)}"
    if not found.amounts:
        yield "  " + say(language, N_("no blood by the planning rule"))


def _joint(
    planning: BloodPlanning, language: str, names: Mapping[str, Name], components: Components
) -> Iterator[str]:
    yield say(language, N_("All components, by arrival:"))
    for step in planning.ladder:
        bank = names[step.bank].text(language) if step.bank in names else step.bank
        late = "" if step.in_time else say(language, N_(", late on a slow day"))
        yield "  " + say(
            language,
            N_("{minutes} min{late}: {amount} from {bank}"),
            minutes=round(step.minutes),
            late=late,
            amount=_amount(components[step.component], step.quantity, language),
            bank=safe_text(bank),
        )
    for code, amount in planning.missing.items():
        yield "! " + say(
            language, N_("still missing: {amount}"), amount=_amount(components[code], amount, language)
        )


def _amount(component: Component, quantity: int, language: str) -> str:
    unit = safe_text(component.unit.text(language), 20)
    return f"{safe_text(component.name.text(language), 40)} {quantity} {unit}"
