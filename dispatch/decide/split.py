"""One need spread over several banks: as much in time as can be, best tiers first, shown by arrival."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dispatch.decide.blood_models import BloodNeed, LadderStep, PlanLine, Split
from dispatch.decide.blood_rules import SourcingRules
from dispatch.decide.offers import Offer, allocate, cover_left
from dispatch.decide.reasons import Reason
from dispatch.decide.substitution import Suitability
from dispatch.domain.blood import Component


def best_split(
    offers: list[Offer],
    need: BloodNeed,
    component: Component,
    suits: Suitability,
    rules: SourcingRules,
    now: datetime,
) -> Split | None:
    """Take from banks in time before late ones, tier by tier, soonest first; None for fewer than two.

    Tiers are nested, so this takes the least from the worse tiers among all splits of the same
    amount in time.
    """
    soonest = sorted(offers, key=lambda offer: (offer.eta.high_min, offer.bank.id))
    lines: dict[str, list[PlanLine]] = {offer.bank.id: [] for offer in offers}
    missing = need.quantity
    for late in (False, True):
        for tier in range(1, suits.tiers + 1):
            for offer in soonest:
                if (offer.late_min(need, now) > 0) is late:
                    taken = allocate(offer, missing, range(tier, tier + 1), lines[offer.bank.id])
                    lines[offer.bank.id] += taken
                    missing -= sum(line.quantity for line in taken)
    steps = _ladder(offers, lines, need, component, rules, now)
    if len(steps) < 2:
        return None
    reasons = [Reason(code="ladder", facts={"banks": len(steps)})]
    if missing:
        reasons.append(Reason(code="short", facts={"missing": missing}))
    return Split(steps, need.quantity - missing, missing, tuple(reasons))


def profile(lines: Iterable[PlanLine], tiers: int) -> tuple[int, ...]:
    """Units of each tier, worst tier first: the smaller, the closer to the patient's own group."""
    amounts = [0] * tiers
    for line in lines:
        amounts[line.tier - 1] += line.quantity
    return tuple(reversed(amounts[1:]))


def _ladder(
    offers: list[Offer],
    lines: dict[str, list[PlanLine]],
    need: BloodNeed,
    component: Component,
    rules: SourcingRules,
    now: datetime,
) -> tuple[LadderStep, ...]:
    steps, total = [], 0
    for offer in sorted(offers, key=lambda offer: (offer.eta.minutes, offer.bank.id)):
        taken = lines[offer.bank.id]
        if not taken:
            continue
        quantity = sum(line.quantity for line in taken)
        total += quantity
        steps.append(
            LadderStep(
                bank=offer.bank.id,
                city=offer.bank.city,
                minutes=offer.eta.minutes,
                arrives_at=now + timedelta(minutes=offer.eta.minutes),
                in_time=offer.late_min(need, now) == 0,
                quantity=quantity,
                total=total,
                lines=tuple(taken),
                cover=cover_left(offer, taken, component, rules),
            )
        )
    return tuple(steps)
