"""One edition of one place's rules on blood fees, as a file of config/claims says it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.decide.rule_set import RuleSet
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen, Name
from dispatch.language import _

Volume = Annotated[int, Field(ge=0, le=10_000_000)]
"""mL."""
Years = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=0, le=3650)]
Channel = Literal["A", "B", "C"]
"""A on the hospital's bill, B at the place of donation, C at a counter elsewhere."""


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
    percent: int = Field(
        default=100, ge=1, le=100, description="of that; of each donation in whole mL, rounded down"
    )
    relations: frozenset[str] = Field(default=frozenset(), description="only for these relatives")

    @property
    def fits_all(self) -> bool:
        """Whether it fits whatever was given, whoever asks."""
        limited = self.from_ml or self.over_ml is not None or self.within_years
        return not (limited or self.only or self.relations)

    def fits(self, *, failed: bool, relation: str | None) -> bool:
        """Whether it speaks of donations with such test results, and of this relative."""
        return (self.only is None or (self.only == "failed") is failed) and (
            not self.relations or relation in self.relations
        )

    def worth_ml(self, ml: int) -> int:
        """What a donation of so much is worth by it."""
        return self.times * ml * self.percent // 100


class Unlimited(Condition):
    """From such a total on everything is reimbursed."""

    earned_within_years: Years | None = Field(
        default=None, description="the total must have been given within so many years"
    )
    for_years: Years | None = Field(default=None, description="only so long after the total was reached")
    within_years: Years | None = Field(default=None, description="only so long after the last donation")


class FurtherRelation(Condition):
    """A relative who may claim only where the donor gave enough."""

    id: str = Field(min_length=1, max_length=32)


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
    counted_at: frozenset[CityCode] = Field(
        default=frozenset(), description="only what was given at these stations counts; empty: everywhere"
    )
    waiting_days: Days = Field(default=0, description="from the first donation to the first claim")
    relatives_waiting_days: Days | None = Field(
        default=None, description="the same for relatives, where it differs"
    )
    counts_after_days: Days = Field(default=0, description="from a donation until it counts")
    claim_within_days: int | None = Field(
        default=None, ge=1, le=36_500, description="from the use of blood to the filing of the claim"
    )
    deductible_fen: int = Field(default=0, ge=0, le=10**9, description="of each claim the patient's own")
    covered_percent: int = Field(default=100, ge=1, le=100, description="of what is left after that")
    most_fen: int | None = Field(default=None, ge=1, le=10**10, description="of each claim at most")
    most_fen_per_year: int | None = Field(
        default=None, ge=1, le=10**10, description="of the uses of one calendar year at most"
    )
    most_ml_per_year: Volume | None = Field(default=None, description="the same in mL")
    channels: frozenset[Channel] = Field(
        default=frozenset({"A", "B", "C"}), min_length=1, description="ways in which it may be claimed"
    )
    relations: frozenset[str] = Field(description="relatives who may claim")
    further_relations: tuple[FurtherRelation, ...] = ()
    one_quota: bool = Field(default=False, description="relatives use up the donor's own quota")
    unlimited: tuple[Unlimited, ...] = ()
    relatives_unlimited: tuple[Unlimited, ...] = ()
    donor: tuple[Multiple, ...] = Field(min_length=1)
    relatives: tuple[Multiple, ...] = ()
    documents: tuple[Document, ...] = Field(default=(), description="what a claim must bring")

    @model_validator(mode="after")
    def _in_order(self) -> "Policy":
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError(_("effective_until is before effective_from"))
        for rows in (self.donor, self.relatives):
            if rows and not rows[-1].fits_all:
                raise ValueError(_("the last row of donor and of relatives must fit every donation"))
        if any(row.relations for row in self.donor):
            raise ValueError(_("relations stand in rows of relatives, not of donor"))
        if self.one_quota and (self.relatives or self.relatives_unlimited):
            raise ValueError(_("with one_quota relatives have no rows of their own"))
        ids = [one.id for one in self.documents if one.id]
        if len(set(ids)) != len(ids):
            raise ValueError(_("two documents have one id"))
        return self

    def checklist(self, by: str) -> dict[str, Document]:
        """What a claim by "donor" or "relatives" must bring, by id."""
        return {
            one.id or str(place): one
            for place, one in enumerate(self.documents, start=1)
            if one.only in (None, by)
        }

    def admits(self, relation: str | None, total_ml: int) -> bool:
        """Whether a relative may claim, of a donor who gave so much."""
        return relation in self.relations or any(
            one.id == relation and one.holds(total_ml) for one in self.further_relations
        )

    def waits(self, by: str) -> int:
        """Days from the first donation until the donor or the relatives may claim."""
        if by == "relatives" and self.relatives_waiting_days is not None:
            return self.relatives_waiting_days
        return self.waiting_days

    def in_force(self, day: date) -> bool:
        """Whether it rules what was used on a day."""
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)
