"""Blood stock: whole counts and differences, and what is known after one went missing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.picture.stock import FOLLOWS, Stock

BANK = BankId("CS-B-CENTRE")
NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def lot(name: str, quantity: int = 1) -> Lot:
    return Lot(
        id=LotId(name),
        component=ComponentCode("rbc"),
        group=BloodGroup.O_NEG,
        quantity=quantity,
        expires_at=NOW,
    )


def counted(stock: Stock, sequence: int, *lots: Lot, after_s: int = 0) -> bool:
    at = NOW + timedelta(seconds=after_s)
    return stock.apply_snapshot(BANK, sequence, at, at, lots)


def changed(stock: Stock, sequence: int, *put: Lot, removed: tuple[str, ...] = ()) -> bool:
    at = NOW + timedelta(seconds=sequence)
    return stock.apply_difference(BANK, sequence, at, at, put, [LotId(name) for name in removed])


def test_a_bank_that_never_reported_is_absent_and_not_empty() -> None:
    stock = Stock()
    assert BANK not in stock.banks
    assert not changed(stock, 1, lot("A"))
    assert BANK not in stock.banks
    assert counted(stock, 1)
    assert stock.banks[BANK].lots == {}


def test_a_whole_count_replaces_everything_and_an_older_one_nothing() -> None:
    stock = Stock()
    assert counted(stock, 5, lot("A"), lot("B"), after_s=10)
    assert not counted(stock, 4, lot("C"), after_s=5)
    assert counted(stock, 6, lot("D"), after_s=11)
    assert set(stock.banks[BANK].lots) == {"D"}


def test_the_next_count_of_a_bank_whose_clock_was_set_back_is_taken() -> None:
    stock = Stock()
    assert counted(stock, 5, lot("A"), after_s=300)
    assert counted(stock, 6, lot("B"), after_s=0)
    assert set(stock.banks[BANK].lots) == {"B"}


def test_an_old_count_of_another_numbering_is_not_the_next_one() -> None:
    stock = Stock()
    assert counted(stock, 2, lot("A"), after_s=300)
    assert not counted(stock, 2 + FOLLOWS + 1, lot("B"), after_s=0)
    assert not counted(stock, 2, lot("B"), after_s=0)


def test_differences_in_turn_are_applied() -> None:
    stock = Stock()
    counted(stock, 5, lot("A"), lot("B"))
    assert changed(stock, 6, lot("A", 3), removed=("B", "unknown"))
    assert stock.banks[BANK].lots == {"A": lot("A", 3)}
    assert stock.banks[BANK].sequence == 6


def test_a_repeated_difference_is_old_news() -> None:
    stock = Stock()
    counted(stock, 5, lot("A"))
    changed(stock, 6, lot("A", 3))
    assert changed(stock, 6, lot("A", 9))
    assert stock.banks[BANK].lots["A"].quantity == 3  # type: ignore[index]


def test_after_a_gap_nothing_is_trusted_until_a_whole_count() -> None:
    stock = Stock()
    counted(stock, 5, lot("A"))
    assert not changed(stock, 7, lot("B"))
    assert not stock.banks[BANK].complete
    assert not changed(stock, 6, lot("C"))
    assert set(stock.banks[BANK].lots) == {"A"}
    assert counted(stock, 7, lot("A"), lot("B"), after_s=1)
    assert stock.banks[BANK].complete
    assert changed(stock, 8, lot("C"))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9)), max_size=20), st.data())
def test_with_differences_lost_or_repeated_a_complete_stock_is_the_true_one(
    moves: list[tuple[str, int]], data: st.DataObject
) -> None:
    stock, truth = Stock(), {}
    counted(stock, 0)
    for sequence, (name, quantity) in enumerate(moves, start=1):
        truth[name] = lot(name, quantity)
        for _copy in range(data.draw(st.integers(0, 2))):
            changed(stock, sequence, truth[name])
        held = stock.banks[BANK]
        if held.complete and held.sequence == sequence:
            assert held.lots == truth
