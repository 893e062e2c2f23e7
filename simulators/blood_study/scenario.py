"""What a study assumes: sites, demand, life, order-up-to levels. Typed data from a TOML file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.domain.blood import ComponentCode
from dispatch.domain.model import Frozen, Name
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file

FILE = "drills/assumptions/blood-study.toml"
Mean = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Size = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


class StudySite(Frozen):
    """One site. `size` are the n of a negative binomial for Monday to Sunday; without them Poisson."""

    name: Name
    order_up_to: int = Field(ge=0, le=100_000)
    mean: tuple[Mean, ...] = Field(min_length=7, max_length=7, description="demand of Monday to Sunday")
    size: tuple[Size, ...] | None = Field(default=None, min_length=7, max_length=7)
    keep: int = Field(default=0, ge=0, description="units that are not lent and not moved")

    @property
    def daily(self) -> float:
        """Mean demand of a day."""
        return sum(self.mean) / 7

    @property
    def fano(self) -> float:
        """Variance over mean of a day's demand, about its weekday's mean."""
        if self.size is None or not self.daily:
            return 1.0
        spread = sum(m + m * m / n for m, n in zip(self.mean, self.size, strict=True))
        return max(1.0, spread / sum(self.mean))


class StudyScenario(Frozen):
    """A study; `source` says how far to trust it.

    A day: orders of `lead_days` mornings ago arrive with `life_days` to live, moves of the night have
    arrived; demand is met, the oldest (fifo) or freshest (lifo) unit first; what is short may be
    fetched from another site; what has no day left outdates; next morning every site orders up to its
    level, counting what it holds and what is under way.
    """

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    component: ComponentCode = Field(description="whose rules of moves.toml the proposals go by")
    life_days: int = Field(ge=1, le=400)
    lead_days: int = Field(default=0, ge=0, le=60)
    issuing: Literal["fifo", "lifo"] = "fifo"
    days: int = Field(ge=7, le=100_000, description="counted, after the warm-up")
    warm_up_days: int = Field(default=28, ge=0, le=10_000)
    arrival_h: float = Field(default=0, ge=0, le=24, description="a night's move arrives so late in the day")
    use_within_h: float = Field(default=4, ge=0, le=240)
    site: tuple[StudySite, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _named_apart(self) -> "StudyScenario":
        names = [site.name.en for site in self.site]
        if len(set(names)) != len(names):
            raise ValueError(_("two sites have the same name"))
        return self


def load_scenario(file: Path | None = None, user_dir: Path | None = None) -> StudyScenario:
    """A scenario from a file, or the shipped one; BadConfiguration names file and line."""
    return TomlFile(file or config_file(FILE, user_dir)).read(StudyScenario)
