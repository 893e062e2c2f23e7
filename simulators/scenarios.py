"""Scenario files config/drills/*.toml: what a drill is about, when it starts, what happens in it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from pydantic import Field, ValidationError

from dispatch.domain.drills import EVENTS, Event, LinkLost, MassCasualty, Share, read_event
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Frozen, Name
from dispatch.language import _
from dispatch.settings import Configuration, config_files
from dispatch.settings.complaints import complaint, telling
from dispatch.settings.files import TomlFile
from simulators.desk import Policy
from simulators.faults import FaultRates

CHINA = timezone(timedelta(hours=8))


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
    known = Known(configuration)
    for city in scenario.fleet:
        if problem := known.wrong("city", city):
            raise file.wrong(("fleet", city), problem)
    for row, event in enumerate(scenario.event):
        for key, problem in known.problems(event):
            raise file.wrong(("event", row, key), problem)
    return scenario


class Known:
    """What an event may name: cities, hospitals, bridges, components, and places in the districts."""

    def __init__(self, configuration: Configuration) -> None:
        self._districts = configuration.ground.districts
        self._names = {
            "city": [str(city.code) for city in configuration.cities],
            "hospital": [str(hospital.id) for hospital in configuration.hospitals],
            "bridge": [bridge.id for bridge in configuration.bridges],
            "component": [str(component.code) for component in configuration.components],
        }

    def wrong(self, kind: str, name: str) -> str:
        """Why a name cannot be used, with those that can; empty when it can."""
        if name in self._names[kind]:
            return ""
        allowed = ", ".join(sorted(self._names[kind]))
        return _("{name} is not configured; allowed: {known}", name=name, known=allowed)

    def problems(self, event: Event) -> Iterator[tuple[str, str]]:
        """Field and sentence of everything that an event names and nobody knows."""
        for kind in self._names:
            name = getattr(event, kind, None)
            if isinstance(name, str) and (problem := self.wrong(kind, name)):
                yield kind, problem
        if isinstance(event, MassCasualty):
            place = Position(lat=event.position[0], lon=event.position[1])
            if self._districts and not any(one.contains(place) for one in self._districts):
                yield (
                    "position",
                    _(
                        "{lat:g}, {lon:g} lies in none of the cities; write [latitude, longitude]",
                        lat=place.lat,
                        lon=place.lon,
                    ),
                )


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
        return read_event(table)
    except ValidationError as error:
        first = telling(error)
        raise file.wrong(("event", row, *first["loc"]), complaint(first, model)) from None


def scenario_files(user_dir: Path | None = None) -> dict[str, Path]:
    """Name of each scenario (its file without .toml) -> file, the user's before the shipped ones."""
    return {path.stem: path for path in config_files("drills", user_dir)}
