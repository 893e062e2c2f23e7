"""What a free unit should take, and who goes where when many are hurt, as plain text in either language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dispatch.decide.editions import edition_text
from dispatch.decide.mass_models import MassLender, MassPlan, MassTask, Receiving, Uncovered, Waiting
from dispatch.decide.next_task import NextRanking, Task
from dispatch.decide.reasons import CHINA, Reason
from dispatch.decide.spoken import Spoken
from dispatch.decide.task_reasons import task_said
from dispatch.decide.travel import Eta
from dispatch.domain.model import Name
from dispatch.language import N_
from dispatch.text import cell_width, fit, safe_text


def next_lines(
    ranking: NextRanking, language: str, names: Mapping[str, Name], *, most: int = 10
) -> list[str]:
    """The incidents for a unit, at most `most` in order and as many left out, the rest counted."""
    return list(_Lines(language, names, most).next(ranking))


def next_beside(ranking: NextRanking, language: str, names: Mapping[str, Name]) -> list[str]:
    """Why each incident stands where it stands, what lenders keep, and every one that is left out."""
    lines = _Lines(language, names, len(ranking.excluded))
    found = []
    for task in ranking.candidates:
        found.append(f"{task.rank}. {lines.reasons(task.reasons)}")
        if task.lender is not None:
            found.append(f"   {lines.keeps(task.lender)}")
    return [*found, *(f"! {lines.reasons([one])}" for one in ranking.advice), *lines.left_out(ranking)]


def mass_lines(plan: MassPlan, language: str, names: Mapping[str, Name], *, most: int = 10) -> list[str]:
    """The plan, at most `most` units and left-out units, the rest counted; uncovered always in full."""
    return list(_Lines(language, names, most).mass(plan))


class _Lines(Spoken):
    """Says one answer in one language."""

    def __init__(self, language: str, names: Mapping[str, Name], most: int) -> None:
        super().__init__(language, names)
        self.most = most

    def reasons(self, reasons: Iterable[Reason]) -> str:
        return self.say(N_("; ")).join(task_said(one, self.language, self.names) for one in reasons)

    def minutes(self, eta: Eta) -> str:
        low, high = f"{eta.low_min:.0f}", f"{eta.high_min:.0f}"
        return self.say(N_("{eta} min ({low}-{high})"), eta=f"{eta.minutes:.0f}", low=low, high=high)

    def _head(self, advice: NextRanking | MassPlan) -> Iterator[str]:
        moment = f"{advice.as_of.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
        edition = edition_text(advice.edition, self.language)
        yield self.say(N_("As of {moment}; rules: {edition}"), moment=moment, edition=edition)
        for one in advice.advice:
            yield f"! {self.reasons([one])}"

    def _more(self, total: int) -> Iterator[str]:
        if total > self.most:
            yield "     " + self.say(N_("and {count} more"), count=total - self.most)

    # --- a free unit

    def next(self, ranking: NextRanking) -> Iterator[str]:
        yield from self._head(ranking)
        unit, city = safe_text(ranking.request.unit), self.name(ranking.city)
        yield self.say(N_("{unit} of {city}: which incident next?"), unit=unit, city=city)
        for task in ranking.candidates[: self.most]:
            yield f"{task.rank:>3}. {self.task(task)}"
            if task.lender is not None:
                yield "     " + self.keeps(task.lender)
        yield from self._more(len(ranking.candidates))
        if ranking.excluded:
            yield ""
        yield from self.left_out(ranking)

    def left_out(self, ranking: NextRanking) -> Iterator[str]:
        """Incidents that the unit should not take, with their reasons."""
        if ranking.excluded:
            yield self.say(N_("Left out: {count}"), count=len(ranking.excluded))
        for left in ranking.excluded[: self.most]:
            name, city = _id(left.incident, 14), fit(self.name(left.city), 8)
            yield f"  {name} {city} {self.reasons(left.reasons)}"
        yield from self._more(len(ranking.excluded))

    def task(self, task: Task) -> str:
        """One incident that the unit may take."""
        name, city = _id(task.incident, 14), fit(self.name(task.city), 8)
        urgent = self.say(N_("priority {priority}"), priority=int(task.priority))
        minutes, why = fit(self.minutes(task.eta), 18), self.reasons(task.reasons)
        return f"{name} {urgent} {city} {minutes} {why}"

    # --- many hurt at once

    def mass(self, plan: MassPlan) -> Iterator[str]:
        yield from self._head(plan)
        for place in plan.request.places:
            red, yellow, green = place.patients
            facts = {"place": safe_text(place.id), "city": self.name(place.city), "sent": place.sent}
            yield self.say(
                N_("{place} ({city}): {red} red, {yellow} yellow, {green} green; {sent} units on their way"),
                **facts,
                red=red,
                yellow=yellow,
                green=green,
            )
        yield ""
        yield self.say(N_("Units: {count}"), count=len(plan.tasks))
        yield from (self._mass_task(task) for task in plan.tasks)
        yield from self._uncovered(plan.uncovered)
        yield from (self._lender(lender) for lender in plan.lenders)
        yield ""
        yield from self._waiting(plan)
        yield ""
        yield self.say(N_("Hospitals (all patients, those not covered yet too):"))
        yield from (self._receives(one) for one in plan.receiving)
        yield from self._unused(plan)

    def _mass_task(self, task: MassTask) -> str:
        hospital = self.name(task.hospital) if task.hospital else self.say(N_("no hospital suits"))
        urgent = self.say(N_("priority {priority}"), priority=int(task.priority))
        lent = self.say(N_(" ({city} lends)"), city=self.name(task.city)) if task.cross_city else ""
        place = _id(f"{task.place} {urgent} x{task.patients}", 28)
        return f"  {_id(task.unit, 7)} {place} {fit(self.minutes(task.eta), 14)} {hospital}{lent}"

    def _uncovered(self, uncovered: Sequence[Uncovered]) -> Iterator[str]:
        for one in uncovered:
            place, why = safe_text(one.place), self.reasons(one.reasons)
            yield self.say(
                N_("! {place}: {patients} patients of priority {priority} without a unit: {why}"),
                place=place,
                patients=one.patients,
                priority=int(one.priority),
                why=why,
            )

    def _lender(self, lender: MassLender) -> str:
        return self.say(
            N_(
                "{city} lends {lent} of {free} free; {own} for its own patients, reserve {reserve} of {fleet}"
            ),
            city=self.name(lender.city),
            lent=lender.lent,
            own=lender.own_first,
            free=lender.free,
            fleet=lender.fleet,
            reserve=lender.reserve,
        )

    def _waiting(self, plan: MassPlan) -> Iterator[str]:
        yield self.say(N_("Minutes to a unit, mean and longest of those covered:"))
        ways = (
            (N_("this plan"), plan.optimal),
            (N_("one by one, the gravest first"), plan.in_triage_order),
            (N_("one by one, as they were called in"), plan.in_order_given),
        )
        for title, way in ways:
            yield f"  {fit(self.say(title), 34)} " + "  ".join(self._waits(one) for one in way)

    def _waits(self, one: Waiting) -> str:
        if one.mean_min is None or one.longest_min is None:
            figures = "-"
        else:
            figures = f"{one.mean_min:.1f}/{one.longest_min:.1f}"
        return self.say(
            N_("priority {priority}: {figures} ({covered} of {patients})"),
            priority=int(one.priority),
            figures=figures,
            covered=one.covered,
            patients=one.patients,
        )

    def _receives(self, one: Receiving) -> str:
        red, yellow, green = one.patients
        dealt = self.say(N_("{red} red, {yellow} yellow, {green} green"), red=red, yellow=yellow, green=green)
        queue = "?" if one.waiting is None else one.waiting
        waiting = self.say(N_("ambulances waiting: {waiting}"), waiting=queue)
        why = self.reasons(one.reasons)
        return f"  {fit(self.name(one.hospital), 26)} {dealt}  {waiting}  {why}".rstrip()

    def _unused(self, plan: MassPlan) -> Iterator[str]:
        if not plan.unused:
            return
        yield ""
        yield self.say(N_("Units not used: {count}"), count=len(plan.unused))
        for one in plan.unused[: self.most]:
            yield f"  {_id(one.unit, 8)} {fit(self.name(one.city), 8)} {self.reasons(one.reasons)}"
        yield from self._more(len(plan.unused))


def _id(text: str, width: int) -> str:
    """An id in a column: never cut, for two units may differ in the last digit only."""
    whole = safe_text(text)
    return fit(whole, max(width, cell_width(whole)))
