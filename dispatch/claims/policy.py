"""One edition of one place's rules on blood fees, as a file of config/claims says it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, field_validator

from dispatch.decide.rule_set import RuleSet
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen, Name
from dispatch.language import _

Volume = Annotated[int, Field(ge=0, le=10_000_000)]
"""mL."""
KeyPath = tuple[int | str, ...]
"""Of a file, e.g. ("donor", 1, "times")."""
Years = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=0, le=3650)]
Channel = Literal["A", "B", "C"]
"""A on the hospital's bill, B at the place of donation, C at a counter elsewhere."""
Mark = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""What a donor is or was honoured with, as policies name it, e.g. rhd_negative, dedication_gold."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a donor gave that counts, in all: mL, times, and the marks he bears."""

    ml: int
    times: int = 0
    marks: frozenset[str] = frozenset()


class Condition(Frozen):
    """What must hold of all that a donor gave; a limit that is not given does not limit."""

    from_ml: Volume = Field(default=0, description="the total is at least this")
    over_ml: Volume | None = Field(default=None, description="the total is more than this")
    from_donations: int = Field(default=0, ge=0, le=10_000, description="so many donations at least")
    mark: Mark | None = Field(default=None, description="only donors who bear it, one of `marks`")

    def holds(self, given: Given) -> bool:
        return (
            given.ml >= self.from_ml
            and (self.over_ml is None or given.ml > self.over_ml)
            and given.times >= self.from_donations
            and (self.mark is None or self.mark in given.marks)
        )


class Multiple(Condition):
    """So many times its volume is what a donation is worth, while it is not older than `within_years`."""

    within_years: Years | None = None
    only: Literal["failed", "passed"] | None = Field(
        default=None, description="only donations that failed, or passed, their tests"
    )
    times: int | float = Field(ge=0, le=100, allow_inf_nan=False)
    percent: int = Field(
        default=100, ge=1, le=100, description="of that; of each donation in whole mL, rounded down"
    )
    relations: frozenset[str] = Field(default=frozenset(), description="only for these relatives")
    given_from: date | None = Field(default=None, description="only donations of this day or later")
    given_until: date | None = Field(default=None, description="only donations of this day or earlier")

    @property
    def fits_all(self) -> bool:
        """Whether it fits whatever was given, whoever asks."""
        return not self.model_dump(exclude_defaults=True, exclude={"times", "percent"})

    def fits(self, day: date, *, failed: bool, relation: str | None) -> bool:
        """Whether it speaks of donations of that day with such test results, and of this relative."""
        return (
            (self.only is None or (self.only == "failed") is failed)
            and (not self.relations or relation in self.relations)
            and (self.given_from is None or day >= self.given_from)
            and (self.given_until is None or day <= self.given_until)
        )

    def worth_ml(self, ml: int) -> int:
        """What a donation of so much is worth by it."""
        return int(Fraction(str(self.times)) * ml * self.percent / 100)


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


