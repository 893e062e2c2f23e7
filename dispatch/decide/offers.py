"""What each bank could send: usable lots in the order they should go, and what the bank must keep."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from dispatch.decide.blood_models import BloodNeed, CoverLeft, PlanLine
from dispatch.decide.blood_rules import SourcingRules
from dispatch.decide.reasons import Reason
from dispatch.decide.substitution import Suitability
from dispatch.decide.travel import Eta
from dispatch.domain.blood import Bank, BloodGroup, Component, Lot, LotState
from dispatch.picture.stock import BankStock


@dataclass(frozen=True, slots=True)
class Offer:
    """One bank for one need. `lots` by tier, then first to expire; `spare` per group over its floor."""

    bank: Bank
    eta: Eta
    km: float
    cross_city: bool
    count_age_s: float
    lots: tuple[tuple[int, Lot], ...]
    free: dict[BloodGroup, int]
    floors: dict[BloodGroup, int]
    spare: dict[BloodGroup, int]
    shortfalls: tuple[Reason, ...]

    def late_min(self, need: BloodNeed, now: datetime) -> float:
        """Minutes by which the slow end of arrival (p90) misses need_by; 0 when in time."""
        slow = now + timedelta(minutes=self.eta.high_min)
        return max(0.0, (slow - need.need_by).total_seconds() / 60)


def make_offer(
    bank: Bank,
    stock: BankStock,
    need: BloodNeed,
    component: Component,
    suits: Suitability,
    rules: SourcingRules,
    eta: Eta,
    km: float,
    *,
    cross_city: bool,
    now: datetime,
) -> Offer:
    """Sort a bank's stock into what it could send and why the rest stays."""
    use_until = now + timedelta(minutes=eta.high_min + rules.use_within_min)
    lots, free, stays = _sorted_out(stock, need, component, suits, use_until)
    floors = {g: floor_of(bank, component, g, rules, cross_city=cross_city) for g in free}
    spare = {g: max(0, free[g] - floors[g]) for g in free}
    return Offer(
        bank=bank,
        eta=eta,
        km=km,
        cross_city=cross_city,
        count_age_s=(now - stock.counted_at).total_seconds(),
        lots=tuple(sorted(lots, key=lambda tl: (tl[0], tl[1].expires_at, tl[1].id))),
        free=dict(free),
        floors=floors,
        spare=spare,
        shortfalls=tuple(_shortfalls(stays, need, component, suits, free, floors)),
    )


def floor_of(
    bank: Bank, component: Component, group: BloodGroup, rules: SourcingRules, *, cross_city: bool
) -> int:
    """Units of a group that the bank keeps: a count, or days of issue where that is known and more."""
    floor = rules.floor(component.code, group)
    if not cross_city:
        return floor.own
    issue = rules.issue(bank.id, component.code, group) or 0.0
    return max(floor.lender, ceil(floor.lender_days * issue - 1e-9))


def allocate(offer: Offer, quantity: int, tiers: range, taken: list[PlanLine]) -> list[PlanLine]:
    """Lines of at most `quantity` from the given tiers, after what `taken` already has of this bank."""
    used = Counter({line.lot: line.quantity for line in taken})
    spare = dict(offer.spare)
    for line in taken:
        spare[line.group] -= line.quantity
    lines = []
    for tier, lot in offer.lots:
        take = min(quantity, lot.quantity - used[lot.id], spare[lot.group])
        if tier in tiers and take > 0:
            lines.append(PlanLine(lot.id, lot.group, take, tier, lot.expires_at))
            spare[lot.group] -= take
            quantity -= take
    return lines


def cover_left(
    offer: Offer, lines: list[PlanLine], component: Component, rules: SourcingRules
) -> tuple[CoverLeft, ...]:
    """What the bank keeps of each group that the lines touch."""
    taken = Counter[BloodGroup]()
    for line in lines:
        taken[line.group] += line.quantity
    kept = []
    for group in sorted(taken):
        left = offer.free[group] - taken[group]
        issue = rules.issue(offer.bank.id, component.code, group)
        days = left / issue if issue else None
        kept.append(CoverLeft(group, offer.free[group], left, offer.floors[group], days))
    return tuple(kept)


def harm(cover: tuple[CoverLeft, ...], rules: SourcingRules) -> int:
    """0 where every touched group stays far above its floor, growing by one per band passed."""
    ratios = [kept.left / kept.floor for kept in cover if kept.floor]
    return sum(min(ratios) < band for band in rules.harm_bands) if ratios else 0


def _sorted_out(
    stock: BankStock, need: BloodNeed, component: Component, suits: Suitability, use_until: datetime
) -> tuple[list[tuple[int, Lot]], Counter[BloodGroup], Counter[str]]:
    """Usable lots with their tier, free units per suitable group, and how much stays back by cause."""
    lots, free, stays = [], Counter[BloodGroup](), Counter[str]()
    for lot in stock.lots.values():
        if lot.component != component.code or lot.quantity == 0 or lot.state is LotState.ISSUED:
            continue
        stays["held"] += lot.quantity
        tier = suits.tier_of.get(lot.group)
        if tier is None:
            stays[_unsuitable(lot, suits)] += lot.quantity
        elif lot.state is not LotState.AVAILABLE:
            stays["not_free"] += lot.quantity
        elif lot.expires_at < use_until:
            stays["expiring"] += lot.quantity
        else:
            free[lot.group] += lot.quantity
            if need.attributes <= lot.attributes:
                lots.append((tier, lot))
            else:
                stays["special"] += lot.quantity
    return lots, free, stays


def _unsuitable(lot: Lot, suits: Suitability) -> str:
    if lot.group in suits.kept:
        return "firewall"
    return f"word:{lot.group}" if lot.group in suits.on_word else "unsuitable"


def _shortfalls(
    stays: Counter[str],
    need: BloodNeed,
    component: Component,
    suits: Suitability,
    free: Counter[BloodGroup],
    floors: dict[BloodGroup, int],
) -> list[Reason]:
    if not stays["held"]:
        return [Reason(code="none_held", facts={"component": component.code})]
    found = []
    if not free and stays["unsuitable"] + stays["firewall"] == stays["held"]:
        facts = {"quantity": stays["held"], "component": component.code}
        found.append(Reason(code="no_match", facts=facts))
    if need.group is not None and need.group.rhd_positive and stays["firewall"]:
        found.append(Reason(code="firewall", facts={"quantity": stays["firewall"]}))
    causes = ("not_free", "expiring")
    found += [Reason(code=code, facts={"quantity": stays[code]}) for code in causes if stays[code]]
    if stays["special"]:
        special = {"quantity": stays["special"], "attributes": ",".join(sorted(need.attributes))}
        found.append(Reason(code="special", facts=special))
    for group in sorted(free):
        if floors[group]:
            held = {"held": free[group], "group": group.value, "floor": floors[group]}
            found.append(Reason(code="floor", facts=held))
    for group in sorted(suits.on_word):
        if stays[f"word:{group}"]:
            word = {"quantity": stays[f"word:{group}"], "group": group.value}
            found.append(Reason(code="word_needed", facts=word))
    return found
