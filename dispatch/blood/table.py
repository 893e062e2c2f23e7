"""The cover of every bank and city: one row each, one cell for each component and group."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dispatch.blood.cover import Cover
from dispatch.blood.rules import Phase
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.geography import CityCode

CoverKey = tuple[ComponentCode, BloodGroup | None]
"""A component and a group; None: all its groups together."""


@dataclass(frozen=True, slots=True)
class CoverCell:
    """`phase` None: the component has none, or days and floors say nothing.

    `twin`: both signs of the group are one stock, which the cell of the positive one tells already.
    """

    cover: Cover
    phase: Phase | None
    twin: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CoverRow:
    """A bank, or a city with the sum of its banks; the same object while nothing in it changed.

    `counted_at` is the oldest count in it; `live` is False while a count in it is old, incomplete or out of
    sight, and then nothing in the row may be taken for how things are now; `seen` while one of them is not.
    `reported` of `banks` ever counted.
    """

    key: str
    kind: Literal["city", "bank"]
    city: CityCode
    bank: BankId | None
    counted_at: datetime | None
    live: bool
    seen: bool
    reported: int
    banks: int
    cells: Mapping[CoverKey, CoverCell]


@dataclass(frozen=True, slots=True)
class CoverTable:
    """Rows by key: the code of a city, the id of a bank; banks that never counted are absent."""

    as_of: datetime
    edition: str
    rows: Mapping[str, CoverRow]
