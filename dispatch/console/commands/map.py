"""Commands of the map: follow a unit, rings of driving minutes, ways of moving units, the map as a file."""

from collections.abc import Iterable

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Choice, Named
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Result
from dispatch.domain.model import Name
from dispatch.language import N_

ON_OFF = {"on": ("开", "kai"), "off": ("关", "guan")}
FORMATS = {"geojson": ("数据", "shuju"), "svg": ("图片", "tupian")}


def units(desk: Desk) -> Iterable[tuple[str, Name]]:
    """Every unit by its number."""
    return ((unit.id, Name(zh=unit.id, en=unit.id)) for unit in desk.picture.fleet.units)


class _OnMap(Command):
    """A command that shows the map first."""

    group = GROUPS[3]
    act: str

    async def run(self, console: Console) -> Result:
        if console.screen_name != "map":
            await console.goto("map")
        return await console.do(self.act, *(self.text(arg.name) for arg in self.args))


class Follow(_OnMap):
    verbs = ("follow", "跟随", "gensui")
    title = N_("Follow a unit")
    help = N_(
        "Keeps a unit in the middle of the map until the map is moved; without a number the one pointed at, "
        "and again to stop."
    )
    args = (Arg("unit", N_("unit"), Named("unit", units), "CS-003", required=False),)
    example = "follow CS-003"
    act = "follow"


class Rings(_OnMap):
    verbs = ("rings", "时间圈", "shijianquan")
    title = N_("Rings of driving minutes")
    help = N_(
        "Draws how far away a unit may be that reaches the place pointed at within so many minutes "
        "(config/console.toml); a river without a bridge bends the rings."
    )
    args = (Arg("how", N_("on or off"), Choice(ON_OFF), "on", required=False),)
    example = "rings on"
    act = "rings"


class Routes(_OnMap):
    verbs = ("routes", "路线", "luxian")
    title = N_("Ways of all units")
    help = N_(
        "Draws the way of every unit on a task to where it is bound, by the bridge it is reckoned over; "
        "otherwise only of what is pointed at."
    )
    args = (Arg("how", N_("on or off"), Choice(ON_OFF), "on", required=False),)
    example = "routes on"
    act = "routes"


class ExportMap(_OnMap):
    verbs = ("export", "导出", "daochu")
    title = N_("Map as a file")
    help = N_("Writes the map as it is now into the data folder: geojson for other programs, svg to look at.")
    args = (Arg("format", N_("format"), Choice(FORMATS), "svg"),)
    example = "export svg"
    lines = ("export geojson", "export svg")
    act = "export"
