"""Rankings as plain text lines in either language, for a terminal without a screen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from dispatch.decide.ambulances import UnitCandidate, UnitRanking
from dispatch.decide.blood import BankPlan, BloodRanking, PlanLine
from dispatch.decide.editions import edition_text
from dispatch.decide.hospitals import HospitalCandidate, HospitalRanking
from dispatch.decide.reasons import CHINA, Reason, explain
from dispatch.decide.render_plans import lots_said, plan_lines
from dispatch.decide.spoken import Spoken
from dispatch.decide.travel import Eta
from dispatch.domain.model import Name
from dispatch.language import N_
from dispatch.text import fit, safe_text

Ranking = UnitRanking | HospitalRanking | BloodRanking


def ranking_lines(ranking: Ranking, language: str, names: Mapping[str, Name], *, most: int = 10) -> list[str]:
    """The ranking as lines: at most `most` candidates and exclusions each, the rest counted."""
    return _Lines(language, names, most).of(ranking)


class _Lines(Spoken):
    """Says one ranking in one language."""

    def __init__(self, language: str, names: Mapping[str, Name], most: int) -> None:
        super().__init__(language, names)
        self.most = most

    def reasons(self, reasons: Iterable[Reason]) -> str:
        semicolon = self.say(N_("; "))
        return semicolon.join(explain(reason, self.language, self.names) for reason in reasons)

    def of(self, ranking: Ranking) -> list[str]:
        moment = f"{ranking.as_of.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
        lines = [
            self.say(
                N_("As of {moment}; rules: {edition}"),
                moment=moment,
                edition=edition_text(ranking.edition, self.language),
            )
        ]
        lines += [f"! {self.reasons([advice])}" for advice in ranking.advice]
        lines += self._methods([candidate.eta.method for candidate in ranking.candidates[: self.most]])
        if isinstance(ranking, UnitRanking):
            return lines + self._units(ranking)
        if isinstance(ranking, HospitalRanking):
            return lines + self._hospitals(ranking)
        return lines + self._blood(ranking)

    def _methods(self, methods: Iterable[str]) -> list[str]:
        """How the driving times were got, with how many candidates each."""
        counted = Counter(methods)
        if not counted:
            return []
        said = [
            self.say(N_("{method} ({count})"), method=self.say(method), count=count)
            for method, count in counted.most_common()
        ]
        return [self.say(N_("Driving times: {methods}"), methods=self.say(N_(", ")).join(said))]

    # --- units

    def _units(self, ranking: UnitRanking) -> list[str]:
        lines = []
        for candidate in ranking.candidates[: self.most]:
            lines.append(self._unit(candidate))
            if candidate.lender is not None:
                lines.append("     " + self.keeps(candidate.lender))
        lines += self._more(len(ranking.candidates))
        if ranking.why_not_nearer:
            lines += ["", self.say(N_("Why not the nearer one?"))]
        lines += [
            f"  {fit(safe_text(near.unit), 10)} {near.straight_km:5.1f} km  {self.reasons(near.reasons)}"
            for near in ranking.why_not_nearer
        ]
        left_out = [
            (safe_text(e.unit), "" if e.straight_km is None else f"{e.straight_km:5.1f} km", e.reasons)
            for e in ranking.excluded[: self.most]
        ]
        return lines + self._left_out(left_out, len(ranking.excluded))

    def _unit(self, candidate: UnitCandidate) -> str:
        city = fit(self.name(candidate.city), 10)
        return self._row(candidate.rank, safe_text(candidate.unit), city, candidate.eta, candidate.reasons)

    # --- hospitals

    def _hospitals(self, ranking: HospitalRanking) -> list[str]:
        lines = [self._hospital(candidate) for candidate in ranking.candidates[: self.most]]
        lines += self._more(len(ranking.candidates))
        left_out = [
            (self.name(e.hospital), f"{e.straight_km:5.1f} km", e.reasons)
            for e in ranking.excluded[: self.most]
        ]
        return lines + self._left_out(left_out, len(ranking.excluded))

    def _hospital(self, candidate: HospitalCandidate) -> str:
        city = fit(self.name(candidate.city), 10)
        name = self.name(candidate.hospital)
        return self._row(candidate.rank, name, city, candidate.eta, candidate.reasons, width=26)

    # --- blood

    def _blood(self, ranking: BloodRanking) -> list[str]:
        unit = safe_text(ranking.component.unit.text(self.language), 20)
        lines = plan_lines(ranking, self.language, self.names)
        if lines:
            lines += ["", self.say(N_("The banks one by one:"))]
        for plan in ranking.candidates[: self.most]:
            lines += [self._plan(plan, unit), "     " + self._lots(plan.lines, unit)]
        lines += self._more(len(ranking.candidates))
        left_out = [
            (self.name(e.bank), f"{e.straight_km:5.1f} km", e.reasons) for e in ranking.excluded[: self.most]
        ]
        return lines + self._left_out(left_out, len(ranking.excluded))

    def _plan(self, plan: BankPlan, unit: str) -> str:
        amount = fit(f"{plan.quantity} {unit}", 10)
        return self._row(plan.rank, self.name(plan.bank), amount, plan.eta, plan.reasons, width=26)

    def _lots(self, lines: Iterable[PlanLine], unit: str) -> str:
        return lots_said(lines, unit, self.language)

    # --- shared

    def _row(
        self, rank: int, name: str, extra: str, eta: Eta, reasons: tuple[Reason, ...], *, width: int = 10
    ) -> str:
        minutes = self.say(
            N_("{eta} min ({low}-{high})"),
            eta=f"{eta.minutes:.0f}",
            low=f"{eta.low_min:.0f}",
            high=f"{eta.high_min:.0f}",
        )
        return f"{rank:>3}. {fit(name, width)} {extra} {fit(minutes, 18)} {self.reasons(reasons)}"

    def _more(self, total: int) -> list[str]:
        if total <= self.most:
            return []
        return ["     " + self.say(N_("and {count} more"), count=total - self.most)]

    def _left_out(self, rows: Sequence[tuple[str, str, tuple[Reason, ...]]], total: int) -> list[str]:
        if not rows:
            return []
        lines = ["", self.say(N_("Left out: {count}"), count=total)]
        lines += [f"  {fit(name, 26)} {fit(km, 8)} {self.reasons(why)}" for name, km, why in rows]
        return lines + self._more(total)
