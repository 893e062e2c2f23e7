"""Which bank to ask for blood, by bounded lexicographic order:

in time at p90, least missing, best substitution tier, arrival within a slack of the best, least
harm to the bank, first to expire, arrival, bank id. Late banks: least missing, arrival within the
slack of the soonest, and only then tier, harm and expiry.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil

from dispatch.decide.blood_models import (
    BankExclusion,
    BankPlan,
    BloodNeed,
    BloodRanking,
    CoverLeft,
    LadderStep,
    Plan,
    PlanLine,
)
from dispatch.decide.draining import drain
from dispatch.decide.offers import Offer, cover_left, harm, make_offer
from dispatch.decide.plans import Sourcing, lends
from dispatch.decide.reasons import Fact, Reason
from dispatch.decide.region import far_outside
from dispatch.decide.rounds import next_round
from dispatch.decide.rules import BloodRules
from dispatch.decide.substitution import Suitability, suitability
from dispatch.decide.survey import can_be_ranked, out_of_sight
from dispatch.decide.travel import Drive, Eta, Range, columns, pace, total_eta, travel_minutes
from dispatch.domain.blood import Bank, BankId, Component
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode, Position
from dispatch.picture.live import Picture


def rank_blood(
    picture: Picture,
    need: BloodNeed,
    rules: BloodRules,
    now: datetime,
    used: frozenset[BankId] = frozenset(),
) -> BloodRanking:
    """Rank every bank of every city for one need; pure, same picture same answer.

    `used` banks send another component of the same request: a plan counts them as no further bank.

    UnknownName for a hospital, city or component that the picture does not hold, for a component whose
    compatibility table the rules do not hold, and for an antibody whose antigen they do not hold.
    """
    return _Sourcing(picture, need, rules, now, used).result()


class _Sourcing:
    """One need against every bank."""

    def __init__(
        self, picture: Picture, need: BloodNeed, rules: BloodRules, now: datetime, used: frozenset[BankId]
    ) -> None:
        self.picture, self.need, self.rules, self.now = picture, need, rules, now
        if need.component not in picture.components:
            raise UnknownName("component", need.component)
        self.component: Component = picture.components[need.component]
        self.position, self.city = destination(picture, need)
        if self.component.rule not in rules.compatibility.tables:
            raise UnknownName("compatibility table", self.component.rule)
        self.suits: Suitability = suitability(need, rules.compatibility.tables[self.component.rule])
        self.negatives = rules.components.negatives(need.antibodies, self.component.rule)
        self.excluded: list[BankExclusion] = []
        self.offers: list[Offer] = []
        self._ask_banks()
        facts = (need, self.component, self.suits.tiers, rules.sourcing, now, used)
        self.sourcing = Sourcing.of(self.offers, *facts)

    def result(self) -> BloodRanking:
        banks = self._in_order([self._plan(offer) for offer in self.offers])
        candidates = tuple(replace(plan, rank=i) for i, plan in enumerate(banks, start=1))
        plans = self.sourcing.plans()
        far = far_outside(self.picture, self.position, self.rules.travel)
        advice = [*([] if far is None else [far]), *self.notes]
        if not candidates:
            advice.append(Reason(code="no_bank"))
        if plans:
            said = ("short", "units_late")
            advice.extend(reason for reason in plans[0].reasons if reason.code in said)
        tables, sourcing = self.rules.compatibility.edition, self.rules.sourcing.edition
        return BloodRanking(
            as_of=self.now,
            edition=f"compatibility {tables}; sourcing {sourcing}; travel {self.rules.travel.edition}",
            need=self.need,
            city=self.city,
            component=self.component,
            candidates=candidates,
            excluded=tuple(sorted(self.excluded, key=lambda e: (e.straight_km, e.bank))),
            plans=plans,
            spared=self.sourcing.spared(plans[0]) if plans else (),
            advice=tuple(advice),
        )

    # --- gates

    def _ask_banks(self) -> None:
        banks = sorted(self.picture.banks.values(), key=lambda bank: bank.id)
        drive = travel_minutes(
            self.picture.bridges,
            self.rules.travel,
            *columns(bank.position for bank in banks),
            self.position,
            self.now,
            blue_light=self.need.mode in self.rules.sourcing.blue_light_modes,
            beyond=self.rules.beyond,
        )
        self.notes = drive.notes
        for row, bank in enumerate(banks):
            reasons = self._unreliable(bank)
            km = float(drive.straight_km[row])
            eta = None if reasons else self._eta(bank, drive, row)
            if eta is not None:
                offer = self._offer(bank, eta, km)
                if offer.pieces:
                    self.offers.append(offer)
                    continue
                reasons = offer.shortfalls
            elif not reasons:
                reasons = (Reason(code="no_round"),)
            self.excluded.append(BankExclusion(bank.id, bank.city, reasons, km))

    def _unreliable(self, bank: Bank) -> tuple[Reason, ...]:
        found = []
        view = self.picture.sight[bank.city]
        if not can_be_ranked(view, self.rules.sourcing.rank_silent_cities):
            found.append(out_of_sight(view))
        stock = self.picture.stock.banks.get(bank.id)
        if stock is None:
            return (*found, Reason(code="bank_never"))
        if not stock.complete:
            found.append(Reason(code="count_incomplete"))
        age_s = (self.now - stock.counted_at).total_seconds()
        if age_s > self.rules.sourcing.count_stale_min * 60:
            found.append(Reason(code="count_old", facts={"age_s": int(age_s)}))
        return tuple(found)

    def _eta(self, bank: Bank, drive: Drive, row: int) -> Eta | None:
        """None where no scheduled round goes that way."""
        rules = self.rules.sourcing
        own = bank.city == self.city
        confirm = rules.confirmation_own_min if own else rules.confirmation_other_min
        prepare, pack = self.component.preparation_min, rules.packing_min
        parts = {
            "confirmation": Range(confirm.p10, confirm.p50, confirm.p90),
            "preparation": Range(prepare * rules.preparation_low, prepare, prepare * rules.preparation_high),
            "packing": Range(pack.p10, pack.p50, pack.p90),
        }
        travel = drive.range(row)
        if self.need.mode == "stock":
            ready = total_eta(parts, drive.method(row))
            leaves = next_round(rules.rounds_of(bank.id, own=own), self.now, ready.high_min)
            if leaves is None:
                return None
            waits = (leaves - self.now).total_seconds() / 60 - ready.minutes
            parts = {name: Range(part.p50, part.p50, part.p50) for name, part in parts.items()}
            parts["round"] = Range(waits, waits, waits)
            of_day = self.rules.travel
            slower = pace(of_day, leaves, blue_light=False) / pace(of_day, self.now, blue_light=False)
            travel = Range(*(minutes * slower for minutes in travel))
        parts["travel"] = travel
        return total_eta(parts, drive.method(row), learned_factor=float(drive.learned[row]))

    def _offer(self, bank: Bank, eta: Eta, km: float) -> Offer:
        return make_offer(
            bank,
            self.picture.stock.banks[bank.id],
            self.need,
            self.component,
            self.suits,
            self.rules.sourcing,
            eta,
            km,
            negatives=self.negatives,
            cross_city=bank.city != self.city,
            now=self.now,
        )

    # --- plans

    def _plan(self, offer: Offer) -> BankPlan:
        lines = drain([offer], self.need.quantity, self.sourcing.key)[offer.bank.id]
        cover = cover_left(offer, lines, self.component, self.rules.sourcing)
        late_min = offer.late_min(self.need, self.now)
        return BankPlan(
            rank=0,
            bank=offer.bank.id,
            city=offer.bank.city,
            lines=tuple(lines),
            quantity=sum(line.quantity for line in lines),
            wanted=self.need.quantity,
            eta=offer.eta,
            arrives_at=self.now + timedelta(minutes=offer.eta.minutes),
            in_time=late_min == 0,
            late_min=late_min,
            distance_km=offer.km,
            cross_city=offer.cross_city,
            count_age_s=offer.count_age_s,
            cover=cover,
            reasons=tuple(self._reasons(offer, lines, late_min, cover)),
            required=tuple(sorted(self.need.attributes | self.negatives)),
        )

    def _in_order(self, plans: list[BankPlan]) -> list[BankPlan]:
        plans = sorted(plans, key=self._merit)
        slack = self.rules.sourcing.arrival_slack_min[self.need.mode]
        ordered: list[BankPlan] = []
        for _merit, equals in groupby(plans, key=self._merit):
            peers = list(equals)
            latest = min(p.eta.minutes for p in peers) + slack
            inside = [p for p in peers if p.eta.minutes <= latest]
            beyond = [p for p in peers if p.eta.minutes > latest]
            ordered += sorted(inside, key=lambda p: (self._profile(p), *self._harm_and_expiry(p)))
            ordered += sorted(beyond, key=lambda p: (p.eta.minutes, p.bank))
        return ordered

    def _merit(self, plan: BankPlan) -> tuple[bool, int, tuple[int, ...]]:
        """What comes before minutes; for a late bank minutes come before the tier."""
        tiers = self._profile(plan) if plan.in_time else ()
        return not plan.in_time, plan.wanted - plan.quantity, tiers

    def _profile(self, plan: BankPlan) -> tuple[int, ...]:
        """Units of each tier, worst tier first: the smaller, the closer to the patient's own group."""
        amounts = [0] * self.suits.tiers
        for line in plan.lines:
            amounts[line.tier - 1] += line.quantity
        return tuple(reversed(amounts[1:]))

    def _harm_and_expiry(self, plan: BankPlan) -> tuple[int, datetime, float, str]:
        first = min(line.expires_at for line in plan.lines)
        return harm(plan.cover, self.rules.sourcing), first, plan.eta.minutes, plan.bank

    # --- reasons

    def _reasons(
        self, offer: Offer, lines: list[PlanLine], late_min: float, cover: tuple[CoverLeft, ...]
    ) -> list[Reason]:
        quantity = sum(line.quantity for line in lines)
        amount: dict[str, Fact] = {"quantity": quantity, "wanted": self.need.quantity}
        if quantity == self.need.quantity:
            found = [Reason(code="whole", facts={"quantity": quantity})]
        else:
            found = [Reason(code="partial", facts=amount), *offer.shortfalls]
        found += self._group_reasons(lines)
        found.append(self._arrival(offer, late_min))
        if offer.cross_city:
            found += [lends(offer.bank.city, kept) for kept in cover]
        if offer.count_age_s > self.rules.sourcing.count_warn_min * 60:
            found.append(Reason(code="count_old", facts={"age_s": int(offer.count_age_s)}))
        first = min(line.expires_at for line in lines)
        found.append(Reason(code="first_expiring", facts={"expires_at": first.isoformat()}))
        return found

    def _group_reasons(self, lines: list[PlanLine]) -> list[Reason]:
        found = []
        for group in dict.fromkeys(line.group for line in lines):
            facts: dict[str, Fact] = {
                "group": group.value,
                "quantity": sum(line.quantity for line in lines if line.group is group),
            }
            if self.need.on_word_of is not None:
                facts["person"] = self.need.on_word_of
            found.append(Reason(code=self.suits.code_of[group], facts=facts))
        return found

    def _arrival(self, offer: Offer, late_min: float) -> Reason:
        if late_min == 0:
            return Reason(code="in_time")
        arrives = self.now + timedelta(minutes=offer.eta.minutes)
        code = "tight" if arrives <= self.need.need_by else "late"
        behind_s = (arrives - self.need.need_by).total_seconds() if code == "late" else late_min * 60
        return Reason(code=code, facts={"late_s": ceil(behind_s / 60) * 60})


def destination(picture: Picture, need: BloodNeed) -> tuple[Position, CityCode]:
    """Where the blood goes, and the city that asks."""
    if need.hospital is not None:
        if need.hospital not in picture.hospitals:
            raise UnknownName("hospital", need.hospital)
        hospital = picture.hospitals[need.hospital]
        return hospital.position, hospital.city
    if need.position is None or need.city is None:
        raise UnknownName("place", "")
    return need.position, picture.city(need.city).code


__all__ = [
    "BankExclusion",
    "BankPlan",
    "BloodNeed",
    "BloodRanking",
    "CoverLeft",
    "LadderStep",
    "Plan",
    "PlanLine",
    "rank_blood",
]
