"""The guided tour: begins, skips a step, ends."""

from dispatch.console.commands.base import Arg, Command
from dispatch.console.commands.readers import Choice
from dispatch.console.ports import Console
from dispatch.console.results import Misread, Result
from dispatch.language import N_, _

STEPS = {"next": ("下一步", "xiayibu"), "stop": ("结束", "jieshu")}


class TakeTour(Command):
    verbs = ("tour", "导览", "daolan")
    title = N_("Guided tour")
    help = N_(
        "Shows a newcomer the console in a drill: one thing to do at a time, which waits until it is done. "
        "next skips one, stop ends it."
    )
    args = (Arg("step", N_("next or stop"), Choice(STEPS), "stop", required=False),)
    example = "tour"
    lines = ("tour", "tour next", "tour stop")

    def label(self) -> str:
        match self.text("step"):
            case "next":
                return _("Skip a step of the tour")
            case "stop":
                return _("End the tour")
            case _:
                return _("Guided tour")

    def why_not(self, console: Console) -> str:
        if not console.desk.drill:
            return _("the tour sends units: it is for drills, czt drill --tour")
        if not console.trade.ambulances:
            return _("the tour is one of a dispatcher's work; help lists your keys")
        wanted = self.text("step")
        return _("nobody takes the tour") if wanted and not console.tour.running else ""

    async def run(self, console: Console) -> Result:
        tour = console.tour
        match self.text("step"):
            case "next":
                tour.go_on()
            case "stop":
                tour.end()
            case _:
                if tour.running:
                    raise Misread(_("the tour is under way: tour next skips a step, tour stop ends it"))
                await console.goto("incidents")
                tour.begin()
                return Result(True, _("The tour begins; it can be ended at any time"))
        return Result(True, "" if tour.running else _("The tour is over; help and tour are always there"))
