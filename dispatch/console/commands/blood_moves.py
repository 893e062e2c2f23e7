"""Commands on the blood cover of an incident and on moves before outdate."""

from dispatch.blood.casualties import casualties_of
from dispatch.blood.joined import cover_incident
from dispatch.blood.joined_words import joined_lines
from dispatch.console.commands.aids import given_incident
from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.incidents import LOOKED_AT
from dispatch.console.commands.readers import Words
from dispatch.console.dialogs.blood_cover import BloodCoverDialog
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.decide.reasons import names_of
from dispatch.domain.operators import Right
from dispatch.language import N_, _, current

_GRAVE = ("red", "yellow", "green")


class BloodCover(Command):
    verbs = ("bloodcover", "用血保障", "yongxuebaozhang")
    title = N_("Blood for the incident")
    help = N_("Shows blood cover by hour at the hospitals that an incident sends to, and what to move there.")
    group = GROUPS[1]
    args = (LOOKED_AT,)
    example = "bloodcover CS-1124-0003"

    async def run(self, console: Console) -> Result:
        desk, rules = console.desk, console.desk.configuration.joined_rules
        incident = desk.picture.incidents.get(given_incident(self, console))
        if incident is None:
            return Result(False, _("this incident is not known here any more"))
        hospitals = [one.hospital for one in desk.rank_hospitals(incident.id).candidates]
        casualties = casualties_of(desk.picture, incident, hospitals, rules)
        if not casualties:
            return Result(False, _("no hospital is known for this incident"))
        blood = desk.configuration.blood_rules
        answer = cover_incident(desk.picture, casualties, rules, blood, desk.clock.now())
        names = names_of(desk.picture)

        def lines() -> list[str]:
            graver = {grave: sum(getattr(one, grave) for one in casualties) for grave in _GRAVE}
            assumed = _("assumed, nobody has triaged: {red} red, {yellow} yellow, {green} green", **graver)
            return [assumed, *joined_lines(answer, desk.picture.components, names, current())]

        await console.ask(BloodCoverDialog(lines))
        missing = sum(1 for cover in answer.cover if cover.missing)
        if missing:
            return Result(False, _("blood is missing: {count} kinds, see bloodcover", count=missing))
        return Result(True, _("blood is covered, if what is proposed is sent"))


class KeepMove(Command):
    verbs = ("keep", "不调", "budiao")
    title = N_("Decline a move")
    help = N_("Declines the proposed move of blood under the cursor; the reason goes into the audit log.")
    group = GROUPS[1]
    right = Right.BLOOD
    args = (Arg("reason", N_("reason"), Words(), "送血车辆安排", required=False, rest=True),)
    example = "keep 送血车辆安排"

    def why_not(self, console: Console) -> str:
        return super().why_not(console) or console.can("keep")

    async def run(self, console: Console) -> Result:
        return await console.do("keep", self.text("reason"))
