"""Commands of an incident's life: another call, chased, held, woken, changed, noted, reinforced, closed."""

from dataclasses import replace
from datetime import datetime
from typing import cast

from dispatch.console import life
from dispatch.console.commands.aids import given_incident
from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.incidents import (
    IDLE_INCIDENT,
    INCIDENT,
    LOOKED_AT,
    OWN_INCIDENT,
    SLEEPING_INCIDENT,
)
from dispatch.console.commands.readers import ByWhen, Choice, NeedWord, PriorityWord, Whole, Words
from dispatch.console.dialogs.amend import Amended
from dispatch.console.dialogs.join import Call
from dispatch.console.dialogs.life import CLOSING
from dispatch.console.ports import Console
from dispatch.console.present import CAPABILITY_WORDS
from dispatch.console.results import Result
from dispatch.domain.incidents import Act, Ending, Incident, Priority
from dispatch.domain.operators import Right
from dispatch.domain.units import Capability
from dispatch.language import N_, _

THIS = Arg("incident", N_("incident"), INCIDENT.reader, "CS-1124-0003", required=False)
"""The incident of a command; where none is named it is the one under the cursor."""
OWN = replace(THIS, reader=OWN_INCIDENT)
IDLE = replace(THIS, reader=IDLE_INCIDENT)
SLEEPING = replace(THIS, reader=SLEEPING_INCIDENT)
ENDING_WORDS = {
    Ending.COMPLETED.value: ("完成", "wancheng"),
    Ending.NOBODY_TO_CARRY.value: ("放空", "fangkong", "nobody"),
    Ending.ABORTED.value: ("中止", "zhongzhi"),
    Ending.REFUSED.value: ("拒绝", "jujue"),
    Ending.CANCELLED.value: ("取消", "quxiao"),
    Ending.DUPLICATE.value: ("重复", "chongfu"),
}


def meant(command: Command, console: Console) -> Incident:
    """The open incident that is named, else the one under the cursor."""
    return life.incident_open(console, given_incident(command, console))


class Chase(Command):
    verbs = ("chase", "催车", "cuiche")
    title = N_("The caller chases")
    help = N_(
        "Counts that a caller chases, and says what to tell him: which unit comes, in how many minutes."
    )
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (THIS, Arg("text", N_("what was said"), Words(), "病人加重", required=False, rest=True))
    example = "chase CS-1124-0003"

    async def run(self, console: Console) -> Result:
        return await life.join_now(console, meant(self, console).id, Act.CHASE, Call(self.text("text")))


class Join(Command):
    verbs = ("join", "并入", "bingru")
    title = N_("Join a call to an incident")
    help = N_(
        "Another call about an open incident: counted with it, never a new one. Without words it asks for "
        "them and for the caller, who is kept at this console."
    )
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (THIS, Arg("text", N_("what was said"), Words(), "另一人报同一车祸", required=False, rest=True))
    example = "join CS-1124-0003 另一人报同一车祸"

    async def run(self, console: Console) -> Result:
        incident, text = meant(self, console), self.text("text")
        if text:
            return await life.join_now(console, incident.id, Act.REPEAT, Call(text))
        return await life.join(console, (incident,), Act.REPEAT, Call())


class Hold(Command):
    verbs = ("hold", "挂起", "guaqi")
    title = N_("Hold an incident")
    help = N_("Puts an incident off until a time, or until it is woken; a reason is needed.")
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (
        IDLE,
        Arg("until", N_("until"), ByWhen(), "30min", required=False),
        Arg("reason", N_("reason"), Words(), "等家属决定", required=False, rest=True),
    )
    example = "hold CS-1124-0003 30min 等家属决定"

    async def run(self, console: Console) -> Result:
        until = cast("datetime | None", self.fields.get("until"))
        return await life.hold(console, meant(self, console), self.text("reason"), until)


class Wake(Command):
    verbs = ("wake", "唤醒", "huanxing")
    title = N_("Wake a held incident")
    help = N_("Wakes a held incident: units are wanted again.")
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (SLEEPING,)
    example = "wake CS-1124-0003"

    async def run(self, console: Console) -> Result:
        return await life.wake(console, meant(self, console))


