"""The cover of banks and cities: partly known, stale, remembered; and what is reckoned anew."""

from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.blood.book import CoverBook
from dispatch.blood.rules import Phase
from dispatch.blood.table import CoverCell
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from tests.unit.blood.blood_world import (
    CHANGSHA,
    HOUSE,
    MAIN,
    NOW,
    O_NEG,
    O_POS,
    OTHER,
    PLATELETS,
    RED,
    ZHUZHOU,
    blood_tables,
    count,
    lot,
    picture,
    rules,
    tell,
)


def book() -> CoverBook:
    return CoverBook(rules(), blood_tables())


def cell(
    of: CoverBook, here: Picture, key: str, group: BloodGroup | None = O_POS, after_s: float = 0
) -> CoverCell:
    return of.look(here, NOW + timedelta(seconds=after_s)).rows[key].cells[RED, group]


def test_a_bank_that_never_counted_is_absent_and_an_empty_one_is_not() -> None:
    here = picture()
    count(here, MAIN, [])
    rows = book().look(here, NOW).rows
    assert HOUSE not in rows
    assert rows[MAIN].cells[RED, O_POS].cover.available == 0
    assert (rows[CHANGSHA].reported, rows[CHANGSHA].banks) == (1, 2)
    assert (rows[ZHUZHOU].reported, rows[ZHUZHOU].live, rows[ZHUZHOU].counted_at) == (0, False, None)


def test_a_city_counts_all_banks_but_its_days_only_those_whose_issue_is_known() -> None:
    here = picture()
    count(here, MAIN, [lot(1, 12, 900)])
    count(here, HOUSE, [lot(2, 30, 900)])
    tell(here, MAIN, {(RED, O_POS): 4})
    cover = cell(book(), here, CHANGSHA).cover
    assert (cover.available, cover.measured, cover.days, cover.partial) == (42, 12, 3.0, True)


def test_lots_of_several_banks_are_used_in_the_order_of_expiry() -> None:
    here = picture()
    count(here, MAIN, [lot(1, 8, 900)])
    count(here, HOUSE, [lot(2, 8, 24)])
    tell(here, MAIN, {(RED, O_POS): 2})
    tell(here, HOUSE, {(RED, O_POS): 2})
    cover = cell(book(), here, CHANGSHA).cover
    assert cover.days == 4.0
    assert cover.lasts_days == pytest.approx(3.0)
    assert [one.quantity for one in cover.outdates] == [4.0]


def test_a_stale_incomplete_or_unseen_count_is_not_live_and_the_oldest_count_is_told() -> None:
    here, reckoned = picture(), book()
    old = NOW - timedelta(hours=3)
    count(here, MAIN, [lot(1, 9, 900)], at=old)
    count(here, HOUSE, [lot(2, 9, 900)])
    row = reckoned.look(here, NOW).rows[CHANGSHA]
    assert (row.live, row.seen, row.counted_at) == (False, True, old)
    count(here, MAIN, [lot(1, 9, 900)])
    assert reckoned.look(here, NOW).rows[CHANGSHA].live
    here.stock.banks[HOUSE].complete = False
    assert not reckoned.look(here, NOW).rows[CHANGSHA].live
    here.stock.banks[HOUSE].complete = True
    here.sight[CHANGSHA].sight = Sight.OFFLINE
    row = reckoned.look(here, NOW).rows[CHANGSHA]
    assert (row.live, row.seen) == (False, False)


def test_a_count_that_nobody_renews_becomes_stale_by_itself() -> None:
    here, reckoned = picture(), book()
    count(here, MAIN, [lot(1, 9, 900)])
    assert reckoned.look(here, NOW + timedelta(minutes=119)).rows[MAIN].live
    assert not reckoned.look(here, NOW + timedelta(minutes=121)).rows[MAIN].live


def test_a_lot_leaves_the_cover_the_moment_it_can_not_be_used_any_more() -> None:
    here, reckoned = picture(), book()
    count(here, MAIN, [lot(1, 9, 1), lot(2, 5, 900)])
    assert cell(reckoned, here, MAIN).cover.available == 14
    assert cell(reckoned, here, MAIN, after_s=29 * 60).cover.available == 14
    assert cell(reckoned, here, MAIN, after_s=30 * 60).cover.available == 5


def test_a_phase_is_remembered_between_looks() -> None:
    here, reckoned = picture(), book()
    tell(here, MAIN, {(RED, O_POS): 4})
    for units, phase in ((8, Phase.PRE_AMBER), (7, Phase.AMBER), (9, Phase.AMBER), (10, Phase.PRE_AMBER)):
        count(here, MAIN, [lot(1, units, 900)])
        assert cell(reckoned, here, MAIN).phase is phase


def test_what_cannot_be_seen_leaves_the_phase_as_it_was() -> None:
    here, reckoned = picture(), book()
    tell(here, MAIN, {(RED, O_POS): 4})
    count(here, MAIN, [lot(1, 7, 900)])
    assert cell(reckoned, here, MAIN).phase is Phase.AMBER
    here.sight[CHANGSHA].sight = Sight.OFFLINE
    count(here, MAIN, [lot(1, 99, 900)])
    assert cell(reckoned, here, MAIN).phase is Phase.GREEN
    here.sight[CHANGSHA].sight = Sight.LIVE
    count(here, MAIN, [lot(1, 9, 900)])
    assert cell(reckoned, here, MAIN).phase is Phase.AMBER


