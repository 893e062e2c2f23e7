"""Moves before outdate: what is proposed, what never is."""

from collections import Counter
from datetime import timedelta

import pytest

from dispatch.blood.move_models import MoveAnswer
from dispatch.domain.blood import BankId, BankKind, BloodGroup, ComponentCode, LotId, LotState
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.settings import load
from tests.unit.blood.move_world import CS, PLATELETS, RULES, XT, ZZ, ask, doses, random_world, use, world
from tests.unit.decide.decide_world import BLOOD_RULES, CHANGSHA, NOW, lot


def codes(answer: MoveAnswer) -> set[str]:
    reasons = [one.reasons for one in answer.stays] + [one.reasons for one in answer.left_out]
    return {reason.code for each in reasons for reason in each}


def test_doses_that_would_outdate_here_are_proposed_to_where_they_are_used() -> None:
    picture = world(ZZ=(doses("old", 6, 30), doses("fresh", 4, 90)))
    answer = ask(picture, use(ZZ, 1.0), use(CS, 7.0), use(XT, 0.5))
    (found,) = answer.proposals
    moved = found.transfer
    assert (moved.giver, moved.taker, moved.groups) == (ZZ, CS, ("A+",))
    assert found.use_here == pytest.approx(1.25, abs=0.01)  # 30 h of 1 a day
    assert 7.5 < found.use_there < 8.75  # 7 a day less the hours on the way
    assert 4 <= found.saving <= moved.quantity <= 6
    assert 0 < found.cautious_saving < found.saving
    assert NOW < moved.leave_by < moved.lines[0].expires_at
    assert [reason.code for reason in found.reasons][:3] == ["would_outdate", "used_there", "saves"]


def test_the_same_question_gives_the_same_answer_in_any_order() -> None:
    picture, forecasts = random_world(5)
    first = ask(picture, *forecasts)
    picture.banks = dict(reversed(picture.banks.items()))
    again = ask(picture, *reversed(forecasts))
    assert first.proposals
    assert first == again


def test_nothing_is_proposed_where_all_will_be_used_and_nothing_where_nobody_needs_it() -> None:
    used = ask(world(ZZ=(doses("z", 6, 48),)), use(ZZ, 9.0), use(CS, 9.0), use(XT, 9.0))
    assert not used.proposals
    assert not used.stays
    idle = ask(world(ZZ=(doses("z", 9, 48),)), use(ZZ, 0.1), use(CS, 0.1), use(XT, 0.1))
    assert not idle.proposals
    assert codes(idle) >= {"little_use"}


def test_fresher_stock_is_never_sent_toward_older() -> None:
    own = doses("c", 1, 29)
    answer = ask(world(ZZ=(doses("z", 6, 30),), CS=(own,)), use(ZZ, 0.5), use(CS, 9.0))
    assert not answer.proposals
    assert "older_there" in codes(answer)
    fresher = doses("c", 1, 31)
    assert ask(world(ZZ=(doses("z", 6, 30),), CS=(fresher,)), use(ZZ, 0.5), use(CS, 9.0)).proposals


def test_what_expires_on_the_way_does_not_count_as_older_stock_of_the_receiver() -> None:
    picture = world(ZZ=(doses("z", 6, 30),), CS=(doses("c", 1, 0.5),))
    assert ask(picture, use(ZZ, 0.5), use(CS, 9.0)).proposals


def test_a_lot_that_expires_on_the_way_is_never_proposed() -> None:
    answer = ask(world(ZZ=(doses("z", 9, 5),)), use(ZZ, 0.1), use(CS, 90.0))
    assert not answer.proposals
    assert "too_late" in codes(answer)


def test_what_is_not_free_or_has_expired_is_never_proposed() -> None:
    states = [state for state in LotState if state is not LotState.AVAILABLE]
    lots = [doses(state.value, 5, 30, state=state) for state in states]
    answer = ask(world(ZZ=(*lots, doses("gone", 5, -1), doses("ok", 9, 30))), use(ZZ, 0.2), use(CS, 9.0))
    assert [line.lot for one in answer.proposals for line in one.transfer.lines] == ["ok"]


def test_rhd_negative_doses_are_never_drawn_by_rhd_positive_use() -> None:
    picture = world(ZZ=(doses("neg", 9, 30, "A-"),))
    assert not ask(picture, use(ZZ, 0.1, "A-"), use(CS, 50.0, "A+"), use(XT, 50.0, "O+")).proposals
    (found,) = ask(picture, use(ZZ, 0.1, "A-"), use(CS, 50.0, "A+"), use(XT, 9.0, "A-")).proposals
    assert found.transfer.taker == XT


