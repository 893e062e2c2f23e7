"""Moves before outdate: what would expire at one bank, would be used at another, and is worth the journey.

Groups are never mixed: RhD-negative units are matched with RhD-negative use only, so no forecast of
RhD-positive use ever draws them away (the firewall of sourcing). Only of components that suit by ABO alone
both signs of a group are one stock. Pure: same picture, same answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil, hypot

import numpy as np

from dispatch.blood.forecast import Forecast, demand, together
from dispatch.blood.matching import Limits, Match, Stuck, match
from dispatch.blood.move_models import Left, MoveAnswer, Proposal, Stays, Transfer, TransferLine
from dispatch.blood.move_rules import ComponentMoves, MoveRules
from dispatch.blood.shelves import Shelf, ShelfLot
from dispatch.decide.reasons import Fact, Reason
from dispatch.decide.rules import BloodRules
from dispatch.decide.survey import can_be_ranked, out_of_sight
from dispatch.decide.travel import columns, drive_range, travel_minutes
from dispatch.domain.blood import Bank, BankId, BloodGroup, ComponentCode, Lot, LotId, LotState
from dispatch.domain.geography import CityCode
from dispatch.picture.live import Picture

Cell = tuple[ComponentCode, BloodGroup]


def propose_moves(
    picture: Picture, forecasts: Iterable[Forecast], rules: MoveRules, blood: BloodRules, now: datetime
) -> MoveAnswer:
    """Every move worth its journey, the greatest saving first, and what will outdate with no move for it."""
    return LookForMoves(picture, forecasts, rules, blood, now).answer()


class LookForMoves:
    """One picture, every bank, component and group.

    What changes in the picture is copied when this is made: `answer` may be called on another thread.
    """

    def __init__(
        self,
        picture: Picture,
        forecasts: Iterable[Forecast],
        rules: MoveRules,
        blood: BloodRules,
        now: datetime,
    ) -> None:
        self.picture, self.rules, self.blood, self.now = picture, rules, blood, now
        self.forecasts = {
            (one.bank, one.component, one.group): one for one in forecasts if one.days >= rules.least_days
        }
        self.left_out: list[Left] = []
        self.banks = [
            bank for bank in sorted(picture.banks.values(), key=lambda b: b.id) if self._sound(bank)
        ]
        self.lots = {bank.id: dict(picture.stock.banks[bank.id].lots) for bank in self.banks}
        self.free = {bank: _free_lots(lots.values(), now) for bank, lots in self.lots.items()}
        self.roads = _Roads(picture, self.banks, rules, blood, now)

    def answer(self) -> MoveAnswer:
        proposals: list[Proposal] = []
        stays: list[Stays] = []
        limits = Limits(self.rules.use_within_h, self.rules.caution_z)
        for component in self.rules.components:
            if component.component not in self.picture.components:
                continue
            for groups in self._stocks(component.component):
                shelves = self._shelves(component, groups)
                matches, stuck = match(shelves, self.roads.arrival_h, component, limits)
                proposals += [self._proposal(component.component, groups, found) for found in matches]
                stays += [self._stays(component.component, groups, one) for one in stuck]
        kept, dropped = self._worth_the_journey(proposals)
        stays += dropped
        return MoveAnswer(
            as_of=self.now,
            edition=f"moves {self.rules.edition}; sourcing {self.blood.sourcing.edition}",
            proposals=tuple(sorted(kept, key=lambda one: (-self._value(one), one.id))),
            stays=tuple(sorted(stays, key=lambda s: (-s.outdates, s.bank, s.component, s.groups))),
            left_out=tuple(self.left_out),
        )

    # --- which banks, which lots

    def _sound(self, bank: Bank) -> bool:
        reasons = list(self._unsound(bank))
        if reasons:
            self.left_out.append(Left(bank=bank.id, city=bank.city, reasons=tuple(reasons)))
        return not reasons

    def _unsound(self, bank: Bank) -> Iterable[Reason]:
        view = self.picture.sight[bank.city]
        if not can_be_ranked(view, self.rules.rank_silent_cities):
            yield out_of_sight(view)
        stock = self.picture.stock.banks.get(bank.id)
        if stock is None:
            yield Reason(code="bank_never")
            return
        if not stock.complete:
            yield Reason(code="count_incomplete")
        age_s = (self.now - stock.counted_at).total_seconds()
        if age_s > self.rules.count_stale_min * 60:
            yield Reason(code="count_old", facts={"age_s": int(age_s)})
        if not any(
            (bank.id, c.component, g) in self.forecasts for c in self.rules.components for g in BloodGroup
        ):
            yield Reason(code="no_forecast_at_all")

    def _stocks(self, component: ComponentCode) -> list[tuple[BloodGroup, ...]]:
        """Groups whose units are one stock: each by itself, or both signs where RhD counts for nothing."""
        if component not in self.blood.without_rhd:
            return [(group,) for group in BloodGroup]
        positive = [group for group in BloodGroup if group.rhd_positive]
        return [(one, *(g for g in BloodGroup if g.abo == one.abo and g != one)) for one in positive]

    def _shelves(self, component: ComponentMoves, groups: tuple[BloodGroup, ...]) -> list[Shelf]:
        found = []
        for bank in self.banks:
            keys = [(bank.id, component.component, group) for group in groups]
            forecasts = [self.forecasts[key] for key in keys if key in self.forecasts]
            known = together(forecasts) if forecasts else None
            free = self.free[bank.id]
            lots = sorted(
                (lot for group in groups for lot in free.get((component.component, group), ())),
                key=lambda lot: (lot.expires_h, lot.id),
            )
            if known is None and not lots:
                continue
            laid = (
                demand(known, self.now, component.horizon_h, component.step, self.rules.fano_unknown)
                if known is not None
                else None
            )
            keep = self._keep(component, groups, known)
            found.append(Shelf(bank.id, tuple(lots), laid, keep, component.horizon_h, component.step))
        return found

    def _keep(self, component: ComponentMoves, groups: tuple[BloodGroup, ...], known: Forecast | None) -> int:
        """The floor of sourcing towards another city, or days of the bank's own issue where that is more.

        Both signs of a group that are one stock have one floor: the higher.
        """
        floors = [self.blood.sourcing.floor(component.component, group) for group in groups]
        days = max(component.keep_days, *(floor.lender_days for floor in floors))
        own = 0 if known is None else ceil(days * known.daily_issue - 1e-9)
        return max(own, *(floor.lender for floor in floors))

    # --- proposals

    def _proposal(self, component: ComponentCode, groups: tuple[BloodGroup, ...], found: Match) -> Proposal:
        giver, taker = self.picture.banks[found.giver], self.picture.banks[found.taker]
        at_h = self.roads.arrival_h(giver.id, taker.id) or 0.0
        drive_h = self.roads.drive_high_h(giver.id, taker.id)
        latest_h = found.lots[0].expires_h - self.rules.use_within_h - drive_h
        held = self.lots[giver.id]
        lines = tuple(
            TransferLine(
                lot=one.id,
                group=held[one.id].group,
                quantity=one.units,
                expires_at=held[one.id].expires_at,
            )
            for one in found.lots
        )
        transfer = Transfer(
            id=f"{self.now:%Y%m%d}-{giver.id}-{taker.id}-{component}-{groups[0].value}",
            giver=giver.id,
            giver_city=giver.city,
            taker=taker.id,
            taker_city=taker.city,
            component=component,
            groups=tuple(group for group in groups if any(line.group is group for line in lines)),
            quantity=found.quantity,
            lines=lines,
            leave_by=self.now + timedelta(hours=latest_h),
            arrives_by=self.now + timedelta(hours=at_h),
        )
        return Proposal(
            id=transfer.id,
            transfer=transfer,
            saving=round(found.saving, 2),
            cautious_saving=round(found.cautious_saving, 2),
            outdates_here=round(found.outdates_here, 2),
            use_here=round(found.use_here, 2),
            use_there=round(found.use_there, 2),
            left=found.left,
            keep=found.keep,
            drive_min=round(self.roads.minutes(giver.id, taker.id), 1),
            cost_fen=self.roads.cost_fen(giver.id, taker.id),
            reasons=self._reasons(transfer, found),
        )

    def _reasons(self, transfer: Transfer, found: Match) -> tuple[Reason, ...]:
        first = transfer.lines[0].expires_at
        amount: dict[str, Fact] = {
            "quantity": transfer.quantity,
            "in_s": int((transfer.lines[-1].expires_at - self.now).total_seconds()),
            "here": round(found.use_here, 1),
            "there": round(found.use_there, 1),
        }
        kept: dict[str, Fact] = {"bank": transfer.giver, "left": found.left, "floor": found.keep}
        return (
            Reason(code="would_outdate", facts={"outdates": round(found.outdates_here, 1)}),
            Reason(code="used_there", facts=amount),
            Reason(
                code="saves",
                facts={"saving": round(found.saving, 1), "least": round(found.cautious_saving, 1)},
            ),
            Reason(code="oldest_first", facts={"expires_at": first.isoformat()}),
            Reason(code="giver_keeps", facts=kept),
        )

    def _stays(self, component: ComponentCode, groups: tuple[BloodGroup, ...], stuck: Stuck) -> Stays:
        facts = [Reason(code=code, facts={"banks": count}) for code, count in sorted(stuck.why.items())]
        return Stays(
            bank=stuck.bank,
            city=self.picture.banks[stuck.bank].city,
            component=component,
            groups=groups,
            outdates=round(stuck.outdates, 2),
            reasons=tuple(facts) or (Reason(code="no_other_bank"),),
        )

    # --- the journey

    def _value(self, proposal: Proposal) -> float:
        return proposal.saving * self._of(proposal.transfer.component).value_fen

    def _of(self, code: ComponentCode) -> ComponentMoves:
        return next(one for one in self.rules.components if one.component == code)

    def _worth_the_journey(self, proposals: Sequence[Proposal]) -> tuple[list[Proposal], list[Stays]]:
        """All that goes one way shares one journey: together it is worth it, or nothing goes."""
        value: Counter[tuple[BankId, BankId]] = Counter()
        for one in proposals:
            value[one.transfer.giver, one.transfer.taker] += round(self._value(one))
        kept, dropped = [], []
        for one in proposals:
            worth = value[one.transfer.giver, one.transfer.taker]
            if worth >= one.cost_fen:
                kept.append(one)
                continue
            facts: dict[str, Fact] = {
                "bank": one.transfer.taker,
                "worth": worth // 100,
                "cost": one.cost_fen // 100,
            }
            dropped.append(
                Stays(
                    bank=one.transfer.giver,
                    city=one.transfer.giver_city,
                    component=one.transfer.component,
                    groups=one.transfer.groups,
                    outdates=one.outdates_here,
                    reasons=(Reason(code="not_worth_it", facts=facts),),
                )
            )
        return kept, dropped


class _Roads:
    """Drives between the banks of different cities, reckoned once per receiving bank."""

    def __init__(
        self, picture: Picture, banks: Sequence[Bank], rules: MoveRules, blood: BloodRules, now: datetime
    ) -> None:
        self.picture, self.banks, self.rules, self.blood, self.now = picture, banks, rules, blood, now
        self.row: Mapping[BankId, int] = {bank.id: row for row, bank in enumerate(banks)}
        self.city: Mapping[BankId, CityCode] = {bank.id: bank.city for bank in banks}
        self._columns = columns(bank.position for bank in banks)
        self._arrivals: dict[tuple[BankId, BankId], float | None] = {}
        self._to: dict[BankId, tuple[list[float], list[float]]] = {}

    def drive_high_h(self, giver: BankId, taker: BankId) -> float:
        """Hours of a slow drive (p90)."""
        return drive_range(self.blood.travel, self.minutes(giver, taker)).p90 / 60

    def arrival_h(self, giver: BankId, taker: BankId) -> float | None:
        """Hours until the late end of arrival; None within a city, too far, or where blood may not go so."""
        if (giver, taker) not in self._arrivals:
            self._arrivals[giver, taker] = self._arrival_h(giver, taker)
        return self._arrivals[giver, taker]

    def _arrival_h(self, giver: BankId, taker: BankId) -> float | None:
        if self.city[giver] == self.city[taker] and not self.rules.within_city:
            return None
        if not self.rules.may_go(*(self.banks[self.row[bank]].kind for bank in (giver, taker))):
            return None
        drive = self.minutes(giver, taker)
        if not drive <= self.rules.longest_drive_min:
            return None
        parts = (self.rules.handling_min, drive_range(self.blood.travel, drive))
        late = sum(part.p50 for part in parts) + hypot(*(part.p90 - part.p50 for part in parts))
        return late / 60

    def minutes(self, giver: BankId, taker: BankId) -> float:
        """Median driving minutes, without blue light."""
        return self._trips(taker)[0][self.row[giver]]

    def cost_fen(self, giver: BankId, taker: BankId) -> int:
        """One journey there."""
        return self.rules.trip_fen + round(self.rules.km_fen * self._trips(taker)[1][self.row[giver]])

    def _trips(self, taker: BankId) -> tuple[list[float], list[float]]:
        if taker not in self._to:
            to = self.banks[self.row[taker]].position
            drive = travel_minutes(
                self.picture.bridges, self.blood.travel, *self._columns, to, self.now, blue_light=False
            )
            self._to[taker] = (np.asarray(drive.minutes).tolist(), np.asarray(drive.road_km).tolist())
        return self._to[taker]


def _free_lots(lots: Iterable[Lot], now: datetime) -> dict[Cell, list[ShelfLot]]:
    """Lots that may be issued now, by component and group, first to expire first."""
    found: dict[Cell, list[ShelfLot]] = defaultdict(list)
    for lot in lots:
        if lot.state is LotState.AVAILABLE and lot.quantity and lot.expires_at > now:
            hours = (lot.expires_at - now).total_seconds() / 3600
            found[lot.component, lot.group].append(ShelfLot(LotId(lot.id), lot.quantity, hours))
    for held in found.values():
        held.sort(key=lambda lot: (lot.expires_h, lot.id))
    return found
