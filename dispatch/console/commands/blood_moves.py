"""Commands on moves of blood before it outdates; the screen itself is reached by its name."""

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Words
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.domain.operators import Right
from dispatch.language import N_


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
