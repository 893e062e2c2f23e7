"""What a drill's score says."""

from pydantic import Field

from dispatch.domain.model import Frozen


class ScoreRow(Frozen):
    """Mean minutes from call to crew of one priority; 0: all of them."""

    priority: int
    n: int
    observed_min: float = Field(description="from the call to the crew's own time on scene, as the logs say")
    dispatched_min: float = Field(description="the same units for the same calls, by the model")
    best_min: float = Field(
        description="the best plan that was found, knowing every call, within the lending rules, by the model"
    )


class Better(Frozen):
    """A job that the best plan would have given to another unit, or in another order."""

    incident: str
    priority: int
    unit: str
    other: str
    dispatched_min: float
    best_min: float


class Score(Frozen):
    """Compares what was dispatched with the best that could have been, knowing every call in advance.

    Weighted minutes: each crew's minutes times the weight of its priority. The optimum lies between
    `bound_min` and `best_min`; what hindsight could have won lies between `dispatched_min` less each of them.
    `best_min` lends within cap, reserve and gain of the rules; `free_min` without them. `bound_min` knows
    no lending rule.
    """

    edition: int = 2
    drill: bool
    from_ms: int
    to_ms: int
    n: int = Field(description="jobs: one crew at one call each")
    calls: int
    units: int
    excluded: dict[str, int] = Field(description="why orders and calls are not in it -> how many")
    assumed_service: int = Field(description="jobs not over yet, with the median service time")
    weights: tuple[float, ...]
    rows: tuple[ScoreRow, ...]
    dispatched_min: float
    best_min: float
    free_min: float
    bound_min: float
    crossings: tuple[str, ...] = Field(description="bridges and tunnels that consoles heard to be closed")
    better: tuple[Better, ...]
