"""One edition of one place's rules on blood fees, as a file of config/claims says it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.decide.rule_set import RuleSet
from dispatch.domain.model import Frozen, Name

Volume = Annotated[int, Field(ge=0, le=10_000_000)]
"""mL."""
Years = Annotated[int, Field(ge=1, le=100)]


class Condition(Frozen):
    """What must hold of a donor's credited total; a limit that is not given does not limit."""

    from_ml: Volume = Field(default=0, description="the total is at least this")
    over_ml: Volume | None = Field(default=None, description="the total is more than this")

    def holds(self, total_ml: int) -> bool:
        return total_ml >= self.from_ml and (self.over_ml is None or total_ml > self.over_ml)


class Multiple(Condition):
    """So many times its volume is what a donation is worth, while it is not older than `within_years`."""

    within_years: Years | None = None
    only: Literal["failed", "passed"] | None = Field(
        default=None, description="only donations that failed, or passed, their tests"
    )
    times: int = Field(ge=0, le=100)

    @property
    def fits_all(self) -> bool:
        """Whether it fits whatever was given."""
        return not (self.from_ml or self.over_ml is not None or self.within_years or self.only)

    def fits(self, *, failed: bool) -> bool:
        """Whether it speaks of donations with such test results."""
        return self.only is None or (self.only == "failed") is failed


class Unlimited(Condition):
    """From such a total on everything is reimbursed."""

    earned_within_years: Years | None = Field(
        default=None, description="the total must have been given within so many years"
    )
    for_years: Years | None = Field(default=None, description="only so long after the total was reached")
    within_years: Years | None = Field(default=None, description="only so long after the last donation")


class Document(Name):
    """One thing a claim must bring, ticked off by its `id`, or by its place in the list without one."""

    id: str = Field(default="", pattern=r"^[a-z0-9_]{0,32}$")
    only: Literal["relatives"] | None = Field(default=None, description="asked of relatives only")


class Policy(RuleSet):
    """Who may claim how much. Of `donor` and of `relatives` the first row that fits a donation counts."""

    name: Name
    province: str = Field(pattern=r"^\d{6}$", description="division code, e.g. 430000 for Hunan")
    effective_until: date | None = Field(default=None, description="its last day")
    anywhere: bool = Field(default=False, description="donations of other provinces count too")
    apheresis_dose_ml: Volume = Field(description="what one dose of apheresis platelets counts")
    waiting_days: int = Field(
        default=0, ge=0, le=3650, description="from the first donation to the first claim"
    )
    claim_within_days: int | None = Field(
        default=None, ge=1, le=36_500, description="from the use of blood to the filing of the claim"
    )
    deductible_fen: int = Field(default=0, ge=0, le=10**9, description="of each claim the patient's own")
    covered_percent: int = Field(default=100, ge=1, le=100, description="of what is left after that")
    most_fen: int | None = Field(default=None, ge=1, le=10**10, description="of each claim at most")
    relations: frozenset[str] = Field(description="relatives who may claim")
    unlimited: tuple[Unlimited, ...] = ()
    donor: tuple[Multiple, ...] = Field(min_length=1)
    relatives: tuple[Multiple, ...] = ()
    documents: tuple[Document, ...] = Field(default=(), description="what a claim must bring")

    @model_validator(mode="after")
    def _in_order(self) -> "Policy":
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError("effective_until is before effective_from")
        for rows in (self.donor, self.relatives):
            if rows and not rows[-1].fits_all:
                raise ValueError("the last row of donor and of relatives must fit every donation")
        ids = [one.id for one in self.documents if one.id]
        if len(set(ids)) != len(ids):
            raise ValueError("two documents have one id")
        return self

    def checklist(self, by: str) -> dict[str, Document]:
        """What a claim by "donor" or "relatives" must bring, by id."""
        return {
            one.id or str(place): one
            for place, one in enumerate(self.documents, start=1)
            if one.only in (None, by)
        }

    def in_force(self, day: date) -> bool:
        """Whether it rules what was used on a day."""
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)
