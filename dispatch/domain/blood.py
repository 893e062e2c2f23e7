"""Blood: groups, lots, banks. Which group suits which is a rule and lives in config/blood."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import Field

from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Frozen, Name

BankId = NewType("BankId", str)
ComponentCode = NewType("ComponentCode", str)
LotId = NewType("LotId", str)


class BloodGroup(StrEnum):
    """ABO and RhD."""

    O_NEG = "O-"
    O_POS = "O+"
    A_NEG = "A-"
    A_POS = "A+"
    B_NEG = "B-"
    B_POS = "B+"
    AB_NEG = "AB-"
    AB_POS = "AB+"

    @property
    def abo(self) -> str:
        return self.value[:-1]

    @property
    def rhd_positive(self) -> bool:
        return self.value.endswith("+")


class LotState(StrEnum):
    """Only AVAILABLE may be offered."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    QUARANTINED = "quarantined"
    RECALLED = "recalled"
    ISSUED = "issued"


class Attribute(Frozen):
    """Something special that some lots of a component are and a patient may need, such as irradiated."""

    code: str = Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")
    name: Name


class Antigen(Frozen):
    """A red-cell antigen besides A, B and D. Lots typed as lacking it bear the attribute `negative`."""

    code: str = Field(min_length=1, max_length=8, pattern=r"^[A-Za-z][A-Za-z0-9]*$")
    negative: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    name: Name
    rules: tuple[str, ...] = Field(description="compatibility tables for which an antibody to it matters")


class Component(Frozen):
    """A blood component with its own unit; amounts of two components are never added."""

    code: ComponentCode
    name: Name
    unit: Name
    shelf_life_hours: int = Field(gt=0)
    storage: str
    preparation_min: float = Field(ge=0, description="thawing or washing before issue, minutes")
    rule: str = Field(description="compatibility table: red_cells, plasma or platelets")
    attributes: tuple[Attribute, ...] = ()


class BankKind(StrEnum):
    """A station collects and supplies blood; a hospital's bank is supplied, and issues to its patients."""

    STATION = "station"
    HOSPITAL = "hospital"


class Bank(Frozen):
    """A blood centre or hospital bank that shares its stock."""

    id: BankId
    city: CityCode
    name: Name
    position: Position
    kind: BankKind = BankKind.HOSPITAL
    approx: bool = False
    source: str = ""


class Lot(Frozen):
    """Units of one component and group that expire together; quantity in the component's unit."""

    id: LotId
    component: ComponentCode
    group: BloodGroup
    quantity: int = Field(ge=0)
    expires_at: datetime
    state: LotState = LotState.AVAILABLE
    attributes: frozenset[str] = frozenset()
