"""Commands about units on a task: send, call back, reassign, and the ten states by digit or word."""

from typing import ClassVar, cast

from dispatch.console import crewstates, life
from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.incidents import BUSY_UNIT, HOSPITAL, INCIDENT, UNIT
from dispatch.console.commands.readers import StateWord, Words
from dispatch.console.ports import Console
from dispatch.console.results import Misread, Result
from dispatch.console.sending import reassign, send_units
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import Right
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import N_, _

UNITS = Arg("units", N_("units"), UNIT.reader, "CS-012", many=True)
ONE = Arg("unit", N_("unit"), UNIT.reader, "CS-012", required=False)
"""The unit of a command; where none is named it is the one under the cursor, and it is asked about."""
WHY = Arg("detail", N_("reason"), Words(), "加油", required=False, rest=True)


class Send(Command):
    verbs = ("send", "派车", "paiche")
    title = N_("Send units")
    help = N_("Sends one or several units to an incident. What is not ranked first needs a reason.")
    group = GROUPS[0]
    right = Right.ORDER
    args = (UNITS, INCIDENT)
    example = "send CS-012 CS-014 to CS-1124-0003"

    async def run(self, console: Console) -> Result:
        incident = life.incident_open(console, IncidentId(self.text("incident"))).id
        units = [UnitId(str(unit)) for unit in cast("tuple[object, ...]", self.fields["units"])]
        return await send_units(console, incident, units, console.desk.rank_units(incident))


class Recall(Command):
    verbs = ("recall", "召回", "zhaohui")
    title = N_("Call a unit back")
    help = N_("Stands units down, with a reason, after a question that repeats where they are going.")
    group = GROUPS[0]
    right = Right.ORDER
    args = (
        Arg("units", N_("units"), BUSY_UNIT, "CS-012", required=False, many=True),
        Arg("reason", N_("reason"), Words(), "来电取消", required=False, rest=True),
    )
    example = "recall CS-012 来电取消"

    async def run(self, console: Console) -> Result:
        units = [UnitId(str(unit)) for unit in cast("tuple[object, ...]", self.fields.get("units", ()))]
        if not units:
            units = [crewstates.one_crew(console)]
        return await life.recall(console, units, self.text("reason"))


class Reassign(Command):
    verbs = ("reassign", "改派", "gaipai")
    title = N_("Reassign a unit")
    help = N_("Calls a unit back from its task and sends it to another incident.")
    group = GROUPS[0]
    right = Right.ORDER
    args = (Arg("unit", N_("unit"), BUSY_UNIT, "CS-012"), INCIDENT)
    example = "reassign CS-012 to CS-1124-0003"

    async def run(self, console: Console) -> Result:
        incident = life.incident_open(console, IncidentId(self.text("incident"))).id
        return await reassign(console, UnitId(self.text("unit")), incident)


class SetState(Command):
    """Also the base of the commands that are called after one state."""

    verbs = ("set", "置态", "zhitai")
    title = N_("Set a unit's state")
    help = N_(
        "Sets a state the crew said by radio: its digit or word, then the hospital or reason it demands."
    )
    group = GROUPS[0]
    right = Right.UNIT_STATE
    args: ClassVar[tuple[Arg, ...]] = (
        Arg("state", N_("state"), StateWord(), "3", required=False),
        ONE,
        WHY,
    )
    example = "set 3 CS-012"
    state: ClassVar[UnitState | None] = None

    def label(self) -> str:
        state = self.fields.get("state")
        return _(self.title) if state is None else crewstates.label(cast("UnitState", state))

    async def run(self, console: Console) -> Result:
        state = self.state if self.state is not None else cast("UnitState | None", self.fields.get("state"))
        unit = UnitId(self.text("unit")) if self.text("unit") else None
        return await crewstates.set_state(console, unit, state, self._detail(state, console))

    def _detail(self, state: UnitState | None, console: Console) -> str:
        """The id of the hospital, or the reason as typed."""
        if hospital := self.text("hospital"):
            return hospital
        typed = self.text("detail")
        if state is not UnitState.TRANSPORTING or not typed:
            return typed
        found = HOSPITAL.reader.read(typed, console.desk)
        if found is None:
            raise Misread(_("no hospital is called {hospital}", hospital=typed))
        return str(found)


class EnRoute(SetState):
    verbs = ("enroute", "出车", "chuche")
    title = N_("En route")
    help = N_("The crew is on its way to the scene (2).")
    state = UnitState.EN_ROUTE
    args = (ONE,)
    example = "enroute CS-012"


class Arrive(SetState):
    verbs = ("arrive", "到场", "daochang")
    title = N_("On scene")
    help = N_("The crew has reached the scene (3).")
    state = UnitState.ON_SCENE
    args = (ONE,)
    example = "arrive CS-012"


class Transport(SetState):
    verbs = ("transport", "送医", "songyi")
    title = N_("Transporting")
    help = N_("The crew takes its patient to a hospital (4); without one it is asked for.")
    state = UnitState.TRANSPORTING
    args = (ONE, Arg("hospital", N_("hospital"), HOSPITAL.reader, "湘雅二医院", required=False))
    example = "transport CS-012 湘雅二医院"


class AtHospital(SetState):
    verbs = ("athospital", "到院", "daoyuan")
    title = N_("At hospital")
    help = N_("The crew has reached the hospital (5).")
    state = UnitState.AT_HOSPITAL
    args = (ONE,)
    example = "athospital CS-012"


class Free(SetState):
    verbs = ("free", "待命", "daiming")
    title = N_("Free on the road")
    help = N_("The crew is through and can be sent from where it is (6).")
    state = UnitState.AVAILABLE_ON_ROAD
    args = (ONE,)
    example = "free CS-012"


class Station(SetState):
    verbs = ("station", "回站", "huizhan")
    title = N_("Free at the station")
    help = N_("The crew is back at its station (7).")
    state = UnitState.AVAILABLE_AT_STATION
    args = (ONE,)
    example = "station CS-012"


class Out(SetState):
    verbs = ("out", "停用", "tingyong")
    title = N_("Out of service")
    help = N_("The unit cannot be sent for long (8); a reason is needed.")
    state = UnitState.OUT_OF_SERVICE
    args = (ONE, WHY)
    example = "out CS-012 车辆故障"


class Pause(SetState):
    verbs = ("pause", "暂停", "zanting")
    title = N_("Paused")
    help = N_("The unit cannot be sent for a while (9); a reason is needed.")
    state = UnitState.PAUSED
    args = (ONE, WHY)
    example = "pause CS-012 加油"
