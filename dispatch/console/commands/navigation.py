"""Commands that look: screens, find, filters, map, help."""

from collections.abc import Iterable

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Choice, Named, Words
from dispatch.console.places import FOUND_KINDS
from dispatch.console.ports import Console, Desk
from dispatch.console.present_places import place_said
from dispatch.console.results import Result, Suggestion
from dispatch.domain.model import Name
from dispatch.domain.operators import Right
from dispatch.language import N_, _, current
from dispatch.text import safe_text

SCREEN_TITLES = {
    "incidents": N_("Incidents"),
    "units": N_("Units"),
    "bloodwork": N_("Work list"),
    "blood": N_("Blood"),
    "holds": N_("Blood orders"),
    "map": N_("Map"),
    "alarms": N_("Alarms"),
    "aids": N_("Help between cities"),
    "claims": N_("Claims"),
    "quarantine": N_("Quarantine"),
    "drill": N_("Drill"),
    "moves": N_("Blood moves"),
    "help": N_("Help"),
}
SCREEN_WORDS = {
    "incidents": ("事件", "shijian"),
    "units": ("车辆", "cheliang"),
    "bloodwork": ("工作台", "gongzuotai", "血站", "xuezhan"),
    "blood": ("血液", "xueye"),
    "holds": ("血单", "xuedan"),
    "map": ("地图", "ditu"),
    "alarms": ("告警", "gaojing"),
    "aids": ("支援", "zhiyuan"),
    "claims": ("报销", "baoxiao"),
    "quarantine": ("隔离", "geli"),
    "moves": ("调剂", "tiaoji"),
    "drill": ("演练", "yanlian"),
}


def cities(desk: Desk) -> Iterable[tuple[str, Name]]:
    """Every city, and the word for all of them."""
    yield "all", Name(zh="全部", en="all")
    yield from ((code, city.name) for code, city in desk.picture.cities.items())


def found_names(start: str, desk: Desk) -> list[Suggestion]:
    """What the desk finds for an unfinished word."""
    return [
        Suggestion(
            place_said(found.name.text(current()), 40),
            f"{_(FOUND_KINDS[found.kind])} {safe_text(found.id, 24)}",
        )
        for found in desk.find(start, 8)
    ]


class Goto(Command):
    verbs = ("goto", "转到", "zhuandao")
    title = N_("Go to a screen")
    help = N_("Shows a screen. The name of the screen alone does the same.")
    group = GROUPS[3]
    args = (Arg("screen", N_("screen"), Choice(SCREEN_WORDS), "map"),)
    example = "goto map"
    lines = tuple(f"goto {screen}" for screen in SCREEN_WORDS)

    def label(self) -> str:
        return _(SCREEN_TITLES[self.text("screen")])

    async def run(self, console: Console) -> Result:
        screen = self.text("screen")
        if screen == "claims" and (why := console.desk.may(Right.CLAIMS)):
            return Result(False, why)
        if screen == "drill" and (why := console.desk.may(Right.DRILL) or _no_drill(console.desk)):
            return Result(False, why)
        await console.goto(screen)
        return Result(True, _(SCREEN_TITLES[screen]))


def _no_drill(desk: Desk) -> str:
    return "" if desk.drill else _("this is no drill")


class Find(Command):
    verbs = ("find", "查找", "chazhao")
    title = N_("Find")
    help = N_("Finds units, incidents, places, hospitals and blood banks by number, Chinese name or pinyin.")
    group = GROUPS[3]
    args = (Arg("text", N_("what to find"), Words(found_names), "xyeyy", rest=True),)
    example = "find xyeyy"

    async def run(self, console: Console) -> Result:
        sought = self.text("text")
        found = console.desk.find(sought, 20)
        if not found:
            return Result(False, _("nothing is found for {text}", text=safe_text(sought, 40)))
        first = found[0]
        shown = await console.show(first.kind, first.id)
        facts = {
            "kind": _(FOUND_KINDS[first.kind]),
            "name": safe_text(first.name.text(current()), 60),
            "more": len(found) - 1,
        }
        if not shown:
            return Result(False, _("{kind} {name} is found but cannot be shown", **facts))
        if len(found) > 1:
            return Result(True, _("{kind} {name} is shown; {more} more found", **facts))
        return Result(True, _("{kind} {name} is shown", **facts))


class ShowCity(Command):
    verbs = ("city", "城市", "chengshi")
    title = N_("Only one city")
    help = N_("Shows the units of one city, or of all; without a city the next one.")
    group = GROUPS[3]
    args = (Arg("city", N_("city"), Named("city", cities), "changsha", required=False),)
    example = "city 株洲"

    async def run(self, console: Console) -> Result:
        if console.screen_name != "units":
            await console.goto("units")
        return await console.do("city", self.text("city"))


STATE_WORDS = {
    "all": ("全部", "quanbu"),
    "free": ("可派", "kepai"),
    "busy": ("任务中", "renwuzhong"),
    "off": ("停用", "tingyong"),
}


class ShowState(Command):
    verbs = ("state", "状态", "zhuangtai")
    title = N_("Only one kind of state")
    help = N_("Shows units that are free, on a task or off duty; without a word the next kind.")
    group = GROUPS[3]
    args = (Arg("state", N_("state"), Choice(STATE_WORDS), "free", required=False),)
    example = "state free"

    async def run(self, console: Console) -> Result:
        if console.screen_name != "units":
            await console.goto("units")
        return await console.do("state", self.text("state"))


ZOOM_WORDS = {
    "in": ("放大", "fangda"),
    "out": ("缩小", "suoxiao"),
    "all": ("全图", "quantu"),
    "home": ("本市", "benshi"),
    "street": ("街道", "jiedao"),
}


class Zoom(Command):
    verbs = ("zoom", "缩放", "suofang")
    title = N_("Zoom the map")
    help = N_(
        "Zooms the map in or out, to all three cities, to the own one or another, or to the streets around "
        "what is pointed at."
    )
    group = GROUPS[3]
    args = (
        Arg(
            "how",
            N_("in, out, all, home or street"),
            Choice(ZOOM_WORDS),
            "in",
            required=False,
        ),
        Arg("city", N_("city"), Named("city", cities), "xiangtan", required=False),
    )
    example = "zoom 湘潭"

    async def run(self, console: Console) -> Result:
        if console.screen_name != "map":
            await console.goto("map")
        return await console.do("zoom", self.text("how") or self.text("city") or "all")


class Refresh(Command):
    verbs = ("refresh", "刷新", "shuaxin")
    title = N_("Rank anew")
    help = N_("Takes the newest ranking while you choose; until then the order stays as it is.")
    group = GROUPS[0]

    def why_not(self, console: Console) -> str:
        return console.can("refresh")

    async def run(self, console: Console) -> Result:
        return await console.do("refresh")


class Help(Command):
    verbs = ("help", "帮助", "bangzhu")
    title = N_("Help")
    help = N_("Shows keys and commands; with a command, only that one.")
    group = GROUPS[4]
    args = (Arg("topic", N_("command"), Words(), "send", required=False, rest=True),)
    example = "help send"

    async def run(self, console: Console) -> Result:
        await console.open_help(self.text("topic"))
        return Result(True, _("Help; Esc goes back"))
