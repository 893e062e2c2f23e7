"""Plans over one bank or several for one need: the best one, and what could be done instead.

The order of merit: units in time at p90, then the least late; least from worse tiers; least harm to
the lenders; first expired first; fewest banks; soonest. docs/blood-sourcing.md says each exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor

from dispatch.decide.blood_models import (
    BankExclusion,
    BankPlan,
    BloodNeed,
    BloodRanking,
    CoverLeft,
    LadderStep,
    Merit,
    Plan,
)
from dispatch.decide.blood_rules import SourcingRules
from dispatch.decide.draining import Key, Taken, by_arrival, drain, fewest
from dispatch.decide.offers import Offer, Piece, cover_left, taken_of
from dispatch.decide.reasons import Fact, Reason
from dispatch.domain.blood import BankId, Component
from dispatch.domain.geography import CityCode

_MOST_PLANS = 6
TRADES = {
    "arrives": ("trade_sooner", "trade_later"),
    "in_time": ("trade_more_in_time", "trade_fewer_in_time"),
    "missing": ("trade_less_missing", "trade_more_missing"),
    "substitute": ("trade_closer", "trade_farther"),
    "harm": ("trade_gentler", "trade_harder"),
}
"""What a plan can be better or worse in than the best one: the codes of the reasons that say so."""
_SPARED = ("spared_late", "spared_tier", "spared_harm", "spared_fresh")
"""Why a bank is not needed, by the first part of the key in which it is worse."""


@dataclass(frozen=True, slots=True)
class Sourcing:
    """The banks that can send something for one need, and what the plans are reckoned with."""

    offers: dict[BankId, Offer]
    """Soonest first."""
    need: BloodNeed
    component: Component
    tiers: int
    rules: SourcingRules
    now: datetime
    late: dict[BankId, int]
    """0 in time; then the band of lateness."""
    used: frozenset[BankId] = frozenset()
    """Banks that send another component of the same request."""

    @classmethod
    def of(
        cls,
        offers: Iterable[Offer],
        need: BloodNeed,
        component: Component,
        tiers: int,
        rules: SourcingRules,
        now: datetime,
        used: frozenset[BankId] = frozenset(),
    ) -> "Sourcing":
        """With the bands of lateness: so many arrival slacks behind the soonest late bank."""
        soonest = by_arrival(offers)
        tardy = {o.bank.id: o.eta.high_min for o in soonest if o.late_min(need, now)}
        slack = rules.arrival_slack_min.get(need.mode, 0.0)
        first = min(tardy.values(), default=0.0)
        band = {bank: floor((high - first) / slack) if slack else high for bank, high in tardy.items()}
        bands = sorted(set(band.values()))
        late = {offer.bank.id: 0 for offer in soonest}
        late |= {bank: 1 + bands.index(each) for bank, each in band.items()}
        by_bank = {offer.bank.id: offer for offer in soonest}
        return cls(by_bank, need, component, tiers, rules, now, late, used)

    def key(self, offer: Offer, piece: Piece) -> Key:
        """The order of merit of one piece."""
        return self.late[offer.bank.id], piece.tier, piece.harm, piece.lot.expires_at

    def plans(self) -> tuple[Plan, ...]:
        """The best plan, then each other aim whose plan is another one, by merit."""
        if not self.offers:
            return ()
        found: dict[tuple[object, ...], tuple[str, Taken]] = {}
        for aim, taken in self._aims():
            found.setdefault(_fingerprint(taken), (aim, taken))
        ordered = sorted(found.values(), key=lambda each: self.order(each[1]))[:_MOST_PLANS]
        made = [self._plan(aim, taken) for aim, taken in ordered]
        return tuple(
            replace(plan, rank=rank, trades=tuple(_trades(plan, made[0])) if rank > 1 else ())
            for rank, plan in enumerate(made, start=1)
        )

    def spared(self, best: Plan) -> tuple[BankExclusion, ...]:
        """Banks that could send too, each with why the best plan does without it."""
        sending = {step.bank for step in best.steps}
        taken = {(step.bank, line.lot) for step in best.steps for line in step.lines}
        last = max(
            self.key(offer, piece)
            for offer in self.offers.values()
            for piece in offer.pieces
            if (offer.bank.id, piece.lot.id) in taken
        )
        left = [offer for offer in self.offers.values() if offer.bank.id not in sending]
        return tuple(BankExclusion(o.bank.id, o.bank.city, (self._why(o, last),), o.km) for o in left)

    # --- what else could be wanted

    def _aims(self) -> Iterator[tuple[str, Taken]]:
        best = self._drained(self.key)
        yield "best", best
        yield "fewest", self._fewest(best)

        def soonest(offer: Offer, piece: Piece) -> Key:
            _late, tier, hurt, expires_at = self.key(offer, piece)
            return offer.eta.high_min, tier, hurt, expires_at

        def closest(offer: Offer, piece: Piece) -> Key:
            late, tier, hurt, expires_at = self.key(offer, piece)
            return tier, late, hurt, expires_at

        def gentlest(offer: Offer, piece: Piece) -> Key:
            late, tier, hurt, expires_at = self.key(offer, piece)
            return late, hurt, tier, expires_at

        yield "soonest", self._drained(soonest)
        yield "gentlest", self._drained(gentlest)
        yield "closest", self._drained(closest)
        own = [offer for offer in self.offers.values() if not offer.cross_city]
        if own:
            yield "own_city", self._drained(self.key, own)

    def _drained(self, key: Callable[[Offer, Piece], Key], offers: Iterable[Offer] | None = None) -> Taken:
        chosen = self.offers.values() if offers is None else offers
        return drain(chosen, self.need.quantity, key, self.used)

    def _fewest(self, best: Taken) -> Taken:
        """As much in every band of lateness as the best plan has, from as few banks as can be.

        All banks of the earlier bands send all they can in every such plan: the choice is in the last.
        """
        last = max(self.late[bank] for bank in best)
        forced = [offer for offer in self.offers.values() if self.late[offer.bank.id] < last]
        others = [offer for offer in self.offers.values() if self.late[offer.bank.id] == last]
        missing = min(
            self.need.quantity - sum(offer.quantity for offer in forced),
            sum(offer.quantity for offer in others),
        )
        alone = [offer for offer in others if offer.quantity >= missing]
        if alone:
            taken = [self._drained(self.key, [*forced, offer]) for offer in alone]
            return min(taken, key=self.order)
        chosen = fewest([min(offer.quantity, missing) for offer in others], missing)
        return self._drained(self.key, [*forced, *(others[at] for at in chosen)])

    # --- how plans compare

    def order(self, taken: Taken) -> tuple[object, ...]:
        """The whole order of merit of what is taken; the smallest is the best."""
        merit = self.merit(taken)
        expiries, ladder = Counter[datetime](), Counter[tuple[float, BankId]]()
        for bank, lines in taken.items():
            for line in lines:
                expiries[line.expires_at] += line.quantity
                ladder[self.offers[bank].eta.high_min, bank] += line.quantity
        return (
            tuple(-units for units in merit.by_arrival),
            merit.substitutes,
            merit.harm,
            tuple((moment, -units) for moment, units in sorted(expiries.items())),
            len(set(taken) - self.used),
            tuple((*arrival, -units) for arrival, units in sorted(ladder.items())),
        )

    def merit(self, taken: Taken) -> Merit:
        """What is taken, in the figures that plans are compared by."""
        arrival = [0] * (max(self.late.values()) + 1)
        substitutes, harm = [0] * self.tiers, [0] * len(self.rules.harm_bands)
        for bank, lines in taken.items():
            within = self.offers[bank].within
            for line in lines:
                substitutes[line.tier - 1] += line.quantity
                arrival[self.late[bank]] += line.quantity
            for group, units in taken_of(lines).items():
                for band, most in enumerate(within[group]):
                    harm[band] += max(0, units - most)
        return Merit(
            by_arrival=tuple(arrival),
            substitutes=tuple(reversed(substitutes[1:])),
            harm=tuple(reversed(harm)),
            first_expiring=min(line.expires_at for lines in taken.values() for line in lines),
            banks=len(taken),
        )

    # --- how plans are said

    def _plan(self, aim: str, taken: Taken) -> Plan:
        steps = tuple(self._ladder(taken))
        quantity = sum(step.quantity for step in steps)
        return Plan(
            rank=1,
            aim=aim,
            steps=steps,
            quantity=quantity,
            missing=self.need.quantity - quantity,
            in_time=sum(step.quantity for step in steps if step.in_time),
            merit=self.merit(taken),
            reasons=tuple(self._reasons(steps)),
            trades=(),
        )

    def _ladder(self, taken: Taken) -> Iterator[LadderStep]:
        total = 0
        for offer in sorted(self.offers.values(), key=lambda offer: (offer.eta.minutes, offer.bank.id)):
            lines = taken.get(offer.bank.id, ())
            if not lines:
                continue
            quantity = sum(line.quantity for line in lines)
            total += quantity
            late_min = offer.late_min(self.need, self.now)
            yield LadderStep(
                bank=offer.bank.id,
                city=offer.bank.city,
                minutes=offer.eta.minutes,
                arrives_at=self.now + timedelta(minutes=offer.eta.minutes),
                in_time=late_min == 0,
                late_min=late_min,
                quantity=quantity,
                total=total,
                eta=offer.eta,
                distance_km=offer.km,
                cross_city=offer.cross_city,
                count_age_s=offer.count_age_s,
                lines=tuple(lines),
                cover=cover_left(offer, lines, self.component, self.rules),
            )

    def _reasons(self, steps: tuple[LadderStep, ...]) -> Iterator[Reason]:
        wanted, quantity = self.need.quantity, sum(step.quantity for step in steps)
        if len(steps) > 1:
            yield Reason(code="ladder", facts={"banks": len(steps)})
        elif quantity == wanted:
            yield Reason(code="whole", facts={"quantity": quantity})
        late = sum(step.quantity for step in steps if not step.in_time)
        yield Reason(code="units_late", facts={"quantity": late}) if late else Reason(code="in_time")
        far = sum(line.quantity for step in steps for line in step.lines if line.tier > 1)
        if far:
            yield Reason(code="units_substitute", facts={"quantity": far})
        for step in steps:
            if step.cross_city:
                yield from (lends(step.city, kept) for kept in step.cover)
        if quantity < wanted:
            yield Reason(code="short", facts={"missing": wanted - quantity})

    def _why(self, offer: Offer, last: Key) -> Reason:
        """The first thing in which all that a bank could send stands behind the last piece of the plan."""
        best = min(self.key(offer, piece) for piece in offer.pieces)
        code = next((c for c, mine, its in zip(_SPARED, best, last, strict=True) if mine != its), "spared")
        facts: dict[str, Fact] = {}
        if code == "spared_fresh":
            facts["expires_at"] = min(piece.lot.expires_at for piece in offer.pieces).isoformat()
        return Reason(code=code, facts=facts)


def lends(lender: CityCode, kept: CoverLeft) -> Reason:
    """What another city keeps of a group when it lends."""
    facts: dict[str, Fact] = {"left": kept.left, "group": kept.group.value, "floor": kept.floor}
    return Reason(code="lends", facts={"lender": lender} | facts)


def _fingerprint(taken: Taken) -> tuple[object, ...]:
    return tuple(
        (bank, tuple(sorted((line.lot, line.quantity) for line in taken[bank]))) for bank in sorted(taken)
    )


def _trades(plan: Plan, best: Plan) -> Iterator[Reason]:
    """What a plan gives and takes against the best one."""
    figures: dict[str, tuple[float, float]] = {
        "arrives": (_all_there_min(plan), _all_there_min(best)),
        "in_time": (best.in_time, plan.in_time),
        "missing": (plan.missing, best.missing),
        "substitute": (sum(plan.merit.substitutes), sum(best.merit.substitutes)),
        "harm": (max(plan.merit.harm, default=0), max(best.merit.harm, default=0)),
    }
    for name, (its, bests) in figures.items():
        better, worse = TRADES[name]
        difference = its - bests
        fact = "by_min" if name == "arrives" else "quantity"
        if round(difference):
            yield Reason(code=worse if difference > 0 else better, facts={fact: abs(difference)})
    if plan.merit.banks != best.merit.banks:
        facts: dict[str, Fact] = {"banks": plan.merit.banks, "best": best.merit.banks}
        yield Reason(code="trade_banks", facts=facts)
    if plan.aim == "own_city":
        yield Reason(code="trade_own_city")
    if plan.merit.first_expiring > best.merit.first_expiring:
        yield Reason(code="trade_fresher", facts={"expires_at": best.merit.first_expiring.isoformat()})


def _all_there_min(plan: Plan) -> float:
    return max(step.minutes for step in plan.steps)


def bank_plan(step: LadderStep, plan: Plan, ranking: BloodRanking) -> BankPlan:
    """One bank's part of a plan, as the bank is asked for it."""
    return BankPlan(
        rank=plan.rank,
        bank=step.bank,
        city=step.city,
        lines=step.lines,
        quantity=step.quantity,
        wanted=ranking.need.quantity,
        eta=step.eta,
        arrives_at=step.arrives_at,
        in_time=step.in_time,
        late_min=step.late_min,
        distance_km=step.distance_km,
        cross_city=step.cross_city,
        count_age_s=step.count_age_s,
        cover=step.cover,
        reasons=plan.reasons,
        required=ranking.candidates[0].required,
    )
