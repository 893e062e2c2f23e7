"""Commands about people: who sits here, and who called."""

import re

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.incidents import LOOKED_AT, known_incident_ids
from dispatch.console.commands.readers import Numbered, Words
from dispatch.console.dialogs.callers import CallersDialog
from dispatch.console.dialogs.signin import (
    BreakGlassDialog,
    BrokenGlass,
    SignedIn,
    SignInDialog,
    WithoutPassword,
)
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Misread, Result
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import Right
from dispatch.language import N_, _
from dispatch.text import fold

_WHOLE_NUMBER = re.compile(r"[A-Z]{2}-\d{4}-\d{4}")


class EverNumbered(Numbered):
    """An incident of which callers may be kept: also one that ended long ago, by its whole number."""

    def read(self, word: str, desk: Desk) -> object | None:
        whole = fold(word).upper()
        return super().read(word, desk) or (whole if _WHOLE_NUMBER.fullmatch(whole) else None)


NOBODY_ASKED = N_("nobody has to sign in here: no operators are kept (czt operators add)")


ANY_INCIDENT = Arg("incident", N_("incident"), EverNumbered(known_incident_ids, short=True), "CS-1124-0003")


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


class EraseCallers(Command):
    verbs = ("erasecallers", "删除来电", "shanchulaidian")
    title = N_("Erase callers")
    help = N_(
        "Deletes the numbers and names of those who called about an incident for good; the reason is logged."
    )
    group = GROUPS[0]
    right = Right.CALLER
    args = (ANY_INCIDENT, Arg("reason", N_("reason"), Words(), "本人要求删除", rest=True))
    example = "erasecallers CS-1124-0003 本人要求删除"

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.erase_callers(IncidentId(self.text("incident")), self.text("reason"))
        return Result(outcome.ok, outcome.message)


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
