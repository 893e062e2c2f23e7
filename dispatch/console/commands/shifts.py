"""Commands of desks and shifts: who works on what, and the handover."""

from dispatch.console.commands.base import SHIFTS, Command
from dispatch.console.dialogs.desks import DesksDialog
from dispatch.console.dialogs.handover import HandoverDialog, Signing
from dispatch.console.faults import said_error
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.domain.errors import DispatchError
from dispatch.domain.operators import Right
from dispatch.language import N_, _


class Desks(Command):
    verbs = ("desks", "席位", "xiwei")
    title = N_("Who works on what")
    help = N_("Lists the desks of all cities: who sits there, since when, on which incident.")
    group = SHIFTS
    example = "desks"

    async def run(self, console: Console) -> Result:
        incident = await console.ask(DesksDialog(console.desk))
        if not isinstance(incident, str):
            return Result(True, "")
        shown = await console.show("incident", incident)
        return Result(shown, incident)


class Handover(Command):
    verbs = ("handover", "交班", "jiaoban")
    title = N_("Hand the shift over")
    help = N_(
        "Shows the handover sheet: open incidents, alarms, units out, loans, orders whose end is not known. "
        "Both sign it."
    )
    group = SHIFTS
    right = Right.HANDOVER
    example = "handover"

    def label(self) -> str:
        return _("Shift")

    async def run(self, console: Console) -> Result:
        """Ask until it is signed or left: a wrong password loses neither the remarks nor the sheet."""
        before, wrong = None, ""
        while True:
            signing = await console.ask(HandoverDialog(console.desk, before, wrong))
            if not isinstance(signing, Signing):
                return Result(False, _("the shift was not handed over"))
            try:
                outcome = await console.desk.sign_handover(
                    signing.sheet, signing.incoming, signing.password, signing.remarks, signing.code
                )
            except DispatchError as error:
                before, wrong = signing, said_error(error)
                continue
            if outcome.ok:
                return Result(True, outcome.message)
            before, wrong = signing, outcome.message
