"""What each bank could send: usable lots in the order they should go, and what the bank must keep."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor
from operator import attrgetter

from dispatch.decide.blood_models import BloodNeed, CoverLeft, PlanLine
from dispatch.decide.blood_rules import SourcingRules
from dispatch.decide.reasons import Reason
from dispatch.decide.substitution import Suitability
from dispatch.decide.travel import Eta
from dispatch.domain.blood import Bank, BloodGroup, Component, Lot, LotState
from dispatch.picture.stock import BankStock


@dataclass(frozen=True, slots=True)
class Piece:
    """So much of one lot that goes together; taking it brings the bank into band `harm` of its floor."""

    lot: Lot
    quantity: int
    tier: int
    harm: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One bank for one need.

    `pieces` of each group first to expire first, together no more than the bank can spare over its
    floor; `within` per group: how many may go while it stays above each band, widest band first.
    """

    bank: Bank
    eta: Eta
    km: float
    cross_city: bool
    count_age_s: float
    pieces: tuple[Piece, ...]
    free: dict[BloodGroup, int]
    floors: dict[BloodGroup, int]
    within: dict[BloodGroup, tuple[int, ...]]
    shortfalls: tuple[Reason, ...]

    def late_min(self, need: BloodNeed, now: datetime) -> float:
        """Minutes by which the slow end of arrival (p90) misses need_by; 0 when in time."""
        slow = now + timedelta(minutes=self.eta.high_min)
        return max(0.0, (slow - need.need_by).total_seconds() / 60)

    @property
    def quantity(self) -> int:
        """All that the bank could send for this need."""
        return sum(piece.quantity for piece in self.pieces)


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
    negatives: frozenset[str] = frozenset(),
    cross_city: bool,
    now: datetime,
) -> Offer:
    """Sort a bank's stock into what it could send and why the rest stays.

    `negatives` are the attributes that the patient's antibodies ask of a lot.
    """
    use_until = now + timedelta(minutes=eta.high_min + rules.use_within_min)
    lots, free, stays = _sorted_out(stock, need, component, suits, use_until, negatives)
    floors = {g: floor_of(bank, component, g, rules, cross_city=cross_city) for g in free}
    bands = sorted(rules.harm_bands, reverse=True)
    within = {g: tuple(_most_above(free[g], floors[g], band) for band in bands) for g in free}
    pieces: list[Piece] = []
    for group, held in sorted(lots.items()):
        held.sort(key=attrgetter("expires_at", "id"))
        most = min(need.quantity, free[group] - floors[group])
        pieces += _cut(held, suits.tier_of[group], within[group], most)
    return Offer(
        bank=bank,
        eta=eta,
        km=km,
        cross_city=cross_city,
        count_age_s=(now - stock.counted_at).total_seconds(),
        pieces=tuple(pieces),
        free=dict(free),
        floors=floors,
        within=within,
        shortfalls=tuple(_shortfalls(stays, need, component, suits, free, floors)),
    )


def floor_of(
    bank: Bank, component: Component, group: BloodGroup, rules: SourcingRules, *, cross_city: bool
) -> int:
    """Units of a group that the bank keeps: a count, or days of issue where that is known and more."""
    kept = rules.floor(component.code, group)
    if not cross_city:
        return kept.own
    issue = rules.issue(bank.id, component.code, group) or 0.0
    return max(kept.lender, ceil(kept.lender_days * issue - 1e-9))


def cover_left(
    offer: Offer, lines: Iterable[PlanLine], component: Component, rules: SourcingRules
) -> tuple[CoverLeft, ...]:
    """What the bank keeps of each group that the lines touch."""
    taken = taken_of(lines)
    kept = []
    for group in sorted(taken):
        left = offer.free[group] - taken[group]
        issue = rules.issue(offer.bank.id, component.code, group)
        days = left / issue if issue else None
        kept.append(CoverLeft(group, offer.free[group], left, offer.floors[group], days))
    return tuple(kept)


def taken_of(lines: Iterable[PlanLine]) -> Counter[BloodGroup]:
    """Units of each group that the lines take."""
    taken = Counter[BloodGroup]()
    for line in lines:
        taken[line.group] += line.quantity
    return taken


def harm(cover: tuple[CoverLeft, ...], rules: SourcingRules) -> int:
    """0 where every touched group stays far above its floor, growing by one per band passed."""
    ratios = [kept.left / kept.floor for kept in cover if kept.floor]
    return sum(min(ratios) < band for band in rules.harm_bands) if ratios else 0


def _most_above(free: int, floor_units: int, band: float) -> int:
    """How many of `free` may go while at least `band` floors stay; all of them where there is no floor."""
    if not floor_units:
        return free
    most = max(0, floor(free - band * floor_units))
    while most and (free - most) / floor_units < band:
        most -= 1
    while most < free and (free - most - 1) / floor_units >= band:
        most += 1
    return most


def _cut(lots: list[Lot], tier: int, within: tuple[int, ...], most: int) -> Iterable[Piece]:
    """The lots of one group in their order, cut where a band of harm begins, `most` units in all."""
    gone = 0
    for lot in lots:
        if gone >= most:
            return
        left = min(lot.quantity, most - gone)
        while left > 0:
            band = sum(gone >= edge for edge in within)
            edge = min((edge for edge in within if edge > gone), default=most)
            take = min(left, edge - gone)
            yield Piece(lot, take, tier, band)
            gone, left = gone + take, left - take


def _sorted_out(
    stock: BankStock,
    need: BloodNeed,
    component: Component,
    suits: Suitability,
    use_until: datetime,
    negatives: frozenset[str],
) -> tuple[dict[BloodGroup, list[Lot]], Counter[BloodGroup], Counter[str]]:
    """Usable lots by group, free units per suitable group, and how much stays back by cause."""
    lots: dict[BloodGroup, list[Lot]] = {}
    free, stays, in_all = Counter[BloodGroup](), Counter[str](), 0
    wanted, asked, issued, available = component.code, need.attributes, LotState.ISSUED, LotState.AVAILABLE
    unsuitable = {
        group: _unsuitable(group, suits) for group in BloodGroup
    }  # this loop sees every lot there is
    for lot in stock.lots.values():
        quantity = lot.quantity
        if lot.component != wanted or quantity == 0 or lot.state is issued:
            continue
        in_all += quantity
        cause = unsuitable[lot.group]
        if cause is not None:
            stays[cause] += quantity
        elif lot.state is not available:
            stays["not_free"] += quantity
        elif lot.expires_at < use_until:
            stays["expiring"] += quantity
        else:
            free[lot.group] += quantity
            if asked and not asked <= lot.attributes:
                stays["special"] += quantity
            elif negatives and not negatives <= lot.attributes:
                stays["antigen"] += quantity
            else:
                lots.setdefault(lot.group, []).append(lot)
    if in_all:
        stays["held"] = in_all
    return lots, free, stays


def _unsuitable(group: BloodGroup, suits: Suitability) -> str | None:
    """Why no lot of a group may be offered; None for a group that may."""
    if group in suits.tier_of:
        return None
    if group in suits.kept:
        return "firewall"
    return f"word:{group}" if group in suits.on_word else "unsuitable"


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
    if stays["antigen"]:
        untyped = {"quantity": stays["antigen"], "antigens": " ".join(sorted(need.antibodies))}
        found.append(Reason(code="antigen", facts=untyped))
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
