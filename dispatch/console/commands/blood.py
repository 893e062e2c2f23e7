"""Commands of the blood side."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.incidents import HOSPITAL
from dispatch.console.commands.readers import ByWhen, GroupWord, Named, Whole
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Result
from dispatch.domain.model import Name
from dispatch.language import N_


def components(desk: Desk) -> Iterable[tuple[str, Name]]:
    return ((component.code, component.name) for component in desk.picture.components.values())


class Blood(Command):
    verbs = ("blood", "用血", "yongxue")
    title = N_("Request blood")
    help = N_(
        "Ranks the blood banks for a component, group (? if unknown), quantity, hospital and time needed by."
    )
    group = GROUPS[1]
    args = (
        Arg("group", N_("blood group"), GroupWord(), "O+"),
        Arg("quantity", N_("quantity"), Whole("u|ml|治疗量|单位", most=100_000), "6"),
        Arg("need_by", N_("needed by"), ByWhen(), "40min"),
        Arg("component", N_("component"), Named("component", components), "悬浮红细胞"),
        HOSPITAL,
    )
    example = "blood 悬浮红细胞 O+ 6 湘雅二医院 40min"

    async def run(self, console: Console) -> Result:
        if console.screen_name != "blood":
            await console.goto("blood")
        need_by = cast("datetime", self.fields["need_by"])
        words = [self.text(name) for name in ("component", "group", "quantity", "hospital")]
        return await console.do("request", *words, need_by.isoformat())
