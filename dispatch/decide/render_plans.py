"""Plans for a need of blood as plain text lines: the ladder of arrivals, and what each plan trades."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil

from dispatch.decide.blood_models import BankExclusion, BloodRanking, LadderStep, Plan, PlanLine
from dispatch.decide.reasons import Reason, day_time, duration, explain
from dispatch.domain.model import Name
from dispatch.language import N_, say
from dispatch.text import fit, safe_text

AIM_WORDS = {
    "best": N_("by the order of merit"),
    "fewest": N_("fewest banks"),
    "soonest": N_("soonest bank first"),
    "gentlest": N_("gentlest on the lenders"),
    "closest": N_("closest groups first"),
    "own_city": N_("own city alone"),
}
"""What a plan was made for."""
PART_WORDS = {
    "confirmation": N_("confirmation"),
    "preparation": N_("preparation"),
    "packing": N_("packing"),
    "round": N_("until the round leaves"),
    "travel": N_("drive"),
}
"""Parts of the time until arrival."""


def plan_lines(ranking: BloodRanking, language: str, names: Mapping[str, Name]) -> list[str]:
    """Every plan with its ladder, then the banks that the first plan does without."""
    return list(_Said(ranking, language, names).all())


def ladder_said(steps: Iterable[LadderStep], unit: str, language: str) -> str:
    """ "2 U in 14 min, 6 U in 41 min": what has arrived in all, and by when."""
    said = [
        say(
            language,
            N_("{total} {unit} in {minutes} min"),
            total=step.total,
            unit=unit,
            minutes=round(step.minutes),
        )
        for step in steps
    ]
    return say(language, N_(", ")).join(said)


def lots_said(lines: Iterable[PlanLine], unit: str, language: str) -> str:
    """Lot by lot, each with its expiry."""
    said = [
        say(
            language,
            N_("{quantity} {unit} {group} lot {lot} expires {expires}"),
            quantity=line.quantity,
            unit=unit,
            group=line.group.value,
            lot=safe_text(line.lot),
            expires=day_time(line.expires_at.isoformat()),
        )
        for line in lines
    ]
    return say(language, N_(", ")).join(said)


def minutes_said(step: LadderStep, language: str) -> str:
    """The parts of the time until a step arrives: "packing 12 + drive 9", and how late it may be."""
    parts = [(part, minutes) for part, minutes in step.eta.components.items() if minutes]
    said = " + ".join(f"{say(language, PART_WORDS.get(part, part))} {minutes:.0f}" for part, minutes in parts)
    if step.in_time:
        return said
    late = say(language, N_("may be {late} late"), late=duration(ceil(step.late_min) * 60, language))
    return f"{said}  {late}"


class _Said:
    """The plans of one ranking in one language."""

    def __init__(self, ranking: BloodRanking, language: str, names: Mapping[str, Name]) -> None:
        self.ranking, self.language, self.names = ranking, language, names
        self.unit = safe_text(ranking.component.unit.text(language), 20)

    def all(self) -> Iterator[str]:
        for plan in self.ranking.plans:
            yield from self._plan(plan)
        if self.ranking.spared:
            yield say(self.language, N_("Not needed for plan 1:"))
        yield from (self._spared(bank) for bank in self.ranking.spared)

    def _plan(self, plan: Plan) -> Iterator[str]:
        yield say(
            self.language,
            N_("Plan {rank}, {aim}: {ladder}"),
            rank=plan.rank,
            aim=say(self.language, AIM_WORDS[plan.aim]),
            ladder=ladder_said(plan.steps, self.unit, self.language),
        )
        yield f"  {self._reasons(plan.reasons)}"
        if plan.trades:
            against = self._reasons(plan.trades)
            yield "  " + say(self.language, N_("against plan 1: {trades}"), trades=against)
        for step in plan.steps:
            lots = lots_said(step.lines, self.unit, self.language)
            yield f"  +{step.quantity} {self.unit} {self._name(step.bank)}  {lots}"
            yield f"    {minutes_said(step, self.language)}"

    def _spared(self, bank: BankExclusion) -> str:
        return f"  {fit(self._name(bank.bank), 26)} {self._reasons(bank.reasons)}"

    def _reasons(self, reasons: Iterable[Reason]) -> str:
        said = [explain(reason, self.language, self.names) for reason in reasons]
        return say(self.language, N_("; ")).join(said)

    def _name(self, code: str) -> str:
        known = self.names.get(code)
        return safe_text(known.text(self.language) if known else code)
