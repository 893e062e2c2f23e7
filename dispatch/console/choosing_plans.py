"""A plan over several banks: one question, then every bank is asked for its part."""

from dispatch.console.choices import ask_why, result_of, said
from dispatch.console.dialogs.choose import Question
from dispatch.console.ports import Console
from dispatch.console.present import group_text, minutes_text, name_text, quantity_text
from dispatch.console.present_need import special_text
from dispatch.console.results import Result
from dispatch.console.symbols import symbols
from dispatch.decide.blood import BloodNeed, BloodRanking, Plan
from dispatch.decide.plans import bank_plan
from dispatch.language import _, current


async def choose_plan(console: Console, need: BloodNeed, plan: Plan, ranking: BloodRanking) -> Result:
    """Ask every bank of a plan, the soonest first; one that refuses is said, and the others are asked too."""

    def question() -> Question:
        component, language = ranking.component, current()
        where = name_text(console.desk.picture.hospitals[need.hospital].name) if need.hospital else ""
        nouns = [
            f"{name_text(component.name)} {group_text(need.group)} "
            f"{quantity_text(plan.quantity, component, language)} {symbols().to} {where}",
            *special_text(need, component),
        ]
        for step in plan.steps:
            amount = quantity_text(step.quantity, component, language)
            bank = name_text(console.desk.picture.banks[step.bank].name)
            groups = "/".join(dict.fromkeys(line.group.value for line in step.lines))
            nouns.append(f"{bank}  {groups} {amount}  {minutes_text(step.eta.low_min, step.eta.high_min)}")
        warnings = said(plan.reasons, console)
        if plan.missing:
            wanted = quantity_text(need.quantity, component, language)
            amount = quantity_text(plan.quantity, component, language)
            warnings.append(_("Only {amount} of {wanted}", amount=amount, wanted=wanted))
        return Question(_("Ask these banks for blood"), nouns, warnings)

    answer = await ask_why(console, "blood", question, plan.rank)
    if answer is None:
        return Result(False, _("no blood was asked for"))
    results = [
        result_of(
            await console.desk.choose_bank(need, bank_plan(step, plan, ranking), ranking, answer.reason)
        )
        for step in plan.steps
    ]
    return next((result for result in results if not result.ok), _together(results))


def _together(results: list[Result]) -> Result:
    return Result(True, _("; ").join(result.text for result in results))
