"""Commands of the drill leader: let something happen, stop the drill, let it go on, change its pace."""

from collections.abc import Iterable
from typing import cast

from dispatch.console.commands.base import DRILLS, Arg, Command
from dispatch.console.commands.readers import Choice, Numbered, Words
from dispatch.console.dialogs.inject import InjectDialog
from dispatch.console.injecting import FIELDS, KIND_NAMES, event_of
from dispatch.console.ports import Console, Desk
from dispatch.console.present_drill import facts_of
from dispatch.console.results import Misread, Result
from dispatch.domain.drills import FASTEST, SLOWEST
from dispatch.domain.operators import Right
from dispatch.language import N_, _
from dispatch.text import fold, safe_text

STEPS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0)
FASTER, SLOWER = "faster", "slower"
KIND_WORDS = {
    "mass_casualty": ("群体伤", "quntishang"),
    "bridge_closed": ("桥梁封闭", "qiaoliangfengbi"),
    "hospital_diverted": ("医院分流", "yiyuanfenliu"),
    "demand": ("呼叫激增", "hujiaojizeng"),
    "units_out": ("车辆停用", "cheliangtingyong"),
    "blood_shortage": ("血液紧缺", "xueyejinque"),
    "link_lost": ("链路中断", "lianluzhongduan"),
    "gps_lost": ("定位丢失", "dingweidiushi"),
}


class Inject(Command):
    verbs = ("inject", "注入", "zhuru")
    title = N_("Let something happen")
    help = N_(
        "Lets an event happen in the drill at once. Without fields it asks for them; in a line they are "
        "written name=value: inject units_out city=zhuzhou percent=50 minutes=30."
    )
    group = DRILLS
    right = Right.DRILL
    args = (
        Arg("kind", N_("what happens"), Choice(KIND_WORDS), "bridge_closed", required=False),
        Arg("fields", N_("fields"), Words(), "bridge=CS-R-HOUZISHI minutes=30", required=False, rest=True),
    )
    example = "inject bridge_closed"
    lines = ("inject", *(f"inject {kind}" for kind in KIND_WORDS))

    def label(self) -> str:
        return _(KIND_NAMES[self.text("kind")]) if self.text("kind") else _("Let happen")

    async def run(self, console: Console) -> Result:
        kind, typed = self.text("kind"), self.text("fields")
        event = event_of(console.desk, kind, _fields(kind, typed)) if typed and kind else None
        if typed and not kind:
            raise Misread(_("say what happens first: {kinds}", kinds=_(", ").join(KIND_NAMES)))
        if event is None:
            event = cast("dict[str, object] | None", await console.ask(InjectDialog(console.desk, kind)))
        if event is None:
            return Result(True, "")
        outcome = await console.desk.steering.inject(event)
        name = _(KIND_NAMES[str(event["kind"])])
        return Result(outcome.ok, f"{name}{_(': ')}{outcome.message}")


def _fields(kind: str, typed: str) -> dict[str, str]:
    """The fields of a line: name=value, divided by blanks."""
    said = {}
    for word in typed.replace("＝", "=").split():
        name, equals, value = word.partition("=")
        if not equals or name not in (*FIELDS[kind], "reason"):
            allowed = " ".join(f"{field}=…" for field in FIELDS[kind])
            facts = {"word": safe_text(word, 40), "allowed": allowed}
            raise Misread(_("{word} is no field of this; write {allowed}", **facts))
        said[name] = value
    return said


def _events(desk: Desk) -> Iterable[tuple[str, str]]:
    """What is to come or under way."""
    course = desk.steering.course
    return (
        (one.key, f"{_(KIND_NAMES[one.event.kind])} {facts_of(one, desk.picture)}")
        for one in (course.events if course is not None else ())
        if one.ended_s is None
        and (one.happened_s is None or one.under_way(course.elapsed_s if course else 0))
    )


class DrillEnd(Command):
    verbs = ("drillend", "结束事件", "jieshushijian")
    title = N_("End an event of the drill")
    help = N_(
        "Ends the event under the cursor before its time; one that is still to come is called off. What "
        "is over at once, as casualties and blood that is gone, cannot be ended."
    )
    group = DRILLS
    right = Right.DRILL
    args = (Arg("event", N_("event of the drill"), Numbered(_events), "L1", required=False),)
    example = "drillend"

    def label(self) -> str:
        return _("End event")

    async def run(self, console: Console) -> Result:
        key = self.text("event") or console.selected("happening") or ""
        if not key:
            raise Misread(_("put the cursor on an event, or name it: drillend L1"))
        outcome = await console.desk.steering.end(key)
        return Result(outcome.ok, outcome.message)


class DrillPause(Command):
    verbs = ("drillpause", "演练暂停", "yanlianzanting")
    title = N_("Stop the drill")
    help = N_("Drill time stands still for every console, centre and crew until it is let go on.")
    group = DRILLS
    right = Right.DRILL
    example = "drillpause"

    def label(self) -> str:
        return _("Stop")

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.steering.pause()
        return Result(outcome.ok, outcome.message)


class DrillGo(Command):
    verbs = ("drillgo", "演练继续", "yanlianjixu")
    title = N_("Let the drill go on")
    help = N_("Drill time goes on at the pace it had.")
    group = DRILLS
    right = Right.DRILL
    example = "drillgo"

    def label(self) -> str:
        return _("Go on")

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.steering.resume()
        return Result(outcome.ok, outcome.message)


class DrillSpeed(Command):
    verbs = ("drillspeed", "演练倍速", "yanlianbeisu")
    title = N_("Pace of the drill")
    help = N_("Runs the drill faster or slower than the clock, for all in it: a number, faster or slower.")
    group = DRILLS
    right = Right.DRILL
    args = (Arg("speed", N_("pace"), Words(), "4", rest=True),)
    example = "drillspeed 4"
    lines = ("drillspeed faster", "drillspeed slower", "drillspeed 1")

    def label(self) -> str:
        words = {FASTER: _("Faster"), SLOWER: _("Slower")}
        return words.get(self.text("speed"), f"×{self.text('speed')}")

    async def run(self, console: Console) -> Result:
        outcome = await console.desk.steering.run_at(await self._wanted(console))
        return Result(outcome.ok, outcome.message)

    async def _wanted(self, console: Console) -> float:
        typed = fold(self.text("speed")).lstrip("×x")
        step = Choice({FASTER: ("快", "kuai"), SLOWER: ("慢", "man")}).read(typed, console.desk)
        if step is not None:
            await console.desk.steering.refresh()
            course = console.desk.steering.course
            now = course.speed if course is not None else 1.0
            further = [one for one in STEPS if (one > now if step == FASTER else one < now)]
            return (min(further) if step == FASTER else max(further)) if further else now
        try:
            speed = float(typed)
        except ValueError:
            speed = 0.0
        if not SLOWEST <= speed <= FASTEST:
            facts = {"least": SLOWEST, "most": FASTEST}
            raise Misread(_("the pace is a number from {least:g} to {most:g}, faster or slower", **facts))
        return speed
