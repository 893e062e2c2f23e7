"""What is asked of the banks, and what a ranking of them says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, Field, model_validator

from dispatch.decide.blood_rules import ANTI_D, Mode, RecipientClass
from dispatch.decide.reasons import Reason
from dispatch.decide.travel import Eta
from dispatch.domain.blood import BankId, BloodGroup, Component, ComponentCode, LotId
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.model import Frozen
from dispatch.language import _


class BloodNeed(Frozen):
    """What is wanted, for which kind of patient, where and by when.

    `group` none: unknown. `quantity` in the component's own unit. Give `hospital`, or `position`
    with `city`. `antibodies` are antigen codes ("K", "Jka"); "D" among them is `anti_d`. `on_word_of`
    names the physician who allows tiers that need a word.
    """

    component: ComponentCode
    group: BloodGroup | None = None
    quantity: int = Field(ge=1, le=100_000)
    hospital: HospitalId | None = None
    position: Position | None = None
    city: CityCode | None = None
    need_by: AwareDatetime
    mode: Mode = "emergency"
    recipient: RecipientClass = RecipientClass.UNKNOWN
    anti_d: bool = False
    attributes: frozenset[str] = frozenset()
    antibodies: frozenset[str] = frozenset()
    on_word_of: str | None = Field(default=None, min_length=1, max_length=80)

    @model_validator(mode="before")
    @classmethod
    def _anti_d_among_antibodies(cls, facts: object) -> object:
        if not isinstance(facts, dict):
            return facts
        antibodies = facts.get("antibodies")
        if isinstance(antibodies, list | tuple | set | frozenset) and ANTI_D in antibodies:
            return facts | {"anti_d": True, "antibodies": [code for code in antibodies if code != ANTI_D]}
        return facts

    @model_validator(mode="after")
    def _whole(self) -> "BloodNeed":
        if (self.hospital is None) == (self.position is None):
            raise ValueError(_("say where to: either hospital, or position with city"))
        if self.position is not None and self.city is None:
            raise ValueError(_("city is missing: a position needs the city that asks"))
        if self.anti_d and self.group is not None and self.group.rhd_positive:
            raise ValueError(_("anti_d with an RhD-positive group: leave it to the transfusion department"))
        return self


@dataclass(frozen=True, slots=True)
class PlanLine:
    """So much of one lot. `tier` 1 is the first choice of the rule set."""

    lot: LotId
    group: BloodGroup
    quantity: int
    tier: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CoverLeft:
    """What a bank keeps of one group: `free` before, `left` after, its floor, days where issue is known."""

    group: BloodGroup
    free: int
    left: int
    floor: int
    days: float | None


@dataclass(frozen=True, slots=True)
class BankPlan:
    """What one bank can send. `late_min` is how much the slow end (p90) misses need_by, 0 if in time."""

    rank: int
    bank: BankId
    city: CityCode
    lines: tuple[PlanLine, ...]
    quantity: int
    wanted: int
    eta: Eta
    arrives_at: datetime
    in_time: bool
    late_min: float
    distance_km: float
    cross_city: bool
    count_age_s: float
    cover: tuple[CoverLeft, ...]
    reasons: tuple[Reason, ...]
    required: tuple[str, ...] = ()
    """Attributes that every lot sent must bear, those that antibodies ask for among them."""


@dataclass(frozen=True, slots=True)
class BankExclusion:
    """A bank that is left out, with every reason."""

    bank: BankId
    city: CityCode
    reasons: tuple[Reason, ...]
    straight_km: float


@dataclass(frozen=True, slots=True)
class LadderStep:
    """After `minutes` (median) so much has arrived in all; `bank` brings the step's lines.

    `eta` holds the parts: confirmation, preparation, packing, waiting for the round, driving.
    """

    bank: BankId
    city: CityCode
    minutes: float
    arrives_at: datetime
    in_time: bool
    late_min: float
    quantity: int
    total: int
    eta: Eta
    distance_km: float
    cross_city: bool
    count_age_s: float
    lines: tuple[PlanLine, ...]
    cover: tuple[CoverLeft, ...]


@dataclass(frozen=True, slots=True)
class Merit:
    """What plans are compared by, most important first; see docs/blood-sourcing.md.

    `by_arrival` is units in time, then units of each band of lateness; `substitutes` units of each
    worse tier, worst first; `harm` units that bring a lender below each band over its floor, worst
    first; then the expiries, soonest first; then the number of banks.
    """

    by_arrival: tuple[int, ...]
    substitutes: tuple[int, ...]
    harm: tuple[int, ...]
    first_expiring: datetime
    banks: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to meet the need, over one bank or several, by arrival.

    `aim` says what it was made for; `reasons` why it is so, `trades` what it gives and takes
    against rank 1.
    """

    rank: int
    aim: str
    steps: tuple[LadderStep, ...]
    quantity: int
    missing: int
    in_time: int
    merit: Merit
    reasons: tuple[Reason, ...]
    trades: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class BloodRanking:
    """Plans over the banks in order; every bank, either a candidate in order or excluded.

    `spared` are candidates that the first plan does without, each with why.
    """

    as_of: datetime
    edition: str
    need: BloodNeed
    city: CityCode
    component: Component
    candidates: Sequence[BankPlan]
    excluded: Sequence[BankExclusion]
    plans: tuple[Plan, ...]
    spared: tuple[BankExclusion, ...]
    advice: tuple[Reason, ...]
