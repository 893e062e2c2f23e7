"""Commands of the blood side."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.incidents import HOSPITAL
from dispatch.console.commands.readers import (
    AntibodyWord,
    ByWhen,
    Choice,
    GroupWord,
    Named,
    PersonWord,
    SpecialWord,
    Whole,
)
from dispatch.console.ports import Console, Desk
from dispatch.console.results import Result
from dispatch.domain.model import Name
from dispatch.domain.operators import Right
from dispatch.language import N_

MODES = {
    "emergency": ("急诊", "jizhen", "紧急", "jinji"),
    "ad_hoc": ("临时", "linshi", "adhoc", "soon"),
    "stock": ("定期", "dingqi", "备货", "beihuo", "scheduled", "round"),
}
RECIPIENTS = {
    "general": ("成人", "chengren", "其他成人", "adult"),
    "child_bearing": ("育龄妇女", "yulingfunv", "育龄", "yuling", "女童", "nvtong", "childbearing"),
    "child": ("患儿", "huaner", "男童", "nantong"),
    "long_term": ("长期输血", "changqishuxue", "longterm"),
}
ANTI_D = {"anti-d": ("抗d", "kangd", "antid", "anti_d")}
PHYSICIAN = ("医师", "医生", "yishi", "doctor", "word")


def components(desk: Desk) -> Iterable[tuple[str, Name]]:
    return ((component.code, component.name) for component in desk.picture.components.values())


def antigens(desk: Desk) -> Iterable[str]:
    """Antigens other than D that a patient may have antibodies to."""
    return (antigen.code for antigen in desk.configuration.blood_rules.components.antigens)


def special(desk: Desk) -> Iterable[tuple[str, Name]]:
    """What lots of any component can be."""
    held = (each for component in desk.picture.components.values() for each in component.attributes)
    return {attribute.code: attribute.name for attribute in held}.items()


class Blood(Command):
    verbs = ("blood", "用血", "yongxue")
    title = N_("Request blood")
    help = N_(
        "Ranks the blood banks for a component, group (? if unknown), quantity, hospital and time needed by. "
        "May be added: ordinary drive or the next round, class of patient, antibodies, special units, "
        "the physician who allows another group."
    )
    group = GROUPS[1]
    right = Right.BLOOD
    args = (
        Arg("group", N_("blood group"), GroupWord(), "O+"),
        Arg("quantity", N_("quantity"), Whole("u|ml|治疗量|单位", most=100_000), "6"),
        Arg("need_by", N_("needed by"), ByWhen(), "40min"),
        Arg("physician", N_("physician"), PersonWord(PHYSICIAN), "医师:王强", required=False),
        Arg("mode", N_("delivery"), Choice(MODES, whole=True), "临时", required=False),
        Arg("recipient", N_("class of patient"), Choice(RECIPIENTS, whole=True), "育龄妇女", required=False),
        Arg("anti_d", N_("anti-D"), Choice(ANTI_D, whole=True), "抗D", required=False),
        Arg("antibodies", N_("other antibodies"), AntibodyWord(antigens), "抗K", required=False, many=True),
        Arg("attributes", N_("special units"), SpecialWord(special), "辐照", required=False, many=True),
        Arg("component", N_("component"), Named("component", components), "悬浮红细胞"),
        HOSPITAL,
    )
    example = "blood 悬浮红细胞 O+ 6 湘雅二医院 40min"

    async def run(self, console: Console) -> Result:
        if console.screen_name != "blood":
            await console.goto("blood")
        need_by = cast("datetime", self.fields["need_by"])
        words = [self.text(name) for name in ("component", "group", "quantity", "hospital")]
        rest = [self.text(name) for name in ("mode", "recipient", "anti_d", "physician")]
        against = cast("tuple[str, ...]", self.fields.get("antibodies", ()))
        marked = cast("tuple[str, ...]", self.fields.get("attributes", ()))
        return await console.do("request", *words, need_by.isoformat(), *rest, " ".join(against), *marked)
