"""What a study is made of: places, units and calls, and what became of each call. Minutes since the start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, nan

Matrix = Sequence[Sequence[float]]
"""Minutes by node number: matrix[origin][destination]."""


def _steady(_moment_min: float) -> float:
    return 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Driving minutes between nodes, per leg, and what multiplies them at the moment a drive begins."""

    response: Matrix
    transport: Matrix
    home: Matrix
    pace: Callable[[float], float] = _steady
    slow_pace: Callable[[float], float] = _steady
    into: tuple[tuple[float, ...], ...] = field(init=False)
    """response turned round: into[destination][origin]."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "into", tuple(zip(*self.response, strict=True)))


@dataclass(frozen=True, slots=True)
class StudyUnit:
    """A unit: where it is stationed, where it stands at first, when it serves."""

    id: str
    base: int
    city: int = 0
    start: int | None = None
    from_min: float = -inf
    until_min: float = inf
    turnout_min: float | None = None


@dataclass(frozen=True, slots=True)
class StudyCall:
    """One call; hospital None: the unit is free at the scene. `stretch` multiplies the drive to it."""

    id: str
    at_min: float
    node: int
    priority: int = 1
    city: int = 0
    scene_min: float = 0.0
    hospital: int | None = None
    hospital_min: float = 0.0
    delay_min: float = 0.0
    turnout_min: float | None = None
    acceptance_min: float = 0.0
    stretch: float = 1.0


@dataclass(slots=True)
class Trip:
    """What became of a call: unit -1 and NaN where nothing came. `step` numbers the dispatches."""

    call: int
    unit: int = -1
    step: int = -1
    dispatched: float = nan
    departed: float = nan
    arrived: float = nan
    left_scene: float = nan
    at_hospital: float = nan
    free: float = nan
    origin_min: float = nan
    """Driving minutes to the scene."""
    pulled: bool = False
    """Taken from the queue by a unit that became free."""
