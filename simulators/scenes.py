"""What really happened, whatever a centre writes of it: patients left, crews there, how it ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Literal

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import City, CityCode, Datum
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.feed import payloads
from simulators.engine import Agenda
from simulators.ground import Point

CHINA = timezone(timedelta(hours=8))
_CAPABILITIES = frozenset(capability.value for capability in Capability)


class Outcome(StrEnum):
    """How a call ended; each has exactly one."""

    TRANSPORTED = "transported"
    TREATED = "treated"
    NOBODY_THERE = "nobody_there"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"
    BROKEN_OFF = "broken_off"


_FOUND = (Outcome.TRANSPORTED, Outcome.TREATED, Outcome.NOBODY_THERE)
"""What crews find; the first of them that any crew found counts for the call."""


@dataclass(slots=True)
class Scene:
    """One event. `number` and `centre` are those of the centre that has it now (it may be handed over)."""

    id: str
    city: CityCode
    point: Point
    place: str
    priority: Literal[1, 2, 3]
    patients: int
    needs: frozenset[Capability]
    complaint: str
    opened_ms: int
    from_console: bool = False
    number: str = ""
    centre: CityCode = CityCode("")
    patients_left: int = 0
    sent: int = 0
    crews: dict[UnitId, UnitState] = field(default_factory=dict)
    """Crews that are busy with it, by what they are doing."""
    found: set[Outcome] = field(default_factory=set)
    first_arrival_ms: int | None = None
    outcome: Outcome | None = None
    closed_ms: int | None = None
    touched_ms: int = 0
    """When a person last did something about it, or it began."""
    called_off: str = ""
    """Why nobody is needed any more, as the caller said; empty: help is wanted."""
    waited_for_a_unit: bool = False
    borrowed: bool = False
    record: payloads.IncidentRecord | None = None
    """As its centre wrote it last; None: no centre has it yet."""

    def __post_init__(self) -> None:
        self.number, self.centre = self.number or self.id, self.centre or self.city
        self.patients_left = self.patients

    def opening(self, patients: int) -> payloads.IncidentRecord:
        """As the call taker writes it down."""
        return payloads.IncidentRecord(
            incident=self.number,
            state="waiting",
            priority=self.priority,
            lat=round(self.point[0], 6),
            lon=round(self.point[1], 6),
            datum="wgs84",
            place=self.place,
            opened_at=self.opened_ms,
            patients=patients,
            needs=sorted(self.needs),
            chief_complaint=self.complaint,
        )


class Scenes:
    """Every event of the drill; numbers of each city begin at 0001 each day, under desk digit 0."""

    def __init__(self, agenda: Agenda, cities: dict[CityCode, City]) -> None:
        self.all: dict[str, Scene] = {}
        self.open_now: dict[str, Scene] = {}
        self.on_news: list[Callable[[Scene], None]] = []
        """Called when a centre said something new about one."""
        self.on_moved: list[Callable[[Scene], None]] = []
        """Called when it turned out to be somewhere else."""
        self._numbered: dict[str, Scene] = {}
        self._agenda, self._cities = agenda, cities
        today = from_epoch_ms(agenda.now_ms).astimezone(CHINA).date()
        self.midnight_ms = epoch_ms(datetime.combine(today, time(0), CHINA))
        """When the first day of the drill began."""
        self._numbers: dict[tuple[CityCode, str], int] = {}

    def next_number(self, city: CityCode) -> str:
        """The next number of a city today, e.g. CS-1124-0012: desk 0 is nobody's."""
        day = from_epoch_ms(self._agenda.now_ms).astimezone(CHINA).strftime("%m%d")
        number = self._numbers.get((city, day), 0) + 1
        self._numbers[city, day] = number
        return f"{self._cities[city].prefix}-{day}-0{number:03}"

    def stream(self, number: str, at_ms: int) -> tuple[str, int]:
        """What tells the random numbers of a scene from all others', on whichever day the drill is held."""
        return number[:2] + number.rpartition("-")[2], at_ms - self.midnight_ms

    def stream_of(self, scene: Scene) -> tuple[str, int]:
        """The same for a scene there is, whatever number it has by now."""
        return self.stream(scene.id, scene.opened_ms)

    def find(self, number: str) -> Scene | None:
        """The scene that a centre knows under a number."""
        return self._numbered.get(number)

    def begin(self, scene: Scene) -> Scene:
        """Something happened."""
        scene.touched_ms = self._agenda.now_ms
        self.all[scene.id] = self.open_now[scene.id] = self._numbered[scene.number] = scene
        return scene

    def renumber(self, scene: Scene, number: str) -> None:
        """Its number is in use for something else."""
        self._numbered.pop(scene.number, None)
        scene.number = number
        self._numbered[number] = scene

    def open_in(self, city: CityCode) -> Iterator[Scene]:
        """The open ones that a city's centre has, oldest first."""
        return (scene for scene in tuple(self.open_now.values()) if scene.centre == city)

    # --- what crews find

    def crew_did(self, scene: Scene, unit: UnitId, state: UnitState | None) -> None:
        """A crew's state on a scene changed; None: it has done with it."""
        if state is None:
            scene.crews.pop(unit, None)
        else:
            scene.crews[unit] = state
        if state is UnitState.ON_SCENE and scene.first_arrival_ms is None:
            scene.first_arrival_ms = self._agenda.now_ms

    # --- what centres write

    def hear(self, city: CityCode, record: payloads.IncidentRecord, scene: Scene) -> None:
        """Its centre wrote it anew."""
        if scene.number != record.incident:
            if record.moved_to is not None or record.state == "closed":
                return  # the centre that handed it over closes its own
            self._move(scene, city, record.incident)
        before, scene.record = scene.record, record
        if before is not None:
            self._believe(scene, before, record)
        if record.state != "closed":
            self._reopen(scene)
        elif record.moved_to is not None:
            self._move(scene, None, record.moved_to)
        elif scene.outcome is None:
            self._end(scene, record)
        if before != record:
            for told in self.on_news:
                told(scene)

    def _believe(
        self, scene: Scene, before: payloads.IncidentRecord, record: payloads.IncidentRecord
    ) -> None:
        """What the desk corrects was told wrongly at first: the truth is what stands there now."""
        scene.patients_left = max(0, scene.patients_left + record.patients - before.patients)
        scene.priority = record.priority
        if record.needs != before.needs:
            scene.needs = frozenset(Capability(need) for need in record.needs if need in _CAPABILITIES)
        if (record.lat, record.lon) != (before.lat, before.lon):
            scene.point, scene.place = to_wgs84(record.lat, record.lon, Datum(record.datum)), record.place
            for told in self.on_moved:
                told(scene)

    def _move(self, scene: Scene, city: CityCode | None, number: str) -> None:
        """Another centre took it over, under a number of its own."""
        if self._numbered.get(number) is scene:
            return
        prefixes = {known.prefix: code for code, known in self._cities.items()}
        scene.number, scene.centre = number, city or prefixes.get(number.partition("-")[0], scene.centre)
        scene.record = None
        self._numbered[number] = scene

    def _end(self, scene: Scene, record: payloads.IncidentRecord) -> None:
        scene.outcome, scene.closed_ms = _outcome(scene, record), self._agenda.now_ms
        self.open_now.pop(scene.id, None)

    def _reopen(self, scene: Scene) -> None:
        if scene.outcome is not None:
            scene.outcome, scene.closed_ms = None, None
            self.open_now[scene.id] = scene


def _outcome(scene: Scene, record: payloads.IncidentRecord) -> Outcome:
    """What became of a call: what the caller or the desk said of it, else what its crews found."""
    if record.ending == "cancelled":
        return Outcome.CANCELLED
    if record.ending == "duplicate":
        return Outcome.DUPLICATE
    return next((one for one in _FOUND if one in scene.found), Outcome.BROKEN_OFF)