def test_the_giver_keeps_its_floor_and_its_days() -> None:
    answer = ask(world(ZZ=(doses("z", 6, 30),)), use(ZZ, 0.1), use(CS, 50.0))
    (found,) = answer.proposals
    floor = BLOOD_RULES.sourcing.floor(PLATELETS, found.transfer.groups[0]).lender
    assert floor == 2
    assert (found.transfer.quantity, found.left, found.keep) == (4, 2, 2)
    none_to_spare = ask(world(ZZ=(doses("z", 2, 30),)), use(ZZ, 0.1), use(CS, 50.0))
    assert not none_to_spare.proposals
    assert "floor" in codes(none_to_spare)


def test_a_saving_below_the_least_is_not_proposed_and_a_small_value_pays_no_journey() -> None:
    picture, forecasts = world(ZZ=(doses("z", 6, 30),)), (use(ZZ, 1.0), use(CS, 7.0))
    strict = RULES.model_copy(
        update={"components": tuple(c.model_copy(update={"saving": 5.5}) for c in RULES.components)}
    )
    assert not ask(picture, *forecasts, rules=strict).proposals
    dear = RULES.model_copy(update={"trip_fen": 10_000_000})
    answer = ask(picture, *forecasts, rules=dear)
    assert not answer.proposals
    assert [reason.code for one in answer.stays for reason in one.reasons] == ["not_worth_it"]


def test_what_goes_the_same_way_shares_the_journey() -> None:
    both = world(ZZ=(doses("z", 6, 30), doses("o", 6, 30, "O+")))
    forecasts = (use(ZZ, 1.0), use(CS, 7.0), use(ZZ, 1.0, "O+"), use(CS, 7.0, "O+"))
    one_alone = ask(world(ZZ=(doses("z", 6, 30),)), *forecasts).proposals[0].saving * 140_000
    rules = RULES.model_copy(update={"trip_fen": int(one_alone * 1.2), "km_fen": 0})
    assert len(ask(both, *forecasts, rules=rules).proposals) == 2
    assert not ask(world(ZZ=(doses("z", 6, 30),)), *forecasts, rules=rules).proposals


def test_banks_of_one_city_are_left_to_their_centre_unless_the_rules_say_otherwise() -> None:
    picture = world(per_city=2, ZZ=(doses("z", 6, 30),))
    forecasts = (use(ZZ, 0.5), use(BankId("ZZ-B-2"), 9.0))
    assert not ask(picture, *forecasts).proposals
    within = RULES.model_copy(update={"within_city": True})
    (found,) = ask(picture, *forecasts, rules=within).proposals
    assert found.transfer.taker == "ZZ-B-2"


@pytest.mark.parametrize(("giver", "taker"), [(a, b) for a in BankKind for b in BankKind])
def test_blood_goes_only_the_ways_that_the_rules_name(giver: BankKind, taker: BankKind) -> None:
    picture = world(ZZ=(doses("z", 6, 30),))
    for name, kind in ((ZZ, giver), (CS, taker)):
        picture.banks[name] = picture.banks[name].model_copy(update={"kind": kind})
    forecasts = (use(ZZ, 0.5), use(CS, 9.0))
    shipped = ask(picture, *forecasts)
    assert bool(shipped.proposals) is ((giver, taker) != (BankKind.HOSPITAL, BankKind.STATION))
    if not shipped.proposals:
        assert "too_far" in {reason.code for reason in shipped.stays[0].reasons}
    other = RULES.model_copy(update={"ways": (f"{giver.value} > {taker.value}",)})
    assert ask(picture, *forecasts, rules=other).proposals


def test_the_shipped_stations_are_those_of_the_three_cities() -> None:
    kinds = {bank.id: bank.kind for bank in load().banks}
    stations = {one for one, kind in kinds.items() if kind is BankKind.STATION}
    assert stations == {"CS-B-CENTRE", "ZZ-B-CENTRE", "XT-B-CENTRE"}
    assert len(kinds) > len(stations)


@pytest.mark.parametrize("fault", ["old", "silent", "missed", "never", "no forecast", "few days"])
def test_a_bank_that_cannot_be_believed_neither_gives_nor_takes(fault: str) -> None:
    picture = world(ZZ=(doses("z", 6, 30),))
    forecasts = [use(ZZ, 1.0), use(CS, 9.0, days=13 if fault == "few days" else 28)]
    if fault == "old":
        picture.stock.banks[CS].counted_at = NOW - timedelta(minutes=121)
    elif fault == "silent":
        picture.sight[CHANGSHA].sight = Sight.OFFLINE
        picture.sight[CHANGSHA].since = NOW - timedelta(minutes=9)
    elif fault == "missed":
        picture.stock.banks[CS].complete = False
    elif fault == "never":
        del picture.stock.banks[CS]
    elif fault == "no forecast":
        forecasts.pop()
    answer = ask(picture, *forecasts)
    assert not answer.proposals
    assert CS in {one.bank for one in answer.left_out}


