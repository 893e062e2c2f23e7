"""An incident and the blood for it: need by hour at the hospitals, what near banks cover, what to move.

Patients are planned as RhD-positive; the few RhD-negative ones are counted and asked for by name, so
RhD-negative stock is never drawn by a plan. Pure: same picture, same answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

import numpy as np

from dispatch.blood.joined_models import (
    AdmissionNeed,
    Casualties,
    GroupCover,
    HospitalCover,
    HourCover,
    JoinedAnswer,
    JoinedRules,
    Sending,
    SendingLine,
)
from dispatch.decide.blood_rules import CompatibilityTable, RecipientClass
from dispatch.decide.reasons import Reason
from dispatch.decide.rules import BloodRules
from dispatch.decide.survey import can_be_ranked, out_of_sight
from dispatch.decide.travel import Eta, Range, columns, drive_range, total_eta, travel_minutes
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode, Lot, LotId, LotState
from dispatch.domain.errors import UnknownName
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.units import Capability
from dispatch.picture.live import Picture


def cover_incident(
    picture: Picture, casualties: Sequence[Casualties], rules: JoinedRules, blood: BloodRules, now: datetime
) -> JoinedAnswer:
    """Cover by hour after `now`; UnknownName for a hospital that the picture does not hold."""
    for each in casualties:
        if each.hospital not in picture.hospitals:
            raise UnknownName("hospital", each.hospital)
    return _Covering(picture, casualties, rules, blood, now).answer()


@dataclass(frozen=True, slots=True)
class _Want:
    """Units of one component needed in one hour at one hospital; `abo` None: group not known yet."""

    hour: int
    hospital: HospitalId
    component: Component
    abo: str | None
    units: int


@dataclass(slots=True)
class _Held:
    """Free lots of one bank, component and group; `taken` counts what is promised already."""

    bank: Bank
    group: BloodGroup
    lots: list[Lot]
    taken: Counter[LotId] = field(default_factory=Counter)

    def take(self, units: int, floor: int, use_until: datetime) -> list[tuple[Lot, int]]:
        """Up to so many units above the floor, the first to expire first."""
        usable = [lot for lot in self.lots if lot.expires_at >= use_until]
        units = min(units, sum(lot.quantity - self.taken[lot.id] for lot in usable) - floor)
        found = []
        for lot in usable:
            part = min(units, lot.quantity - self.taken[lot.id])
            if part > 0:
                self.taken[lot.id] += part
                units -= part
                found.append((lot, part))
        return found


@dataclass(frozen=True, slots=True)
class _Sent:
    """Units of a want that one lot serves, and by which hour they are there."""

    want: _Want
    bank: Bank
    lot: Lot
    units: int
    by_hour: int
    near: bool


class _Covering:
    """One incident."""

    def __init__(
        self,
        picture: Picture,
        casualties: Sequence[Casualties],
        rules: JoinedRules,
        blood: BloodRules,
        now: datetime,
    ) -> None:
        self.picture, self.rules, self.blood, self.now = picture, rules, blood, now
        self.casualties = _joined(casualties)
        self.left_out: list[tuple[BankId, Reason]] = []
        self.banks = [
            bank for bank in sorted(picture.banks.values(), key=lambda b: b.id) if self._sound(bank)
        ]
        self.held = self._shelves()
        self.drives = {h.hospital: self._drives(picture.hospitals[h.hospital]) for h in self.casualties}
        self.sent: list[_Sent] = []
        self.missing: Counter[tuple[HospitalId, ComponentCode]] = Counter()

    def answer(self) -> JoinedAnswer:
        wants = sorted(self._wants(), key=lambda w: (w.hour, w.hospital, w.component.code, w.abo or ""))
        for want in wants:
            self._serve(want)
        patients = sum(each.count for each in self.casualties)
        return JoinedAnswer(
            as_of=self.now,
            edition=f"joined {self.rules.edition}; sourcing {self.blood.sourcing.edition}",
            casualties=patients,
            rhd_negative_expected=round(patients * self.rules.rhd_negative, 3),
            cover=tuple(self._cover(wants)),
            sendings=tuple(self._sendings()),
            left_out=tuple(self.left_out),
        )

    # --- what is needed

    def _wants(self) -> Iterator[_Want]:
        for each in self.casualties:
            hospital = self.picture.hospitals[each.hospital]
            for need in self.rules.components:
                component = self.picture.components.get(need.component)
                if component is not None:
                    yield from self._wants_of(each, hospital, need, component)

    def _wants_of(
        self, each: Casualties, hospital: Hospital, need: AdmissionNeed, component: Component
    ) -> Iterator[_Want]:
        rules = self.rules
        admissions = each.red * rules.red + each.yellow * rules.yellow + each.green * rules.green
        per_one = need.trauma if Capability.TRAUMA in hospital.capabilities else need.general
        done, share = 0, 0.0
        given: Counter[str] = Counter()
        for hour, part in enumerate(rules.hours):
            share += part
            upto = ceil(admissions * per_one * share / need.step - 1e-9)
            steps, done = upto - done, upto
            if not steps:
                continue
            if hour < rules.unknown_group_hours:
                yield _Want(hour, hospital.id, component, None, steps * need.step)
                continue
            for abo, count in _spread(steps, rules.abo, given).items():
                yield _Want(hour, hospital.id, component, abo, count * need.step)

    # --- who can send

    def _sound(self, bank: Bank) -> bool:
        sourcing, stock = self.blood.sourcing, self.picture.stock.banks.get(bank.id)
        view = self.picture.sight[bank.city]
        reason = None
        if not can_be_ranked(view, sourcing.rank_silent_cities):
            reason = out_of_sight(view)
        elif stock is None:
            reason = Reason(code="bank_never")
        elif not stock.complete:
            reason = Reason(code="count_incomplete")
        elif (age_s := (self.now - stock.counted_at).total_seconds()) > sourcing.count_stale_min * 60:
            reason = Reason(code="count_old", facts={"age_s": int(age_s)})
        if reason is not None:
            self.left_out.append((bank.id, reason))
        return reason is None

    def _shelves(self) -> dict[tuple[str, BloodGroup], list[_Held]]:
        """Free lots of every bank by component and group, the first to expire first."""
        found: dict[tuple[str, BloodGroup], list[_Held]] = defaultdict(list)
        for bank in self.banks:
            lots: dict[tuple[str, BloodGroup], list[Lot]] = defaultdict(list)
            for lot in self.picture.stock.banks[bank.id].lots.values():
                if lot.state is LotState.AVAILABLE and lot.quantity and lot.expires_at > self.now:
                    lots[lot.component, lot.group].append(lot)
            for (component, group), held in lots.items():
                held.sort(key=lambda lot: (lot.expires_at, lot.id))
                found[component, group].append(_Held(bank, group, held))
        return found

    def _drives(self, hospital: Hospital) -> list[float]:
        drive = travel_minutes(
            self.picture.bridges,
            self.blood.travel,
            *columns(bank.position for bank in self.banks),
            hospital.position,
            self.now,
            blue_light="emergency" in self.blood.sourcing.blue_light_modes,
        )
        return [float(value) for value in np.asarray(drive.minutes)]

    def _eta(self, bank: Bank, hospital: Hospital, component: Component) -> Eta:
        rules = self.blood.sourcing
        own = bank.city == hospital.city
        confirm = rules.confirmation_own_min if own else rules.confirmation_other_min
        prepare, pack = component.preparation_min, rules.packing_min
        drive = self.drives[hospital.id][self.banks.index(bank)]
        parts = {
            "confirmation": Range(confirm.p10, confirm.p50, confirm.p90),
            "preparation": Range(prepare * rules.preparation_low, prepare, prepare * rules.preparation_high),
            "packing": Range(pack.p10, pack.p50, pack.p90),
            "travel": drive_range(self.blood.travel, drive),
        }
        return total_eta(parts, "")

    # --- who serves what

    def _serve(self, want: _Want) -> None:
        """In time first, then tier, near banks, arrival; what comes late is better than nothing."""
        left = want.units
        hospital = self.picture.hospitals[want.hospital]
        for _key, held, eta in sorted(self._offers(want, hospital), key=lambda offer: offer[0]):
            if not left:
                break
            own = held.bank.city == hospital.city
            floor = self.blood.sourcing.floor(want.component.code, held.group)
            use_until = self.now + timedelta(minutes=eta.high_min + self.blood.sourcing.use_within_min)
            near = own and eta.high_min <= self.rules.near_min
            by_hour = max(want.hour, ceil(eta.high_min / 60) - 1)
            for lot, units in held.take(left, floor.own if own else floor.lender, use_until):
                self.sent.append(_Sent(want, held.bank, lot, units, by_hour, near))
                left -= units
        if left:
            self.missing[want.hospital, want.component.code] += left

    def _offers(
        self, want: _Want, hospital: Hospital
    ) -> Iterator[tuple[tuple[bool, int, bool, float, str, str], _Held, Eta]]:
        table = self.blood.compatibility.tables[want.component.rule]
        for tier, groups in enumerate(_tiers(want, table)):
            for group in groups:
                for held in self.held[want.component.code, group]:
                    eta = self._eta(held.bank, hospital, want.component)
                    late = eta.high_min > 60 * (want.hour + 1)
                    near = held.bank.city == hospital.city and eta.high_min <= self.rules.near_min
                    yield (late, tier, not near, eta.high_min, held.bank.id, group.value), held, eta

    # --- what is said

    def _cover(self, wants: Sequence[_Want]) -> Iterator[HospitalCover]:
        for each in self.casualties:
            for need in self.rules.components:
                code, key = need.component, (each.hospital, need.component)
                mine = [w for w in wants if (w.hospital, w.component.code) == key]
                sent = [s for s in self.sent if (s.want.hospital, s.want.component.code) == key]
                if not mine:
                    continue
                groups = [abo for abo in (None, *self.rules.abo) if any(want.abo == abo for want in mine)]
                missing = self.missing[each.hospital, code]
                yield HospitalCover(
                    hospital=each.hospital,
                    component=code,
                    hours=self._by_hour(mine, sent),
                    groups=tuple(
                        GroupCover(
                            patient_group=abo,
                            hours=self._by_hour(
                                [want for want in mine if want.abo == abo],
                                [one for one in sent if one.want.abo == abo],
                            ),
                        )
                        for abo in groups
                    ),
                    missing=missing,
                )

    def _by_hour(self, wants: Sequence[_Want], sent: Sequence[_Sent]) -> tuple[HourCover, ...]:
        """Running sums at the end of each hour."""
        hours = []
        for hour in range(len(self.rules.hours)):
            needed = sum(want.units for want in wants if want.hour <= hour)
            near = sum(one.units for one in sent if one.near and one.by_hour <= hour)
            moved = sum(one.units for one in sent if not one.near and one.by_hour <= hour)
            gap = needed - near - moved
            hours.append(HourCover(hour=hour + 1, needed=needed, near=near, moved=moved, gap=gap))
        return tuple(hours)

    def _sendings(self) -> list[Sending]:
        grouped: dict[tuple[bool, str, str, str], list[_Sent]] = defaultdict(list)
        for sent in self.sent:
            grouped[sent.near, sent.want.hospital, sent.want.component.code, sent.bank.id].append(sent)
        return [self._sending(sent) for _key, sent in sorted(grouped.items(), key=lambda item: item[0])]

    def _sending(self, sent: Sequence[_Sent]) -> Sending:
        first = sent[0]
        hospital = self.picture.hospitals[first.want.hospital]
        eta = self._eta(first.bank, hospital, first.want.component)
        lines: Counter[tuple[LotId, BloodGroup, str | None]] = Counter()
        for one in sent:
            lines[one.lot.id, one.lot.group, one.want.abo] += one.units
        quantity = sum(one.units for one in sent)
        reasons = [Reason(code="near_cover" if first.near else "moved_here", facts={"quantity": quantity})]
        if first.bank.city != hospital.city:
            reasons.append(Reason(code="other_city", facts={"city": first.bank.city}))
        if late := sum(one.units for one in sent if one.by_hour > one.want.hour):
            reasons.append(Reason(code="comes_late", facts={"quantity": late}))
        return Sending(
            bank=first.bank.id,
            city=first.bank.city,
            hospital=hospital.id,
            component=first.want.component.code,
            quantity=quantity,
            lines=tuple(
                SendingLine(lot=lot, group=group, quantity=units, patient_group=abo)
                for (lot, group, abo), units in lines.items()
            ),
            near=first.near,
            eta_min=round(eta.minutes, 1),
            late_eta_min=round(eta.high_min, 1),
            by_hour=min(one.by_hour for one in sent) + 1,
            reasons=tuple(reasons),
        )


def _joined(casualties: Sequence[Casualties]) -> list[Casualties]:
    """One entry a hospital, in the order of their ids."""
    found: dict[HospitalId, Casualties] = {}
    for each in casualties:
        held = found.get(each.hospital, Casualties(hospital=each.hospital))
        found[each.hospital] = Casualties(
            hospital=each.hospital,
            red=held.red + each.red,
            yellow=held.yellow + each.yellow,
            green=held.green + each.green,
        )
    return [found[key] for key in sorted(found)]


def _spread(steps: int, shares: dict[str, float], given: Counter[str]) -> Counter[str]:
    """Whole steps over the groups, each to the one furthest behind its share; `given` remembers."""
    now: Counter[str] = Counter()
    for _step in range(steps):
        total = given.total() + 1
        behind = max(sorted(shares), key=lambda abo: shares[abo] * total - given[abo])
        given[behind] += 1
        now[behind] += 1
    return now


def _tiers(want: _Want, table: CompatibilityTable) -> list[list[BloodGroup]]:
    """Groups in the order of the rules for an RhD-positive patient, or one whose group is not known."""
    if want.abo is None:
        keys = table.unknown[RecipientClass.GENERAL]
    else:
        keys = table.order[want.abo if table.by == "abo" else f"{want.abo}+"]
    tiers = [[group for group in BloodGroup if table.key(group) in tier] for tier in keys]
    if table.firewall:
        tiers = [[group for group in tier if group.rhd_positive] for tier in tiers]
    return [tier for tier in tiers if tier]
