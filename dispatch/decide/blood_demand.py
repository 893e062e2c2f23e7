"""How much blood to plan for: packs for massive transfusion, and many patients by triage class."""

from collections.abc import Mapping
from math import ceil
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.decide.rule_set import Fraction, RuleSet
from dispatch.domain.blood import ComponentCode
from dispatch.domain.errors import UnknownName
from dispatch.domain.model import Frozen, Name
from dispatch.language import _

Admitting = Literal["general", "trauma_centre"]
"""What kind of hospital admits the patients."""
MOST_PATIENTS = 9999
Count = Annotated[int, Field(ge=0, le=MOST_PATIENTS)]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
WesternUnits = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class TriageClass(Frozen):
    """A class of triage, and the share of its patients who count as an admission."""

    code: Code
    name: Name
    admitted: Fraction


class Pack(Frozen):
    """What goes together for massive transfusion, each component in its own unit."""

    code: Code
    name: Name
    contents: dict[ComponentCode, Annotated[int, Field(ge=1, le=100_000)]] = Field(min_length=1)


class DemandRules(RuleSet):
    """Western units for each admission, and packs."""

    western_unit: dict[ComponentCode, Annotated[float, Field(gt=0, le=10_000)]] = Field(
        description="one Western unit in the component's own unit"
    )
    per_admission: dict[Admitting, dict[ComponentCode, WesternUnits]]
    classes: tuple[TriageClass, ...] = Field(min_length=1)
    packs: tuple[Pack, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> "DemandRules":
        if set(self.per_admission) != {"general", "trauma_centre"}:
            raise ValueError(_("per_admission needs general and trauma_centre"))
        for place, amounts in self.per_admission.items():
            if stray := set(amounts) - set(self.western_unit):
                raise ValueError(
                    _(
                        "{key}: {listed} has no western_unit",
                        key=f"per_admission.{place}",
                        listed=", ".join(sorted(stray)),
                    )
                )
        for kind in ([each.code for each in self.classes], [each.code for each in self.packs]):
            if len(set(kind)) != len(kind):
                raise ValueError(_("a code of a class or pack stands twice"))
        return self

    @property
    def components(self) -> frozenset[ComponentCode]:
        """Every component that the rules name."""
        packed = {code for pack in self.packs for code in pack.contents}
        return frozenset(self.western_unit) | packed

    def pack(self, code: str) -> Pack:
        """A pack by its code; UnknownName otherwise."""
        found = next((pack for pack in self.packs if pack.code == code), None)
        if found is None:
            raise UnknownName("pack", code)
        return found


class Demand(Frozen):
    """What to plan for: `amounts` in each component's own unit, rounded up once for all patients."""

    edition: str
    place: Admitting
    patients: dict[str, int]
    admissions: float
    amounts: dict[ComponentCode, int]


def demand(patients: Mapping[str, int], place: Admitting, rules: DemandRules) -> Demand:
    """Blood for patients by triage class; UnknownName for a class that the rules do not hold."""
    shares = {each.code: each.admitted for each in rules.classes}
    for code in patients:
        if code not in shares:
            raise UnknownName("triage class", code)
    admissions = sum(count * shares[code] for code, count in patients.items())
    amounts = {
        component: _up(admissions * western * rules.western_unit[component])
        for component, western in rules.per_admission[place].items()
    }
    return Demand(
        edition=rules.edition,
        place=place,
        patients=dict(patients),
        admissions=round(admissions, 6),
        amounts={component: amount for component, amount in amounts.items() if amount},
    )


def _up(amount: float) -> int:
    """Rounded up, but not for the dust of binary fractions."""
    return ceil(amount - 1e-9)
