"""Scenario files config/drills/*.toml: what a drill is about, when it starts, what happens in it."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from dispatch.domain.blood import BloodGroup
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.model import Frozen, Name
from dispatch.domain.units import Capability
from dispatch.language import _
from dispatch.settings import Configuration, config_files
from dispatch.settings.complaints import complaint, telling
from dispatch.settings.files import TomlFile
from dispatch.settings.lines import KeyPath
from simulators.desk import Policy
from simulators.faults import FaultRates

CHINA = timezone(timedelta(hours=8))
AtMin = Annotated[float, Field(ge=0, le=1440, description="minutes of drill time after the start")]
ForMin = Annotated[float, Field(gt=0, le=1440)]
Share = Annotated[float, Field(ge=0, le=1)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class MassCasualty(Frozen):
    """One incident with many patients; `position` is [latitude, longitude] in WGS-84."""

    kind: Literal["mass_casualty"]
    at_min: AtMin
    city: CityCode
    position: tuple[Latitude, Longitude]
    place: str = Field(min_length=1, max_length=120)
    patients: int = Field(ge=1, le=500)
    priority: Literal[1, 2, 3] = 1
    needs: frozenset[Capability] = frozenset()


class LinkLost(Frozen):
    """A city's broker stops; whoever runs the drill stops and starts it."""

    kind: Literal["link_lost"]
    at_min: AtMin
    city: CityCode
    for_min: ForMin


class BloodShortage(Frozen):
    """Only the share `leave` of some stock is left in a city's banks."""

    kind: Literal["blood_shortage"]
    at_min: AtMin
    city: CityCode
    component: str
    groups: frozenset[BloodGroup] = frozenset(BloodGroup)
    leave: Share


class HospitalDiverted(Frozen):
    """A hospital takes no patients for a while."""

    kind: Literal["hospital_diverted"]
    at_min: AtMin
    hospital: HospitalId
    for_min: ForMin


class BridgeClosed(Frozen):
    """Nobody passes a bridge or tunnel for a while."""

    kind: Literal["bridge_closed"]
    at_min: AtMin
    bridge: str
    for_min: ForMin


class Demand(Frozen):
    """`factor` times as many calls in a city for a while."""

    kind: Literal["demand"]
    at_min: AtMin
    city: CityCode
    factor: float = Field(ge=1, le=20)
    for_min: ForMin


class UnitsOut(Frozen):
    """A share of a city's free units goes out of service for a while."""

    kind: Literal["units_out"]
    at_min: AtMin
    city: CityCode
    share: Share
    for_min: ForMin
    reason: str = Field(min_length=1, max_length=80)


class GpsLost(Frozen):
    """A share of a city's units sends no positions for a while."""

    kind: Literal["gps_lost"]
    at_min: AtMin
    city: CityCode
    share: Share
    for_min: ForMin


Event = (
    MassCasualty | LinkLost | BloodShortage | HospitalDiverted | BridgeClosed | Demand | UnitsOut | GpsLost
)


EVENTS: dict[str, type[Event]] = {
    "mass_casualty": MassCasualty,
    "link_lost": LinkLost,
    "blood_shortage": BloodShortage,
    "hospital_diverted": HospitalDiverted,
    "bridge_closed": BridgeClosed,
    "demand": Demand,
    "units_out": UnitsOut,
    "gps_lost": GpsLost,
}


class Scenario(Frozen):
    """One drill."""

    name: Name
    description: Name
    start: time = Field(description="time of day in China")
    seed: int = Field(ge=0, le=2**53 - 1)
    demand: float = Field(default=1.0, ge=0, le=20, description="multiplies the calls of every city")
    fleet: dict[CityCode, Share] = Field(
        default={}, description="share of a city's units in service; absent: all"
    )
    warm_up_min: float = Field(default=75, ge=0, le=600, description="lived through before the drill begins")
    colleague_after_s: float = Field(
        default=150, ge=0, description="until a colleague takes what nobody touched"
    )
    policy: Policy = Policy.GUARDED
    faults: FaultRates = FaultRates()
    event: tuple[Event, ...] = ()

    def origin(self, day: date) -> datetime:
        """The first moment of the drill on a day."""
        return datetime.combine(day, self.start, CHINA)

    def link_outages(self) -> tuple[LinkLost, ...]:
        """The links that whoever runs the drill has to cut, in order of time."""
        lost = [event for event in self.event if isinstance(event, LinkLost)]
        return tuple(sorted(lost, key=lambda event: event.at_min))


def load_scenario(path: Path, configuration: Configuration) -> Scenario:
    """Read one scenario; BadConfiguration names file, line and what is allowed."""
    file = TomlFile(path)
    tables = file.data.pop("event", [])
    if not isinstance(tables, list):
        raise file.wrong(("event",), _("write every event under its own [[event]]"))
    events = tuple(_read_event(file, row, table) for row, table in enumerate(tables))
    scenario = file.read(Scenario).model_copy(update={"event": events})
    known = {
        "city": [str(city.code) for city in configuration.cities],
        "hospital": [str(hospital.id) for hospital in configuration.hospitals],
        "bridge": [bridge.id for bridge in configuration.bridges],
        "component": [str(component.code) for component in configuration.components],
    }
    for kind, key, name in _names(scenario):
        if name not in known[kind]:
            allowed = ", ".join(sorted(known[kind]))
            raise file.wrong(key, _("{name} is not configured; allowed: {known}", name=name, known=allowed))
    return scenario


def _read_event(file: TomlFile, row: int, table: object) -> Event:
    """One [[event]]: its kind says which fields it has."""
    kind = table.get("kind") if isinstance(table, dict) else None
    model = EVENTS.get(str(kind))
    if model is None:
        known = ", ".join(EVENTS)
        raise file.wrong(
            ("event", row, "kind"), _("{kind} is no kind of event; allowed: {known}", kind=kind, known=known)
        )
    try:
        return model.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        first = telling(error)
        raise file.wrong(("event", row, *first["loc"]), complaint(first, model)) from None


def _names(scenario: Scenario) -> Iterator[tuple[str, KeyPath, str]]:
    """What the scenario names: kind of thing, key in the file, name."""
    for city in scenario.fleet:
        yield "city", ("fleet", city), city
    for row, event in enumerate(scenario.event):
        for kind in ("city", "hospital", "bridge", "component"):
            name = getattr(event, kind, None)
            if isinstance(name, str):
                yield kind, ("event", row, kind), name


def scenario_files(user_dir: Path | None = None) -> dict[str, Path]:
    """Name of each scenario (its file without .toml) -> file, the user's before the shipped ones."""
    return {path.stem: path for path in config_files("drills", user_dir)}
