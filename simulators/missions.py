"""One crew's task at one scene: what happened in it and when, and how it goes on the record."""

from dataclasses import dataclass, field
from typing import NamedTuple

from dispatch.domain.hospitals import HospitalId
from dispatch.domain.orders import RequestId
from dispatch.domain.units import StateSource, UnitState
from simulators.engine import Rng
from simulators.fleet import Ambulance
from simulators.scenes import Scene

PATIENTS_CARRIED = {1: 1, 2: 1, 3: 2}
"""Patients that one unit takes along, by priority."""


class Stage(NamedTuple):
    """A state a crew entered by itself, as its vehicle says it."""

    state: UnitState
    at_ms: int
    source: StateSource
    destination: str | None = None
    patients: int = 0


@dataclass(slots=True)
class Mission:
    """`stamps` are the moments its states began. `request` None: carried over, and not yet ordered anew."""

    scene: Scene
    ambulance: Ambulance
    rng: Rng
    request: RequestId | None
    hospital: HospitalId | None = None
    aboard: int = 0
    carried: int = 0
    stamps: dict[UnitState, int] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    ended: str = ""
    ended_ms: int | None = None

    @property
    def cross_city(self) -> bool:
        """Whether the unit is another city's than the call's."""
        return self.ambulance.unit.city != self.scene.city

    @property
    def unordered(self) -> bool:
        """Whether it goes on without an order of the centre that it has now."""
        return self.request is None and self.ended_ms is None

    def stamp(self, state: UnitState, moment_ms: int) -> None:
        """A state began; a repeat changes nothing."""
        self.stamps.setdefault(state, moment_ms)

    def say(self, stage: Stage) -> None:
        """Let the vehicle say a stage, now if it holds the order, else when it does."""
        self.stages.append(stage)
        if self.request is not None:
            self._say(stage)

    def say_all(self) -> None:
        """Everything that happened before the order was heard, with its own times."""
        for stage in self.stages:
            self._say(stage)

    def _say(self, stage: Stage) -> None:
        self.ambulance.terminal.state(
            stage.state,
            stage.source,
            at_ms=stage.at_ms,
            destination=stage.destination,
            patients=stage.patients,
        )