def test_rhd_negative_blood_of_a_city_goes_by_its_floor() -> None:
    here, reckoned = picture(), book()
    count(here, MAIN, [lot(1, 1, 900, group=O_NEG)])
    assert cell(reckoned, here, CHANGSHA, O_NEG).phase is Phase.AMBER
    assert cell(reckoned, here, MAIN, O_NEG).phase is None
    count(here, HOUSE, [lot(2, 2, 900, group=O_NEG)])
    assert cell(reckoned, here, CHANGSHA, O_NEG).phase is Phase.GREEN


CHANGES = st.lists(
    st.tuples(
        st.sampled_from([MAIN, HOUSE, OTHER]),
        st.lists(
            st.tuples(st.integers(1, 9), st.integers(1, 500), st.sampled_from([O_POS, O_NEG])), max_size=4
        ),
        st.sampled_from([0, 1, 40, 300, 5000]),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(changes=CHANGES)
def test_what_is_reckoned_anew_bit_by_bit_is_what_would_be_reckoned_from_nothing(
    changes: list[tuple[BankId, list[tuple[int, int, BloodGroup]], int]],
) -> None:
    here, kept, now = picture(), book(), NOW
    for bank in (MAIN, HOUSE):
        tell(here, bank, {(RED, O_POS): 3, (PLATELETS, O_POS): 1})
    for bank, lots, seconds in changes:
        now += timedelta(seconds=seconds)
        made: list[Lot] = [lot(n, units, hours, group=group) for n, (units, hours, group) in enumerate(lots)]
        count(here, bank, made, at=now)
        reckoned, anew = kept.look(here, now).rows, book().look(here, now).rows
        assert reckoned.keys() == anew.keys()
        for key, row in anew.items():
            assert reckoned[key].live == row.live
            for at, wanted in row.cells.items():
                found = reckoned[key].cells[at].cover
                assert (found.available, found.measured, found.days) == (
                    wanted.cover.available,
                    wanted.cover.measured,
                    wanted.cover.days,
                )
                # A cell may be two minutes old: the same stock lasts so much less by then.
                assert found.lasts_days == pytest.approx(wanted.cover.lasts_days, abs=3 * 60 / 86_400 + 1e-9)


def test_others_have_their_turn_after_each_component_of_a_row_that_is_reckoned() -> None:
    here, reckoned = picture(), book()
    count(here, MAIN, [lot(1, 9, 900)])
    cities, components = len(here.cities), len(here.components)
    assert len(list(reckoned.reckon(here, NOW))) == (cities + 1) * components
    assert list(reckoned.reckon(here, NOW)) == []
    count(here, MAIN, [lot(1, 8, 900)])
    assert len(list(reckoned.reckon(here, NOW))) == 2 * components


@settings(max_examples=20, deadline=None)
@given(changes=CHANGES, turn=st.integers(0, 12))
def test_stock_that_comes_while_it_is_reckoned_in_pieces_is_there_after_the_next_look(
    changes: list[tuple[BankId, list[tuple[int, int, BloodGroup]], int]], turn: int
) -> None:
    here, kept = picture(), book()
    tell(here, MAIN, {(RED, O_POS): 3})
    for bank, lots, _seconds in changes:
        under_way = kept.reckon(here, NOW)
        assert len(list(islice(under_way, turn))) <= turn
        count(here, bank, [lot(n, units, hours, group=group) for n, (units, hours, group) in enumerate(lots)])
        assert all(piece is None for piece in under_way)
    reckoned, anew = kept.look(here, NOW).rows, book().look(here, NOW).rows
    assert {key: [cell.cover for cell in row.cells.values()] for key, row in reckoned.items()} == {
        key: [cell.cover for cell in row.cells.values()] for key, row in anew.items()
    }


def test_plasma_of_both_signs_is_one_stock_and_rings_once() -> None:
    plasma, negative = ComponentCode("fresh_frozen_plasma"), BloodGroup.O_NEG
    here = picture()
    here.components[plasma] = here.components[RED].model_copy(update={"code": plasma, "rule": "plasma"})
    lots = [lot(1, 800, 900), lot(2, 200, 900)]
    count(here, MAIN, [
        one.model_copy(update={"component": plasma, "group": group})
        for one, group in zip(lots, (O_POS, negative), strict=True)
    ])  # fmt: skip
    tell(here, MAIN, {(plasma, O_POS): 100, (plasma, negative): 25})
    cells = book().look(here, NOW).rows[MAIN].cells
    assert [cells[plasma, group].cover.available for group in (O_POS, negative, None)] == [1000, 1000, 1000]
    assert cells[plasma, negative].cover.days == cells[plasma, O_POS].cover.days == 8.0
    assert cells[plasma, negative].phase is None
    assert [group for (code, group), one in cells.items() if one.twin] == [
        group for group in BloodGroup if not group.rhd_positive
    ]
    assert [cells[RED, group].cover.available for group in (O_POS, negative)] == [0, 0]
