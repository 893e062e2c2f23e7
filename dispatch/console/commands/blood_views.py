"""Commands that look at the stock in another way, and the one that reads labels."""

from collections.abc import Iterable
from typing import ClassVar

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Named, Words
from dispatch.console.dialogs.label import LabelDialog
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Result
from dispatch.domain.model import Name
from dispatch.language import N_


def banks(desk: Desk) -> Iterable[tuple[str, Name]]:
    return ((bank.id, bank.name) for bank in desk.picture.banks.values())


class _ViewBlood(Command):
    """To the blood screen, in one of its views."""

    group = GROUPS[1]
    view: ClassVar[str]

    async def run(self, console: Console) -> Result:
        if console.screen_name != "blood":
            await console.goto("blood")
        return await console.do("view", self.view, self.text("bank"))


class Stock(_ViewBlood):
    verbs = ("stock", "库存", "kucun")
    title = N_("Stock of all banks")
    help = N_("Amounts by bank, component and group, with the age of each count.")
    view = "stock"


class Days(_ViewBlood):
    verbs = ("days", "天数", "tianshu")
    title = N_("Days of cover")
    help = N_("How many days the stock lasts, expiry counted in; a count in brackets where days say nothing.")
    view = "days"


class Lots(_ViewBlood):
    verbs = ("lots", "明细", "mingxi")
    title = N_("Lots of a bank")
    help = N_(
        "Every lot of a bank, or of the city or all under the cursor, with expiry, state and attributes."
    )
    args = (Arg("bank", N_("bank"), Named("bank", banks), "长沙血液中心", required=False),)
    example = "lots 长沙血液中心"
    view = "lots"


class Rare(_ViewBlood):
    verbs = ("rare", "稀有", "xiyou", "熊猫血", "xiongmaoxue")
    title = N_("RhD-negative blood")
    help = N_("RhD-negative blood by count, with the floor of each city and the banks that hold it.")
    view = "rare"


class Expiring(_ViewBlood):
    verbs = ("expiring", "近效期", "jinxiaoqi")
    title = N_("Lots that expire soon")
    help = N_("Lots of all banks that expire soon or are past, the first to expire first.")
    view = "expiring"


class Trend(_ViewBlood):
    verbs = ("trend", "趋势", "qushi")
    title = N_("Trend of a stock")
    help = N_(
        "What the bank, city or all under the cursor held and issued day by day; unknown days stay open."
    )
    args = (Arg("bank", N_("bank"), Named("bank", banks), "长沙血液中心", required=False),)
    view = "trend"


class Label(Command):
    verbs = ("label", "标签", "biaoqian", "扫码", "saoma")
    title = N_("Read labels")
    help = N_(
        "Reads labels in ISBT 128 as a scanner types them, one bag in any order, and finds it in the stock."
    )
    group = GROUPS[1]
    args = (Arg("text", N_("scan"), Words(), "=%5100", required=False, rest=True),)
    example = "label G123417654321A"

    async def run(self, console: Console) -> Result:
        await console.ask(LabelDialog(console.desk, self.text("text")))
        return Result(True, "")
