"""Incidents: what happened, where, how urgent, what it needs, and every step of its life."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from pydantic import Field

from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability, UnitId
from dispatch.language import N_

IncidentId = NewType("IncidentId", str)
"""Speakable and with its city: CS-1124-1012 is the twelfth of 24 November of desk 1 in Changsha.

The first digit of the last part is the desk that opened it (0: none, a simulated or outside source),
so that no two desks ever make the same number, whether or not their centre can be reached.
"""


class Priority(IntEnum):
    """1 is life-threatening, 2 urgent, 3 can wait."""

    LIFE_THREATENING = 1
    URGENT = 2
    ROUTINE = 3


class IncidentState(StrEnum):
    """The life of an incident as the desk sees it."""

    WAITING = "waiting"  # 待派: units are wanted and none is on its way
    HELD = "held"  # 挂起: put off until a time, or until it is woken
    DISPATCHED = "dispatched"  # 已派: units named, none on scene
    ON_SCENE = "on_scene"  # 现场处置
    TRANSPORTING = "transporting"  # 送院
    CLOSED = "closed"  # 结束

    @property
    def open(self) -> bool:
        return self is not IncidentState.CLOSED


class Ending(StrEnum):
    """How an incident or a task ended; the words for reasons stand in config/incidents.toml."""

    COMPLETED = "completed"  # 正常完成
    NOBODY_TO_CARRY = "nobody_to_carry"  # 放空车
    ABORTED = "aborted"  # 中止任务
    REFUSED = "refused"  # 拒绝出车
    CANCELLED = "cancelled"  # 来电取消
    DUPLICATE = "duplicate"  # 重复事件, joined with another
    TRANSFERRED = "transferred"  # 转分中心


class Incident(Frozen):
    """One event; a second call about it is another acceptance, never another incident."""

    id: IncidentId
    city: CityCode
    position: Position
    place: str
    priority: Priority
    patients: int = Field(default=1, ge=1, le=9999)
    needs: frozenset[Capability] = frozenset()
    chief_complaint: str = ""
    opened_at: datetime
    state: IncidentState = IncidentState.WAITING
    units: tuple[UnitId, ...] = ()
    """Units ordered to it and not yet through with it, of whatever city, in the order they were sent."""
    telephoned: tuple[UnitId, ...] = ()
    """Units arranged by telephone while their city could not be reached: whether they come is not known."""
    drill: bool = False
    waiting_since: datetime | None = None
    """Since when it waits for a unit without a break; None: it does not wait."""
    acceptances: int = Field(default=1, ge=1, description="calls and decisions about it, the first one too")
    chases: int = Field(default=0, ge=0, description="how often a caller chased")
    none_free: int = Field(default=0, ge=0, description="how often a unit was wanted and none was free")
    carried: int = Field(default=0, ge=0, description="patients taken from the scene so far")
    reinforcements: int = Field(default=0, ge=0, description="units asked for beyond the first advice")
    held_until: datetime | None = None
    """When it wakes by itself; it stays after that until a unit is sent, so that a desk sees it."""
    reason: str = ""
    """Why it is held, or why it ended so: a code of its ending's reasons, or free text."""
    ending: Ending | None = None
    origin: IncidentId | None = None
    """Its number at the centre that handed it over (转分中心)."""
    moved_to: IncidentId | None = None
    """Its number at the centre that took it over."""

    @property
    def sent(self) -> tuple[UnitId, ...]:
        """Everybody who was sent to it, by an order or by telephone."""
        return self.units + tuple(unit for unit in self.telephoned if unit not in self.units)

    @property
    def unsent(self) -> bool:
        """Whether it waits and nobody was sent to it."""
        return self.state is IncidentState.WAITING and not self.sent


class Act(StrEnum):
    """What is done to an incident after it was opened; those in ACCEPTANCES are acceptances (受理)."""

    REPEAT = "repeat"  # 重复来电: another caller about the same
    CHASE = "chase"  # 催车
    HOLD = "hold"  # 挂起
    WAKE = "wake"  # 唤醒待派
    REINFORCE = "reinforce"  # 增援
    NONE_FREE = "none_free"  # 欲派无车
    AMEND = "amend"  # 更改: priority, patients, needs, place
    NOTE = "note"  # 备注
    CLOSE = "close"  # 结束, with an Ending and a reason


ACCEPTANCES = frozenset({Act.REPEAT, Act.CHASE, Act.HOLD, Act.WAKE, Act.REINFORCE, Act.NONE_FREE})

STATE_NAMES = {
    IncidentState.WAITING: N_("waiting for a unit"),
    IncidentState.HELD: N_("held"),
    IncidentState.DISPATCHED: N_("unit sent"),
    IncidentState.ON_SCENE: N_("on scene"),
    IncidentState.TRANSPORTING: N_("taking to hospital"),
    IncidentState.CLOSED: N_("closed"),
}

ENDING_NAMES = {
    Ending.COMPLETED: N_("completed"),
    Ending.NOBODY_TO_CARRY: N_("nobody to carry"),
    Ending.ABORTED: N_("broken off"),
    Ending.REFUSED: N_("refused"),
    Ending.CANCELLED: N_("called off by the caller"),
    Ending.DUPLICATE: N_("the same as another incident"),
    Ending.TRANSFERRED: N_("handed to another centre"),
}
