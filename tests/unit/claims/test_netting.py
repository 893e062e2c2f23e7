"""Netting: the worked example, sums that are zero, the fewest payments, journals that cannot be believed."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dispatch.claims.netting import Journal, JournalEntry, payments, settle, statement
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode

CS, ZZ, XT = (CityCode(name) for name in ("changsha", "zhuzhou", "xiangtan"))
MONTH = "2026-10"
EXAMPLE = [(CS, ZZ, 12480), (ZZ, CS, 9160), (CS, XT, 4400), (XT, CS, 6820), (ZZ, XT, 3300), (XT, ZZ, 1760)]


def entry(number: int, liable: CityCode, by: CityCode, fen: int, **facts: object) -> JournalEntry:
    said = {"id": f"e{number}", "month": MONTH, "liable": liable, "advanced_by": by, "fen": fen, **facts}
    return JournalEntry.model_validate(said)


def journal(*entries: JournalEntry) -> Journal:
    return Journal(entries=entries)


def example() -> Journal:
    return journal(*(entry(at, liable, by, yuan * 100) for at, (liable, by, yuan) in enumerate(EXAMPLE)))


def test_the_worked_example_takes_two_payments() -> None:
    found = settle(example(), MONTH)
    assert found.gross_fen == 3_792_000
    assert found.nets == {CS: -90_000, XT: -88_000, ZZ: 178_000}
    assert [(p.payer, p.payee, p.fen) for p in found.payments] == [(CS, ZZ, 90_000), (XT, ZZ, 88_000)]


def test_a_statement_adds_up_to_the_net() -> None:
    for centre, net in settle(example(), MONTH).nets.items():
        told = statement(example(), MONTH, centre)
        assert sum(line.fen for line in told.lines) == told.net_fen == net
    assert len(statement(example(), MONTH, ZZ).payments) == 2


def test_a_reversal_takes_its_entry_back_in_its_own_month() -> None:
    first = entry(1, CS, ZZ, 500)
    back = entry(2, CS, ZZ, 500, kind="reversal", of="e1", month="2026-11")
    written = journal(first, back)
    assert settle(written, MONTH).nets == {CS: -500, ZZ: 500}
    assert settle(written, "2026-11").nets == {CS: 500, ZZ: -500}
    assert [line.fen for line in statement(written, "2026-11", CS).lines] == [500]


def test_what_a_centre_advanced_for_itself_is_no_debt() -> None:
    found = settle(journal(entry(1, CS, CS, 700)), MONTH)
    assert (found.debts, found.nets, found.payments) == ((), {CS: 0}, ())


@pytest.mark.parametrize(
    "second",
    [
        entry(1, CS, ZZ, 500),
        entry(2, CS, ZZ, 500, kind="reversal", of="e9"),
        entry(2, CS, ZZ, 500, kind="reversal"),
        entry(2, CS, ZZ, 400, kind="reversal", of="e1"),
        entry(2, ZZ, CS, 500, kind="reversal", of="e1"),
        entry(2, CS, ZZ, 500, kind="reversal", of="e1", month="2026-09"),
        entry(2, CS, ZZ, 500, of="e1"),
    ],
)
def test_a_journal_that_cannot_be_is_refused(second: JournalEntry) -> None:
    with pytest.raises(DispatchError):
        settle(journal(entry(1, CS, ZZ, 500), second), MONTH)


def test_nothing_is_reversed_twice() -> None:
    back = [entry(at, CS, ZZ, 500, kind="reversal", of="e1") for at in (2, 3)]
    with pytest.raises(DispatchError):
        settle(journal(entry(1, CS, ZZ, 500), *back), MONTH)


debts = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.integers(1, 6)), max_size=14
)


@given(debts)
def test_nets_sum_to_zero_and_payments_bring_each_to_zero_and_are_as_few_as_can_be(
    owed: list[tuple[str, str, int]],
) -> None:
    written = journal(*(entry(at, CityCode(a), CityCode(b), fen) for at, (a, b, fen) in enumerate(owed)))
    found = settle(written, MONTH)
    assert sum(found.nets.values()) == 0
    left = dict(found.nets)
    for one in found.payments:
        assert one.fen > 0
        left[one.payer] += one.fen
        left[one.payee] -= one.fen
    assert not any(left.values())
    members = [name for name, fen in found.nets.items() if fen]
    assert len(found.payments) == len(members) - _most_groups(members, found.nets)


def _most_groups(members: list[CityCode], nets: dict[CityCode, int]) -> int:
    """The most parts that each sum to zero, by trying every first part."""
    if not members:
        return 0
    first, *rest = members
    best = 1
    for size in range(1, len(rest)):
        for others in combinations(rest, size):
            part = {first, *others}
            if sum(nets[name] for name in part) == 0:
                best = max(best, 1 + _most_groups([name for name in members if name not in part], nets))
    return best


def test_many_centres_are_settled_too() -> None:
    nets = {CityCode(f"c{at:02}"): (at if at < 20 else -sum(range(20))) for at in range(21)}
    paid = payments(nets)
    assert len(paid) <= 20
    assert sum(one.fen for one in paid) == sum(range(20))


@pytest.mark.parametrize("name", [" ", " changsha", "changsha "])
def test_a_centre_has_a_name_without_blanks_around_it(name: str) -> None:
    with pytest.raises(ValidationError):
        entry(1, CityCode(name), XT, 1)
