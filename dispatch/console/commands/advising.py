"""Commands of advice: what a free unit should do next, and who goes where when many are hurt."""

from dispatch.console import advising, crewstates
from dispatch.console.commands.base import GROUPS, Command
from dispatch.console.commands.crews import ONE
from dispatch.console.commands.incidents import LOOKED_AT
from dispatch.console.ports import Console
from dispatch.console.results import Result
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import Right
from dispatch.domain.units import UnitId
from dispatch.language import N_


class Next(Command):
    verbs = ("next", "下一个", "xiayige")
    title = N_("Next incident")
    help = N_("Says which waiting incident a free unit should take, and sends it there if you say so.")
    group = GROUPS[0]
    right = Right.ORDER
    args = (ONE,)
    example = "next CS-012"

    async def run(self, console: Console) -> Result:
        named = self.text("unit")
        return await advising.next_task(console, UnitId(named) if named else crewstates.one_crew(console))


class Mass(Command):
    verbs = ("mass", "批量", "piliang")
    title = N_("Many hurt")
    help = N_("Shares units out among all patients of one event, shows the plan, and sends after a question.")
    group = GROUPS[0]
    right = Right.ORDER
    args = (LOOKED_AT,)
    example = "mass"

    async def run(self, console: Console) -> Result:
        named = self.text("incident")
        return await advising.mass(console, advising.meant(console, IncidentId(named) if named else None))
