"""Plans for one request: one component, or several together as a pack or for many patients."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.decide.blood import rank_blood
from dispatch.decide.blood_demand import Demand
from dispatch.decide.blood_models import BloodNeed, BloodRanking
from dispatch.decide.rules import BloodRules
from dispatch.domain.blood import BankId, Component, ComponentCode
from dispatch.domain.geography import CityCode
from dispatch.picture.live import Picture


@dataclass(frozen=True, slots=True)
class JointStep:
    """What one bank sends of one component in the first plans together."""

    bank: BankId
    component: ComponentCode
    quantity: int
    minutes: float
    arrives_at: datetime
    in_time: bool


@dataclass(frozen=True, slots=True)
class BloodPlanning:
    """A ranking with plans for each component; `ladder` joins the first plans by arrival.

    `missing` by component: what no bank can send. `demand` where patients were named.
    """

    as_of: datetime
    edition: str
    city: CityCode
    pack: str | None
    demand: Demand | None
    parts: tuple[BloodRanking, ...]
    ladder: tuple[JointStep, ...]
    missing: dict[ComponentCode, int]
    in_time: bool


def plan_blood(
    picture: Picture,
    needs: Iterable[BloodNeed],
    rules: BloodRules,
    now: datetime,
    *,
    pack: str | None = None,
    wanted: Demand | None = None,
) -> BloodPlanning:
    """Plan the needs one after the other: a bank that already sends is no further bank to the next.

    UnknownName as `rank_blood`; at least one need.
    """
    parts: list[BloodRanking] = []
    used: frozenset[BankId] = frozenset()
    for need in needs:
        part = rank_blood(picture, need, rules, now, used)
        parts.append(part)
        used |= {step.bank for plan in part.plans[:1] for step in plan.steps}
    ladder = sorted(_steps(parts), key=lambda step: (step.minutes, step.bank, step.component))
    missing = {
        part.component.code: part.plans[0].missing if part.plans else part.need.quantity for part in parts
    }
    return BloodPlanning(
        as_of=now,
        edition=f"{parts[0].edition}; demand {rules.demand.edition}" if pack or wanted else parts[0].edition,
        city=parts[0].city,
        pack=pack,
        demand=wanted,
        parts=tuple(parts),
        ladder=tuple(ladder),
        missing={component: amount for component, amount in missing.items() if amount},
        in_time=not any(missing.values()) and all(step.in_time for step in ladder),
    )


def needs_of(
    need: BloodNeed, amounts: Mapping[ComponentCode, int], components: Mapping[ComponentCode, Component]
) -> list[BloodNeed]:
    """One need for each component, alike but for the amount and the attributes that a component can have."""
    return [
        need.model_copy(
            update={
                "component": code,
                "quantity": amount,
                "attributes": need.attributes & {each.code for each in components[code].attributes},
            }
        )
        for code, amount in amounts.items()
    ]


def _steps(parts: Iterable[BloodRanking]) -> Iterable[JointStep]:
    return (
        JointStep(step.bank, part.component.code, step.quantity, step.minutes, step.arrives_at, step.in_time)
        for part in parts
        for plan in part.plans[:1]
        for step in plan.steps
    )
