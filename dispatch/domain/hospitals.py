"""Hospitals that receive patients."""

from datetime import datetime
from typing import NewType

from pydantic import Field

from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Frozen, Name
from dispatch.domain.units import Capability

HospitalId = NewType("HospitalId", str)


class Hospital(Frozen):
    """The standing facts of one hospital; `source` says where they come from."""

    id: HospitalId
    city: CityCode
    name: Name
    position: Position
    capabilities: frozenset[Capability] = frozenset()
    approx: bool = False
    source: str = ""


class HospitalStatus(Frozen):
    """What a hospital last said of itself."""

    diverting: bool = False
    waiting: int = Field(default=0, ge=0, description="ambulances waiting to hand over")
    said_at: datetime
