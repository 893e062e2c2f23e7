"""province.toml without its links: what a province is and how it counts."""

from pydantic import Field

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen, Name


class ProvinceCity(Frozen):
    """One of its cities; `centre` is [latitude, longitude] in degrees, WGS-84."""

    code: CityCode = Field(min_length=2, max_length=40, pattern=r"^[a-z0-9-]+$")
    name: Name
    centre: tuple[float, float]


class ProvinceRules(Frozen):
    """The province. `stale_after_s`: a unit that was not heard for so long is silent."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    approx: bool = True
    code: CityCode = Field(min_length=2, max_length=40, pattern=r"^[a-z0-9-]+$")
    name: Name
    node: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
    stale_after_s: float = Field(gt=0, le=3_600)
    workers: int = Field(ge=0, le=64)
    blood_alarms: tuple[str, ...]
    city: tuple[ProvinceCity, ...] = Field(min_length=1)
