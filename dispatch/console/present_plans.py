"""Plans over several banks as rows beside the banks themselves: the ladder, reasons, and what each trades."""

from collections.abc import Iterator, Mapping

from dispatch.console.present_cells import Cell, Row
from dispatch.console.present_scene import Scene, name_text
from dispatch.console.present_times import clock_text, minutes_text
from dispatch.console.symbols import symbols
from dispatch.decide.blood import BloodRanking, LadderStep, Plan
from dispatch.decide.reasons import Reason, explain
from dispatch.decide.render_plans import AIM_WORDS, ladder_said, minutes_said
from dispatch.domain.model import Name
from dispatch.language import _, current
from dispatch.text import safe_text


def plan_key(plan: Plan) -> str:
    """The key of a plan's row; no bank's id can be like it."""
    return f"plan {plan.rank}"


class PlanRow:
    """One plan of a ranking, said in the language in use."""

    def __init__(self, plan: Plan, ranking: BloodRanking, scene: Scene, names: Mapping[str, Name]) -> None:
        self.plan, self.ranking, self.scene, self.names = plan, ranking, scene, names
        self.unit = name_text(ranking.component.unit)

    def row(self) -> Row:
        """The ladder stands among the reasons."""
        plan, first = self.plan, self.plan.rank == 1
        last = max(plan.steps, key=lambda step: step.eta.high_min)
        short = plan.missing > 0
        mark = f"{symbols().warning} " if short else ""
        weight = "strong" if first else "normal"
        sign = symbols().pointer if first else " "
        cells = (
            Cell(f"{sign}P{plan.rank}", weight, plan.rank / 100),
            Cell(_("plan: {aim}", aim=_(AIM_WORDS[plan.aim])), weight),
            Cell(_("{banks} banks", banks=len(plan.steps))),
            Cell(minutes_text(last.eta.low_min, last.eta.high_min), weight, last.eta.minutes),
            Cell("", "normal", last.distance_km),
            Cell(f"{mark}{plan.quantity} {self.unit}", "abnormal" if short else "normal", plan.quantity),
            Cell(f"{ladder_said(plan.steps, self.unit, current())}{_('; ')}{self._said(plan.reasons)}"),
            Cell(""),
        )
        return Row(plan_key(plan), cells)

    def detail(self) -> tuple[Cell, ...]:
        """Step by step who sends what, and the trades against plan 1."""
        return tuple(self._detail())

    def _detail(self) -> Iterator[Cell]:
        plan = self.plan
        ladder = ladder_said(plan.steps, self.unit, current())
        yield Cell(_("Plan {rank}: {ladder}", rank=plan.rank, ladder=ladder), "title")
        for step in plan.steps:
            yield Cell(f"+{step.quantity} {self.unit} {self._name(step.bank)}  {self._lots(step)}", "strong")
            yield Cell(minutes_said(step, current()), "dim")
        for reason in (*plan.reasons, *plan.trades):
            yield Cell(f"{symbols().pointer} {self._said((reason,))}", "reason")

    def _lots(self, step: LadderStep) -> str:
        parts = []
        for line in step.lines:
            expires = _("expires {time}", time=clock_text(line.expires_at, self.scene.now))
            parts.append(f"{line.group.value} {line.quantity} {safe_text(line.lot)} {expires}")
        return _(", ").join(parts)

    def _name(self, code: str) -> str:
        known = self.names.get(code)
        return name_text(known) if known else safe_text(code)

    def _said(self, reasons: tuple[Reason, ...]) -> str:
        return _("; ").join(explain(reason, current(), self.names) for reason in reasons)
