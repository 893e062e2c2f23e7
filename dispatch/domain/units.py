"""Ambulances: what they are, which states they pass, where they were last seen."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from pydantic import Field

from dispatch.domain.errors import IllegalTransition, MissingField
from dispatch.domain.geography import CityCode, Position, SiteId
from dispatch.domain.model import Frozen

UnitId = NewType("UnitId", str)


class Capability(StrEnum):
    """What a unit or a hospital can do."""

    BASIC = "basic"  # 普通型 (基础生命支持)
    ADVANCED = "advanced"  # 监护型 (高级生命支持)
    NEONATAL = "neonatal"  # 新生儿转运
    ISOLATION = "isolation"  # 负压型
    EMERGENCY = "emergency"  # 急诊科, of a hospital only: never a need that somebody states
    CARDIAC = "cardiac"  # 胸痛中心
    STROKE = "stroke"  # 卒中中心
    TRAUMA = "trauma"  # 创伤中心
    BURNS = "burns"  # 烧伤
    OBSTETRIC = "obstetric"  # 产科
    PAEDIATRIC = "paediatric"  # 儿科
    POISONING = "poisoning"  # 中毒


UNIT_CAPABILITIES = frozenset(
    {Capability.BASIC, Capability.ADVANCED, Capability.NEONATAL, Capability.ISOLATION}
)
"""The capabilities a vehicle is built for; the others are a hospital's."""


class UnitState(IntEnum):
    """The ten states of a vehicle; the digit is the dispatcher's hot key."""

    ASSIGNED = 0  # 分配任务
    ACKNOWLEDGED = 1  # 收到指令
    EN_ROUTE = 2  # 驶向现场
    ON_SCENE = 3  # 到达现场
    TRANSPORTING = 4  # 载人送院
    AT_HOSPITAL = 5  # 到达医院
    AVAILABLE_ON_ROAD = 6  # 途中待命
    AVAILABLE_AT_STATION = 7  # 站内待命
    OUT_OF_SERVICE = 8  # 不能调用
    PAUSED = 9  # 暂停调用

    @property
    def dispatchable(self) -> bool:
        return self in _DISPATCHABLE

    @property
    def on_task(self) -> bool:
        return self <= UnitState.AT_HOSPITAL


_DISPATCHABLE = frozenset({UnitState.AVAILABLE_ON_ROAD, UnitState.AVAILABLE_AT_STATION})

_S = UnitState
_STAND_DOWN = frozenset({_S.AVAILABLE_ON_ROAD, _S.OUT_OF_SERVICE})
LEGAL_NEXT: dict[UnitState, frozenset[UnitState]] = {
    _S.ASSIGNED: frozenset({_S.ACKNOWLEDGED, _S.EN_ROUTE, _S.AVAILABLE_AT_STATION}) | _STAND_DOWN,
    _S.ACKNOWLEDGED: frozenset({_S.EN_ROUTE, _S.AVAILABLE_AT_STATION}) | _STAND_DOWN,
    _S.EN_ROUTE: frozenset({_S.ON_SCENE}) | _STAND_DOWN,
    _S.ON_SCENE: frozenset({_S.TRANSPORTING}) | _STAND_DOWN,
    _S.TRANSPORTING: frozenset({_S.AT_HOSPITAL, _S.OUT_OF_SERVICE}),
    _S.AT_HOSPITAL: frozenset({_S.AVAILABLE_AT_STATION}) | _STAND_DOWN,
    _S.AVAILABLE_ON_ROAD: frozenset({_S.ASSIGNED, _S.AVAILABLE_AT_STATION, _S.OUT_OF_SERVICE, _S.PAUSED}),
    _S.AVAILABLE_AT_STATION: frozenset({_S.ASSIGNED, _S.AVAILABLE_ON_ROAD, _S.OUT_OF_SERVICE, _S.PAUSED}),
    _S.OUT_OF_SERVICE: frozenset({_S.AVAILABLE_ON_ROAD, _S.AVAILABLE_AT_STATION, _S.PAUSED}),
    _S.PAUSED: frozenset({_S.AVAILABLE_ON_ROAD, _S.AVAILABLE_AT_STATION, _S.OUT_OF_SERVICE}),
}


def next_at_desk(state: UnitState) -> tuple[UnitState, ...]:
    """What a desk may set after this state, in the order of the digits; only an order assigns a unit."""
    return tuple(sorted(LEGAL_NEXT[state] - {UnitState.ASSIGNED}))


class StateSource(StrEnum):
    """Who said that a unit changed its state."""

    TERMINAL = "terminal"
    DESK = "desk"
    GEOFENCE = "geofence"
    OTHER_CITY = "other_city"


class Unit(Frozen):
    """The standing facts of one ambulance."""

    id: UnitId
    city: CityCode
    station: SiteId | None = None
    capabilities: frozenset[Capability] = frozenset({Capability.BASIC})
    plate: str = ""


class Fix(Frozen):
    """One position report: `fixed_at` is the time of the fix, not of the message."""

    position: Position
    fixed_at: datetime
    accuracy_m: float | None = Field(default=None, ge=0)
    speed_kmh: float | None = Field(default=None, ge=0)
    heading_deg: float | None = Field(default=None, ge=0, lt=360)


class UnitStatus(Frozen):
    """The state of a unit on a task, and who said so."""

    state: UnitState
    since: datetime
    source: StateSource = StateSource.TERMINAL
    incident: str | None = None
    task: str | None = None
    """The order (its request) that the state belongs to; None: the unit is on no task."""
    destination: str | None = None
    reason: str | None = None


class Instead(Frozen):
    """A unit was arranged by telephone at `called_ms` for an incident, and went to another one."""

    incident: str
    other: str
    called_ms: int


def change_state(before: UnitState, after: UnitState, *, reason: str | None, destination: str | None) -> None:
    """Check one change of state; repeating the present state is no change and is allowed.

    Raises IllegalTransition with the legal next states, or MissingField where the state demands
    a reason (out of service, paused) or a destination (transporting).
    """
    if before is not after and after not in LEGAL_NEXT[before]:
        legal = tuple(state.name for state in sorted(LEGAL_NEXT[before]))
        raise IllegalTransition(before.name, after.name, legal)
    if after in (UnitState.OUT_OF_SERVICE, UnitState.PAUSED) and not reason:
        raise MissingField("reason", f"{after.name} needs a reason")
    if after is UnitState.TRANSPORTING and not destination:
        raise MissingField("destination", "TRANSPORTING needs a hospital")
