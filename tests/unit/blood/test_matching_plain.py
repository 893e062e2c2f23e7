"""What is kept and cut short in the matching of shelves changes no answer: the plain way beside it."""

from itertools import accumulate
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.blood.forecast import Demand
from dispatch.blood.matching import Limits, _Matching, _off
from dispatch.blood.move_rules import ComponentMoves
from dispatch.blood.outdates import LONGEST, Floats, demand_chances, expected_outdates
from dispatch.blood.shelves import Shelf, ShelfLot
from dispatch.domain.blood import BankId, ComponentCode, LotId


def plain_outdates(ends: list[int], demands: list[float], fano: float) -> Floats:
    """Every place of the queue at every expiry."""
    if not ends or ends[-1] == 0:
        return np.zeros(len(ends))
    coarse = -(-ends[-1] // LONGEST)
    places = [-(-end // coarse) for end in ends]
    last = places[-1]
    chance = np.zeros(last + 1)
    chance[0] = 1.0
    outdated = np.zeros(len(ends))
    for number, (end, mean) in enumerate(zip(places, demands, strict=True)):
        moved = np.convolve(chance, demand_chances(mean / coarse, max(1.0, fano / coarse), last + 1))
        chance = moved[: last + 1]
        chance[last] = max(0.0, 1.0 - float(chance[:last].sum()))
        outdated[number] = float(chance[:end] @ np.arange(end, 0, -1)) * coarse
        chance[end] += float(chance[:end].sum())
        chance[:end] = 0.0
    return outdated


class Plain(_Matching):
    """Nothing is remembered, every lot is looked at."""

    def _movable(self, giver: BankId, taker: BankId, arrival_h: float) -> tuple[ShelfLot, ...]:
        own = (lot.expires_h for lot in self.own[taker].lots if lot.expires_h > arrival_h)
        oldest_there = next(own, inf)
        return tuple(
            lot
            for lot in self.now[giver].lots
            if lot.expires_h <= self.now[giver].horizon_h
            and arrival_h + self.limits.use_within_h <= lot.expires_h <= oldest_there
        )

    def _unfit(self, giver: BankId, taker: BankId, arrival_h: float) -> str:
        found = super()._unfit(giver, taker, arrival_h)
        if found not in {"too_late", "older_there"}:
            return found
        here = self.now[giver]
        near = [lot for lot in here.lots if lot.expires_h <= here.horizon_h]
        usable = [lot for lot in near if lot.expires_h >= arrival_h + self.limits.use_within_h]
        return "older_there" if usable else "too_late"

    def _after(self, shelf: Shelf, hour: float) -> Shelf:
        return remade(shelf, [lot for lot in shelf.lots if lot.expires_h > hour])

    def _left(self, here: Shelf, lots: tuple[ShelfLot, ...], z: float) -> float:
        taken = {lot.id: lot.units for lot in lots}
        left = [ShelfLot(lot.id, lot.units - taken.get(lot.id, 0), lot.expires_h) for lot in here.lots]
        return self._sum(remade(here, [lot for lot in left if lot.units]), z)

    def _sum(self, shelf: Shelf, z: float) -> float:
        if shelf.demand is None:
            return 0.0
        demand = _off(shelf.demand, z)
        near = [lot for lot in shelf.lots if lot.expires_h <= shelf.horizon_h]
        ends = [-(-units // shelf.step) for units in accumulate(lot.units for lot in near)]
        expiries = [0.0, *(lot.expires_h for lot in near)]
        means = np.diff(np.interp(expiries, demand.hours, demand.total)).tolist()
        return float((plain_outdates(ends, means, demand.fano) * shelf.step).sum())


def remade(shelf: Shelf, lots: list[ShelfLot]) -> Shelf:
    return Shelf(shelf.bank, tuple(lots), shelf.demand, shelf.keep, shelf.horizon_h, shelf.step)


def arrival_h(giver: BankId, taker: BankId) -> float | None:
    """Some pairs lie too far apart, the others one to nine hours."""
    hours = (7 * int(giver) + 3 * int(taker)) % 10
    return float(hours) if hours else None


LOTS = st.lists(st.tuples(st.integers(1, 9), st.sampled_from([2, 5, 9, 24, 30, 48, 90, 130])), max_size=6)
BANKS = st.lists(st.tuples(LOTS, st.sampled_from([None, 0.0, 0.3, 2.0, 8.0])), min_size=2, max_size=6)


@settings(max_examples=150, deadline=None)
@given(banks=BANKS, keep=st.integers(0, 4), step=st.sampled_from([1, 2]), saving=st.sampled_from([0.05, 0.5]))
def test_the_same_matches_as_the_plain_way(
    banks: list[tuple[list[tuple[int, int]], float | None]], keep: int, step: int, saving: float
) -> None:
    shelves = [_shelf(number, lots, daily, keep, step) for number, (lots, daily) in enumerate(banks)]
    rules = ComponentMoves(
        component=ComponentCode("platelets"),
        step=step,
        horizon_h=96,
        saving=saving,
        gain=0.02,
        cautious_saving=0.01,
        value_fen=1,
        keep_days=0,
    )
    limits = Limits(use_within_h=4, caution_z=1.0)
    found, stuck = _Matching(shelves, arrival_h, rules, limits).result()
    plain, plainly_stuck = Plain(shelves, arrival_h, rules, limits).result()
    assert [(one.giver, one.taker, one.lots, one.left) for one in found] == [
        (one.giver, one.taker, one.lots, one.left) for one in plain
    ]
    assert [(one.bank, one.why) for one in stuck] == [(one.bank, one.why) for one in plainly_stuck]
    for one, other in zip(found, plain, strict=True):
        assert (one.saving, one.cautious_saving) == pytest.approx((other.saving, other.cautious_saving))


def _shelf(number: int, lots: list[tuple[int, int]], daily: float | None, keep: int, step: int) -> Shelf:
    made = [ShelfLot(LotId(f"{number}-{at}"), units * step, hours) for at, (units, hours) in enumerate(lots)]
    hours = np.arange(0.0, 240.0, 24.0, dtype=np.float64)
    demand = None if daily is None else Demand(hours, hours / 24 * daily, 1.5, 0.2)
    ordered = sorted(made, key=lambda lot: (lot.expires_h, lot.id))
    return Shelf(BankId(str(number)), tuple(ordered), demand, keep * step, 96.0, step)


@settings(max_examples=200, deadline=None)
@given(
    lots=st.lists(st.tuples(st.integers(0, 400), st.floats(0, 90)), max_size=8),
    fano=st.sampled_from([1.0, 1.3, 4.0]),
)
def test_the_queue_is_the_same_where_places_already_passed_are_left_out(
    lots: list[tuple[int, float]], fano: float
) -> None:
    ends, means = list(accumulate(units for units, _mean in lots)), [mean for _units, mean in lots]
    assert expected_outdates(ends, means, fano) == pytest.approx(plain_outdates(ends, means, fano), abs=1e-9)


def test_the_shelves_above_do_hold_matches() -> None:
    full, empty = _shelf(1, [(9, 30), (9, 48)], 0.3, 0, 1), _shelf(2, [(1, 130)], 8.0, 0, 1)
    rules = ComponentMoves(
        component=ComponentCode("platelets"),
        horizon_h=96,
        saving=0.5,
        gain=0.02,
        cautious_saving=0.01,
        value_fen=1,
        keep_days=0,
    )
    found, _stuck = _Matching([full, empty], arrival_h, rules, Limits(4, 1.0)).result()
    assert [(one.giver, one.taker) for one in found] == [("1", "2")]
