"""Commands about people: who sits here, and who called."""

from dispatch.console.commands.base import GROUPS, Command
from dispatch.console.commands.incidents import LOOKED_AT
from dispatch.console.dialogs.callers import CallersDialog
from dispatch.console.dialogs.signin import (
    BreakGlassDialog,
    BrokenGlass,
    SignedIn,
    SignInDialog,
    WithoutPassword,
)
from dispatch.console.ports import Console
from dispatch.console.results import Misread, Result
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import Right
from dispatch.language import N_, _

NOBODY_ASKED = N_("nobody has to sign in here: no operators are kept (czt operators add)")


class SignIn(Command):
    verbs = ("signin", "登录", "denglu")
    title = N_("Sign in")
    help = N_("Signs an operator in with his password; whoever sat here is signed out.")

    def why_not(self, console: Console) -> str:
        return "" if console.desk.operators() else _(NOBODY_ASKED)

    async def run(self, console: Console) -> Result:
        return await sign_in(console)


class BreakGlass(Command):
    verbs = ("breakglass", "应急登录", "yingjidenglu")
    title = N_("In without a password")
    help = N_("For an emergency: comes in at once as a dispatcher, with a reason; an alarm says so.")

    def why_not(self, console: Console) -> str:
        return "" if console.desk.operators() else _(NOBODY_ASKED)

    async def run(self, console: Console) -> Result:
        return await break_glass(console) or Result(False, _("nobody came in"))


class SignOut(Command):
    verbs = ("signout", "退出登录", "tuichudenglu")
    title = N_("Sign out")
    help = N_("Signs out. What is under way goes on; the console shows everything and does nothing.")

    def why_not(self, console: Console) -> str:
        if not console.desk.operators():
            return _(NOBODY_ASKED)
        return "" if console.desk.signed_in else _("nobody signed in here")

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.sign_out()
        return Result(outcome.ok, outcome.message)


class Callers(Command):
    verbs = ("callers", "来电", "laidian")
    title = N_("Callers in full")
    help = N_("Shows the numbers and names of those who called about an incident; each look is logged.")
    group = GROUPS[0]
    right = Right.CALLER
    args = (LOOKED_AT,)
    example = "callers CS-1124-0003"

    async def run(self, console: Console) -> Result:
        wanted = self.text("incident") or console.selected("incident") or ""
        if not wanted:
            raise Misread(_("whose callers? name the incident, or put the cursor on it (F2)"))
        incident = IncidentId(wanted)
        calls = await console.desk.callers_unmasked(incident)
        await console.ask(CallersDialog(incident, calls))
        return Result(
            True, _("{count} calls about {incident} were shown", count=len(calls), incident=incident)
        )


async def sign_in(console: Console, *, operator: str = "", leavable: bool = True) -> Result:
    """Ask until somebody is signed in, or only wants to look."""
    while True:
        answer = await console.ask(SignInDialog(console.desk, operator=operator, leavable=leavable))
        if isinstance(answer, SignedIn):
            return Result(True, answer.message)
        if isinstance(answer, WithoutPassword):
            came_in = await break_glass(console)
            if came_in is not None:
                return came_in
        elif leavable:
            return Result(False, _("nobody signed in: you can look, and not act"))


async def break_glass(console: Console) -> Result | None:
    """Ask for the name and the reason and come in; None when it was left."""
    answer = await console.ask(BreakGlassDialog(console.desk))
    if not isinstance(answer, BrokenGlass):
        return None
    outcome = await console.desk.sign_in_by_break_glass(answer.operator, answer.reason)
    return Result(outcome.ok, outcome.message)