FIRST_DONATION, ROLLING = "first_donation", "rolling"


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
    apheresis_dose_ml: Volume | None = Field(
        default=None, description="what one dose of apheresis platelets counts"
    )
    apheresis_donation_ml: Volume | None = Field(
        default=None, description="or: what one such donation counts, of however many doses"
    )
    plasma_percent: int | None = Field(
        default=None, ge=0, le=1_000, description="of its volume that given plasma counts; left out: nothing"
    )
    marks: frozenset[Mark] = Field(
        default=frozenset(), description="what rows may ask of a donor beside volume: honours, rare groups"
    )
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
    claim_within_years: Years | None = Field(default=None, description="the same in years")
    deductible_fen: int = Field(default=0, ge=0, le=10**9, description="of each claim the patient's own")
    covered_percent: int = Field(default=100, ge=1, le=100, description="of what is left after that")
    most_fen: int | None = Field(default=None, ge=1, le=10**10, description="of each claim at most")
    most_fen_per_year: int | None = Field(
        default=None, ge=1, le=10**10, description="of the uses of one year at most"
    )
    most_ml_per_year: Volume | None = Field(default=None, description="the same in mL")
    year_begins: str = Field(
        default="01-01",
        description="month and day on which that year begins, first_donation (its anniversaries), "
        "or rolling (any twelve months)",
    )
    donor_most_ml: Volume | None = Field(default=None, description="of a donor's whole quota at most")
    relatives_most_ml: Volume | None = Field(
        default=None, description="of the relatives' whole quota at most"
    )
    channels: frozenset[Channel] = Field(
        default=frozenset({"A", "B", "C"}), min_length=1, description="ways in which it may be claimed"
    )
    relations: frozenset[str] = Field(description="relatives who may claim")
    further_relations: tuple[FurtherRelation, ...] = ()
    one_quota: bool = Field(default=False, description="relatives use up the donor's own quota")
    each_relative: bool = Field(
        default=False, description="every relative has the whole quota; otherwise all have it together"
    )
    unlimited: tuple[Unlimited, ...] = ()
    relatives_unlimited: tuple[Unlimited, ...] = ()
    donor: tuple[Multiple, ...] = Field(min_length=1)
    relatives: tuple[Multiple, ...] = ()
    documents: tuple[Document, ...] = Field(default=(), description="what a claim must bring")

    @field_validator("year_begins")
    @classmethod
    def _a_day(cls, text: str) -> str:
        if text not in (FIRST_DONATION, ROLLING):
            try:
                date.fromisoformat(f"2025-{text}")  # a year without 29 February: that begins no year
            except ValueError:
                raise ValueError(
                    _(
                        "write month and day as 04-01, or first_donation, or rolling: not {text}",
                        text=text[:20],
                    )
                ) from None
        return text

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """What cannot be meant: the key, and a sentence that says what to write."""
        if self.effective_until is not None and self.effective_until < self.effective_from:
            yield ("effective_until",), _("effective_until is before effective_from")
        if (self.apheresis_dose_ml is None) is (self.apheresis_donation_ml is None):
            problem = _("say what apheresis counts: either apheresis_dose_ml or apheresis_donation_ml")
            yield ("apheresis_donation_ml",), problem
        if self.claim_within_days is not None and self.claim_within_years is not None:
            problem = _("say the time for claiming once: claim_within_days or claim_within_years")
            yield ("claim_within_years",), problem
        if self.year_begins != "01-01" and self.most_fen_per_year is None and self.most_ml_per_year is None:
            problem = _("it needs most_fen_per_year or most_ml_per_year: nothing else goes by years")
            yield ("year_begins",), problem
        for name, rows in (("donor", self.donor), ("relatives", self.relatives)):
            yield from _of_rows(name, rows)
        yield from self._of_relatives()
        yield from self._of_marks()
        ids = [one.id for one in self.documents if one.id]
        for at, one in enumerate(ids):
            if one in ids[:at]:
                yield ("documents",), _("two documents have the id {id}", id=one)

    def _of_relatives(self) -> Iterator[tuple[KeyPath, str]]:
        own = self.relatives or self.relatives_unlimited or self.relatives_most_ml is not None
        if self.one_quota and (own or self.each_relative):
            problem = _("with one_quota relatives have no rows, no most and no quota of their own")
            yield ("one_quota",), problem
        admitted = self.relations | {one.id for one in self.further_relations}
        if admitted and not (self.one_quota or self.relatives or self.relatives_unlimited):
            problem = _(
                "relatives are admitted and have no quota: add [[relatives]] rows, or one_quota = true"
            )
            yield ("relations",), problem
        if any(row.relations for row in self.donor):
            yield ("donor",), _("relations stand in rows of relatives, not of donor")
        for at, row in enumerate(self.relatives):
            for name in sorted(row.relations - admitted):
                problem = _("{name} is in no relations: {allowed}", name=name, allowed=_listed(admitted))
                yield ("relatives", at, "relations"), problem

    def _of_marks(self) -> Iterator[tuple[KeyPath, str]]:
        for name in ("unlimited", "relatives_unlimited", "donor", "relatives", "further_relations"):
            for at, row in enumerate(getattr(self, name)):
                if row.mark is not None and row.mark not in self.marks:
                    problem = _(
                        "{name} is not in marks: {allowed}", name=row.mark, allowed=_listed(self.marks)
                    )
                    yield (name, at, "mark"), problem

    def checklist(self, by: str) -> dict[str, Document]:
        """What a claim by "donor" or "relatives" must bring, by id."""
        return {
            one.id or str(place): one
            for place, one in enumerate(self.documents, start=1)
            if one.only in (None, by)
        }

    def admits(self, relation: str | None, given: Given) -> bool:
        """Whether a relative may claim, of a donor who gave so much."""
        return relation in self.relations or any(
            one.id == relation and one.holds(given) for one in self.further_relations
        )

    def waits(self, by: str) -> int:
        """Days from the first donation until the donor or the relatives may claim."""
        if by == "relatives" and self.relatives_waiting_days is not None:
            return self.relatives_waiting_days
        return self.waiting_days

    def in_force(self, day: date) -> bool:
        """Whether it rules what was used on a day."""
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)


def _of_rows(name: str, rows: Sequence[Multiple]) -> Iterator[tuple[KeyPath, str]]:
    """The first row that fits counts, so the last alone must fit everything."""
    for at, row in enumerate(rows):
        if row.given_from and row.given_until and row.given_until < row.given_from:
            yield (name, at, "given_until"), _("given_until is before given_from")
        if row.fits_all and at < len(rows) - 1:
            yield (name, at), _("this row fits everything: no row below it can count; put it last")
    if rows and not rows[-1].fits_all:
        problem = _(
            "the last row must fit every donation: add one with only `times` (times = 0: nothing is paid)"
        )
        yield (name, len(rows) - 1), problem


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "-"
