"""Incidents: what happened, where, how urgent, what it needs."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from pydantic import Field

from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability, UnitId

IncidentId = NewType("IncidentId", str)
"""Speakable and with its city: CS-1124-0012 is the twelfth of 24 November in Changsha."""


class Priority(IntEnum):
    """1 is life-threatening, 2 urgent, 3 can wait."""

    LIFE_THREATENING = 1
    URGENT = 2
    ROUTINE = 3


class IncidentState(StrEnum):
    """The life of an incident as the desk sees it."""

    WAITING = "waiting"  # 待派: nobody sent yet
    DISPATCHED = "dispatched"  # 已派: units named, none on scene
    ON_SCENE = "on_scene"  # 现场处置
    TRANSPORTING = "transporting"  # 送院
    CLOSED = "closed"  # 结束

    @property
    def open(self) -> bool:
        return self is not IncidentState.CLOSED


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
    drill: bool = False