def test_a_shelf_too_large_for_one_receiver_is_spread_over_two() -> None:
    picture = world(ZZ=(doses("z", 14, 40),))
    answer = ask(picture, use(ZZ, 0.1), use(CS, 4.0), use(XT, 3.0))
    assert {one.transfer.taker for one in answer.proposals} == {CS, XT}
    assert sum(one.transfer.quantity for one in answer.proposals) <= 12


def test_a_huge_shelf_and_a_huge_use_are_answered_in_large_strides() -> None:
    picture = world(ZZ=(doses("z", 900_000, 40),))
    (found,) = ask(picture, use(ZZ, 0.1), use(CS, 800_000.0)).proposals
    assert found.transfer.quantity > 500_000
    assert found.saving <= found.transfer.quantity


def test_plasma_moves_in_whole_steps() -> None:
    plasma = lot("p", "A+", 5_050, component="fresh_frozen_plasma", hours=48)
    answer = ask(
        world(ZZ=(plasma,)),
        use(ZZ, 50.0, component="fresh_frozen_plasma"),
        use(CS, 3_000.0, component="fresh_frozen_plasma"),
    )
    (found,) = answer.proposals
    assert found.transfer.quantity % 100 == 0
    assert found.left >= 2_000


def test_plasma_of_both_signs_is_one_stock_and_is_used_by_all_of_its_group() -> None:
    plasma = "fresh_frozen_plasma"
    negative = lot("n", "A-", 400, component=plasma, hours=48)
    used = ask(
        world(ZZ=(negative,)),
        use(ZZ, 4_000.0, component=plasma),
        use(CS, 100.0, component=plasma),
    )
    assert not used.stays, "A+ patients use it up"
    both = world(ZZ=(negative, lot("p", "A+", 3_000, component=plasma, hours=49)))
    answer = ask(both, use(ZZ, 10.0, component=plasma), use(CS, 3_000.0, component=plasma))
    (found,) = answer.proposals
    assert found.transfer.groups == (BloodGroup.A_POS, BloodGroup.A_NEG)
    assert found.transfer.lines[0].lot == "n", "the first to expire, whatever its sign"
    assert {line.lot: line.group for line in found.transfer.lines} == {"n": "A-", "p": "A+"}
    check(both, answer)


@pytest.mark.parametrize("seed", range(40))
def test_no_random_picture_breaks_a_rule(seed: int) -> None:
    picture, forecasts = random_world(seed)
    check(picture, ask(picture, *forecasts))


def stock_of(component: ComponentCode, group: BloodGroup) -> tuple[ComponentCode, str]:
    """What is one stock: plasma and the like by ABO alone."""
    return component, group.abo if component in BLOOD_RULES.without_rhd else group.value


def check(picture: Picture, answer: MoveAnswer) -> None:
    """Conservation, floors, expiry, ages, cities and directions of one answer."""
    went: Counter[LotId] = Counter()
    gave: Counter[tuple[BankId, tuple[ComponentCode, str]]] = Counter()
    givers = {
        (one.transfer.giver, stock_of(one.transfer.component, one.transfer.groups[0]))
        for one in answer.proposals
    }
    assert len({one.id for one in answer.proposals}) == len(answer.proposals)
    for one in answer.proposals:
        moved = one.transfer
        lots = picture.stock.banks[moved.giver].lots
        there = picture.stock.banks[moved.taker].lots.values()
        stock = stock_of(moved.component, moved.groups[0])
        same = [held for held in there if stock_of(held.component, held.group) == stock]
        later = [
            held.expires_at
            for held in same
            if held.state is LotState.AVAILABLE and held.expires_at > moved.arrives_by
        ]
        for line in moved.lines:
            held = lots[line.lot]
            went[held.id] += line.quantity
            assert (held.component, held.group, held.state) == (moved.component, line.group, "available")
            assert line.group in moved.groups
            assert stock_of(held.component, held.group) == stock
            assert (
                moved.arrives_by + timedelta(hours=RULES.use_within_h) <= line.expires_at == held.expires_at
            )
            assert all(line.expires_at <= expiry for expiry in later)
        gave[moved.giver, stock] += moved.quantity
        assert (moved.taker, stock) not in givers
        assert moved.giver_city != moved.taker_city
        assert one.saving <= moved.quantity
        assert sum(line.quantity for line in moved.lines) == moved.quantity
    for (giver, stock), units in gave.items():
        free = sum(
            held.quantity
            for held in picture.stock.banks[giver].lots.values()
            if stock_of(held.component, held.group) == stock
            and held.state is LotState.AVAILABLE
            and held.expires_at > NOW
        )
        groups = [group for group in BloodGroup if stock_of(stock[0], group) == stock]
        assert free - units >= max(BLOOD_RULES.sourcing.floor(stock[0], group).lender for group in groups)
    every = {name: held for stock in picture.stock.banks.values() for name, held in stock.lots.items()}
    assert all(units <= every[name].quantity for name, units in went.items())
