"""What every rule set carries: its edition, where it comes from, who must sign it."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from dispatch.domain.model import Frozen
from dispatch.language import _

LONGEST_MIN = 1_440
Minutes = Annotated[float, Field(ge=0, le=LONGEST_MIN, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class RuleSet(Frozen):
    """One versioned file of rules. An empty `signed_by` means that nobody has approved it."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    effective_from: date
    sign_off: tuple[str, ...] = Field(min_length=1, description="who must approve it")
    signed_by: tuple[str, ...] = Field(default=(), description="who has approved it, and when")


class Spread(Frozen):
    """A duration in minutes as its 10 %, 50 % and 90 % points."""

    p10: Minutes
    p50: Minutes
    p90: Minutes

    @model_validator(mode="after")
    def _rising(self) -> "Spread":
        if not self.p10 <= self.p50 <= self.p90:
            raise ValueError(_("percentiles must rise: p10 <= p50 <= p90"))
        return self
