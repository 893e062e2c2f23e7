"""The fields that every JSON document shares: ids that are safe to print, times that can be reckoned with.

Both are checked where a document is read. A document made from the live picture is not checked
again: the feed let in what it holds, and writing a picture down must not fail.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, ValidationInfo

from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import Datum, Position
from dispatch.domain.model import Frozen
from dispatch.language import _

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_FIRST, _BEYOND = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


def _check_code(value: str, info: ValidationInfo) -> str:
    if info.mode == "json" and not _CODE.fullmatch(value):
        raise ValueError(_("an id is 1 to 64 of A-Z a-z 0-9 _ . : - and starts with a letter or digit"))
    return value


def _check_moment(value: datetime, info: ValidationInfo) -> datetime:
    if info.mode == "json" and not _FIRST <= value < _BEYOND:
        raise ValueError(_("a time must lie in the years 2000 to 2100"))
    return value


Id = TypeVar("Id", bound=str)
Code = Annotated[Id, AfterValidator(_check_code), Field(json_schema_extra={"pattern": f"^{_CODE.pattern}$"})]
"""An id as the contract of the feed writes it."""
Moment = Annotated[AwareDatetime, AfterValidator(_check_moment)]
"""A time with its offset, within a century of today."""


class Place(Frozen):
    """A point in a named datum, degrees."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    datum: Datum

    def position(self) -> Position:
        """The point in WGS-84."""
        lat, lon = to_wgs84(self.lat, self.lon, self.datum)
        return Position(lat=lat, lon=lon)
