"""tracks.toml: how closely tracks are kept, and for how long."""

from pydantic import Field

from dispatch.domain.model import Frozen


class TrackRules(Frozen):
    """`within_m`: no reported fix is farther from the kept track, at its own time, than this."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    signed_by: tuple[str, ...] = ()
    kept: bool = True
    within_m: float = Field(gt=0, le=1_000)
    at_least_every_s: float = Field(ge=10, le=3_600)
    silent_after_s: float = Field(ge=5, le=3_600)
    kept_days: int = Field(ge=1, le=3_660)
