"""Casualties and the rules for what they need, and the cover by hour that comes out."""

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from dispatch.decide.reasons import Reason
from dispatch.decide.rule_set import Fraction, Minutes, RuleSet
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.model import Frozen
from dispatch.language import _

Count = Annotated[int, Field(ge=0, le=9999)]
Amount = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Casualties(Frozen):
    """Patients that one hospital gets, by triage class."""

    hospital: HospitalId
    red: Count = 0
    yellow: Count = 0
    green: Count = 0

    @property
    def count(self) -> int:
        return self.red + self.yellow + self.green


class AdmissionNeed(Frozen):
    """What a transfused patient needs of one component in all; `step` is the least that is sent."""

    component: ComponentCode
    general: Amount
    trauma: Amount = Field(description="at a trauma centre")
    step: int = Field(default=1, ge=1, le=10_000)


class JoinedRules(RuleSet):
    """How much blood casualties need, when, and which banks count as a hospital's cover."""

    near_min: Minutes
    unknown_group_hours: int = Field(ge=0, le=72)
    red: Fraction
    yellow: Fraction
    green: Fraction
    untriaged: tuple[Fraction, Fraction, Fraction] = Field(description="red, yellow, green")
    hours: tuple[Fraction, ...] = Field(min_length=1, max_length=72)
    rhd_negative: Fraction
    abo: dict[str, Fraction]
    components: tuple[AdmissionNeed, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "JoinedRules":
        if abs(sum(self.hours) - 1) > 1e-6:
            raise ValueError(_("hours: the shares must add up to 1"))
        if abs(sum(self.untriaged) - 1) > 1e-6:
            raise ValueError(_("untriaged: the shares must add up to 1"))
        if set(self.abo) != {"O", "A", "B", "AB"} or abs(sum(self.abo.values()) - 1) > 1e-6:
            raise ValueError(_("abo needs O, A, B and AB, and their shares add up to 1"))
        codes = [one.component for one in self.components]
        if len(set(codes)) != len(codes):
            raise ValueError(_("a component stands twice"))
        return self


class HourCover(Frozen):
    """Running sums at the end of an hour after the incident: needed, and there by then at the slow end.

    `near` comes from the hospital's own cover, `moved` from farther banks; `gap` is still missing.
    """

    hour: int
    needed: int
    near: int
    moved: int
    gap: int


class GroupCover(Frozen):
    """The same running sums for the patients of one ABO group, or for those whose group is not known yet.

    What covers them may be of another group that suits: the lines of the sendings say which.
    """

    patient_group: str | None = Field(description="O, A, B, AB; null: not known yet")
    hours: tuple[HourCover, ...]


class HospitalCover(Frozen):
    """One component at one hospital. `missing` is what no bank can send at all.

    The sums of `groups` are `hours`.
    """

    hospital: HospitalId
    component: ComponentCode
    hours: tuple[HourCover, ...]
    groups: tuple[GroupCover, ...]
    missing: int


class SendingLine(Frozen):
    """So much of one lot, and for which group of patients (none: not known yet)."""

    lot: LotId
    group: BloodGroup
    quantity: int
    patient_group: str | None


class Sending(Frozen):
    """What one bank should send to one hospital. `near`: part of the hospital's own cover."""

    bank: BankId
    city: CityCode
    hospital: HospitalId
    component: ComponentCode
    quantity: int
    lines: tuple[SendingLine, ...]
    near: bool
    eta_min: float
    late_eta_min: float
    by_hour: int
    reasons: tuple[Reason, ...]


class JoinedAnswer(Frozen):
    """Cover by hour at every hospital, what to move there, and what the picture could not say."""

    as_of: AwareDatetime
    edition: str
    casualties: int
    rhd_negative_expected: float
    cover: tuple[HospitalCover, ...]
    sendings: tuple[Sending, ...]
    left_out: tuple[tuple[BankId, Reason], ...]
