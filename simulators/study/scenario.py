"""Scenario files config/studies/*.toml and the region they play in; every one of them is synthetic."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from dispatch.decide.rule_set import Fraction
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen, Name
from dispatch.language import _
from dispatch.settings import config_files
from dispatch.settings.files import TomlFile, config_file

FOLDER = "studies"
Positive = Annotated[float, Field(gt=0)]
Hours = Annotated[float, Field(ge=0, le=24 * 28)]


class Spreading(Frozen):
    """A lognormal duration: median in minutes, standard deviation of its logarithm."""

    median: Positive
    sigma: float = Field(ge=0, le=2)


class StudyCity(Frozen):
    """A city of the synthetic region: people, fleet, and how its places lie about its centre."""

    code: CityCode
    centre: tuple[float, float]
    population_million: Positive
    units: int = Field(ge=1, le=2000)
    nodes: int = Field(ge=4, le=2000)
    stations: int = Field(ge=1)
    hospitals: int = Field(ge=1)
    core_share: Fraction = Field(description="of nodes and people in the built-up core")
    core_km: Positive = Field(description="standard deviation of the core")
    towns: int = Field(ge=1)
    town_km: tuple[Positive, Positive] = Field(description="least and greatest distance of a county town")
    town_spread_km: Positive

    @model_validator(mode="after")
    def _fits(self) -> "StudyCity":
        if max(self.stations, self.hospitals) > self.nodes or self.stations > self.units:
            raise ValueError(_("stations and hospitals need a node each, and every station a unit"))
        return self


class Region(Frozen):
    """Everything scenarios share: cities, demand, how long things take."""

    edition: str
    source: str
    city: tuple[StudyCity, ...] = Field(min_length=1)
    calls_per_day: Positive
    fano: float = Field(ge=1, le=20)
    hour_factor: tuple[Positive, ...] = Field(min_length=24, max_length=24)
    priority: tuple[Fraction, Fraction, Fraction]
    transported: tuple[Fraction, Fraction, Fraction]
    scene_min: Spreading
    hospital_min: Spreading


class Surge(Frozen):
    """`factor` times the calls of a city for a while; hours of the first measured day."""

    city: CityCode
    factor: float = Field(ge=1, le=20)
    from_h: Hours
    for_h: Hours


class Scenario(Frozen):
    """One scenario; `fleet` is the share of a city's units that serve."""

    edition: str
    name: Name
    region: str
    demand: Positive = 1.0
    warm_up_h: Hours = 12
    days: int = Field(default=1, ge=1, le=28)
    fleet: dict[CityCode, Annotated[float, Field(gt=0, le=1)]] = {}
    surge: tuple[Surge, ...] = ()


class Study(Frozen):
    """A scenario with its region, ready to be run."""

    id: str
    scenario: Scenario
    region: Region


def scenario_ids(user_dir: Path | None = None) -> tuple[str, ...]:
    """The names of the scenarios there are."""
    return tuple(path.stem for path in config_files(FOLDER, user_dir))


def load_study(name: str, user_dir: Path | None = None) -> Study:
    """A scenario by name, or by the path of a .toml file; DispatchError names what is wrong."""
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise DispatchError(_("{file}: there is no such file", file=name))
    elif name in (known := scenario_ids(user_dir)):
        path = config_file(f"{FOLDER}/{name}.toml", user_dir)
    else:
        allowed = ", ".join(known)
        raise DispatchError(
            _("no study scenario is called {name}; there are: {allowed}", name=name, allowed=allowed)
        )
    file = TomlFile(path)
    scenario = file.read(Scenario)
    region_path = config_file(f"{FOLDER}/assumptions/{scenario.region}.toml", user_dir)
    if not region_path.is_file():
        raise file.wrong(
            ("region",), _("region: there is no file {name}.toml in assumptions/", name=scenario.region)
        )
    region = TomlFile(region_path).read(Region)
    cities = {city.code for city in region.city}
    for named in (*scenario.fleet, *(surge.city for surge in scenario.surge)):
        if named not in cities:
            allowed = ", ".join(sorted(cities))
            key = ("fleet",) if named in scenario.fleet else ("surge",)
            raise file.wrong(
                key, _("{name}: no such city in the region; allowed: {allowed}", name=named, allowed=allowed)
            )
    return Study(id=path.stem, scenario=scenario, region=region)