class Amend(Command):
    verbs = ("amend", "更改", "genggai")
    title = N_("Change an incident")
    help = N_(
        "Changes priority, patients, needs (those given replace the old ones) or complaint; without any it "
        "opens the form."
    )
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (
        OWN,
        Arg("priority", N_("priority"), PriorityWord(), "p1", required=False),
        Arg("patients", N_("patients"), Whole("人|名"), "3", required=False),
        Arg("needs", N_("needs"), NeedWord(CAPABILITY_WORDS), "trauma", required=False, many=True),
        Arg("complaint", N_("complaint"), Words(), "心跳骤停", required=False, rest=True),
    )
    example = "amend CS-1124-0003 p1 3 trauma"

    async def run(self, console: Console) -> Result:
        needs = self.fields.get("needs")
        changes = Amended(
            priority=cast("Priority | None", self.fields.get("priority")),
            patients=cast("int | None", self.fields.get("patients")),
            needs=frozenset(cast("tuple[Capability, ...]", needs)) if needs else None,
            complaint=self.text("complaint") or None,
        )
        given = changes if changes != Amended() else None
        return await life.amend(console, meant(self, console), given)


class Note(Command):
    verbs = ("note", "备注", "beizhu")
    title = N_("Note")
    help = N_("Writes a line into the timeline of an incident, for every desk to read: no names, no numbers.")
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (THIS, Arg("text", N_("text"), Words(), "公安已到场", rest=True))
    example = "note CS-1124-0003 公安已到场"

    async def run(self, console: Console) -> Result:
        incident = given_incident(self, console)
        outcome = await console.desk.note(incident, self.text("text"))
        return Result(outcome.ok, outcome.message)


class Reinforce(Command):
    verbs = ("reinforce", "增援", "zengyuan")
    title = N_("Reinforcement wanted")
    help = N_("Counts units that are wanted beyond the first ones; they are then sent like any other.")
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (
        OWN,
        Arg("count", N_("count"), Whole("辆|台", most=99), "2", required=False),
        Arg("text", N_("why"), Words(), "伤员增加", required=False, rest=True),
    )
    example = "reinforce CS-1124-0003 2 伤员增加"

    async def run(self, console: Console) -> Result:
        count = cast("int", self.fields.get("count", 1))
        outcome = await console.desk.reinforce(meant(self, console).id, count, self.text("text"))
        return Result(outcome.ok, outcome.message)


class NoneFree(Command):
    verbs = ("nofree", "欲派无车", "wuche")
    title = N_("No unit is free")
    help = N_("Counts that a unit was wanted and none was free, and offers to ask a neighbour at once.")
    group = GROUPS[0]
    right = Right.INCIDENT
    args = (OWN,)
    example = "nofree CS-1124-0003"

    async def run(self, console: Console) -> Result:
        return await life.none_free(console, meant(self, console))


class Close(Command):
    verbs = ("close", "结束", "jieshu")
    title = N_("Close an incident")
    help = N_("Ends an incident with an ending and a reason, after the question: it cannot be opened again.")
    group = GROUPS[0]
    right = Right.CLOSE
    args = (
        IDLE,
        Arg("ending", N_("ending"), Choice(ENDING_WORDS), CLOSING[0].value, required=False),
        Arg("reason", N_("reason"), Words(), "病人已离开", required=False, rest=True),
    )
    example = "close CS-1124-0003 放空 病人已离开"

    async def run(self, console: Console) -> Result:
        ending = Ending(self.text("ending")) if self.text("ending") else None
        return await life.close(console, meant(self, console), ending, self.text("reason"))


class Timeline(Command):
    verbs = ("timeline", "过程", "guocheng")
    title = N_("Timeline")
    help = N_(
        "Shows everything that was done about an incident; once more in full size, once more closes it."
    )
    group = GROUPS[0]
    args = (LOOKED_AT,)
    example = "timeline CS-1124-0003"

    async def run(self, console: Console) -> Result:
        named = self.text("incident")
        if (named and named != console.selected("incident")) or console.screen_name != "incidents":
            await console.show("incident", given_incident(self, console))
            return await console.do("timeline", "open")
        return await console.do("timeline")


class Orders(Command):
    verbs = ("orders", "指令", "zhiling")
    title = N_("Orders")
    help = N_(
        "Goes to the order that nobody has answered, the worst first; else to the crews of the incident."
    )
    group = GROUPS[0]

    async def run(self, console: Console) -> Result:
        if console.screen_name != "incidents":
            await console.goto("incidents")
        return await console.do("orders")


class Undo(Command):
    verbs = ("undo", "撤销", "chexiao")
    title = N_("Take it back")
    help = N_(
        "Takes the last act back within five seconds, where it can be: a unit sent, held, woken, changed."
    )
    group = GROUPS[0]

    def label(self) -> str:
        return _("Undo")

    async def run(self, console: Console) -> Result:
        return await console.take_back()
