"""Moves before outdate at a real desk over three real centres: looked for, decided, written down."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.blood.move_models import Transfer
from dispatch.clock import ManualClock
from dispatch.desk.moves import Moves
from dispatch.desk.outcome import Outcome
from dispatch.domain.blood import BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.errors import MissingField, UnknownName
from dispatch.domain.operators import By
from tests.scenarios.three_cities import CLOCK, ZHUZHOU, ThreeCities, three_cities, until


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        _stock(running)
        yield running


def _stock(cities: ThreeCities) -> None:
    """The first bank of Zhuzhou has more platelets than it uses, the others have none."""
    now = CLOCK.now()
    picture = cities.session.picture
    full = next(bank.id for bank in picture.banks.values() if bank.city == ZHUZHOU)
    for bank in picture.banks:
        lot = Lot(
            id=LotId("ZZ-L-1"),
            component=ComponentCode("platelets"),
            group=BloodGroup.A_POS,
            quantity=14,
            expires_at=now + timedelta(hours=40),
        )
        picture.stock.apply_snapshot(bank, 1, now, now, [lot] if bank == full else [])


async def test_a_move_is_looked_for_accepted_and_handed_to_the_order_path_once(cities: ThreeCities) -> None:
    moves = Moves(cities.desk.kit)  # the desk's own may look by itself, by the hour of the day
    handed: list[tuple[Transfer, str]] = []

    async def order(transfer: Transfer, by: By) -> Outcome:
        handed.append((transfer, by.operator))
        assert cities.log("move.accepted"), "the row is on the disk before anything is asked for"
        return Outcome(ok=True, message="asked")

    moves.order = order
    answer = await moves.look()
    first = answer.proposals[0]
    assert first.transfer.giver_city == ZHUZHOU
    assert (await moves.decide(first.id, accept=True)).message == "asked"
    assert not (await moves.decide(first.id, accept=True)).ok
    assert [one for one, _by in handed] == [first.transfer]
    (row,) = cities.log("move.accepted")
    assert row.detail["lots"] == {line.lot: line.quantity for line in first.transfer.lines}
    assert cities.log("move.looked")[-1].detail["proposals"] == [one.id for one in answer.proposals]


async def test_a_move_that_the_giver_refuses_may_be_accepted_anew(cities: ThreeCities) -> None:
    moves = cities.desk.moves
    first = (await moves.look()).proposals[0]
    outcome = await moves.decide(first.id, accept=True)
    assert not outcome.ok, "the centre of Zhuzhou never heard the bank's count and grants nothing"
    assert first.id not in moves.decided
    (told,) = cities.log("blood.told")
    assert told.detail["city"] == ZHUZHOU


async def test_a_move_is_declined_with_a_reason_only_and_the_reason_is_kept(cities: ThreeCities) -> None:
    moves = Moves(cities.desk.kit)
    first = (await moves.look()).proposals[0]
    with pytest.raises(MissingField):
        await moves.decide(first.id, accept=False, reason="  ")
    assert not cities.log("move.declined")
    assert (await moves.decide(first.id, accept=False, reason="已有预约用血")).ok
    assert cities.log("move.declined")[0].detail["reason"] == "已有预约用血"
    assert (await moves.decide(first.id, accept=True)).ok, "a person may think again"
    with pytest.raises(UnknownName):
        await moves.decide("nothing", accept=True)


async def test_a_night_looks_once_and_only_when_stock_is_known(cities: ThreeCities) -> None:
    moves = Moves(cities.desk.kit)
    moves.rules = moves.rules.model_copy(update={"nightly_at": "00:00"})
    cities.session.picture.stock.banks.clear()
    await moves.tick()
    assert moves.answer is None, "nothing is known of any stock yet"
    _stock(cities)
    await moves.tick()
    await until(lambda: moves.answer is not None)
    first = moves.answer
    await moves.tick()
    assert moves.answer is first
    await until(lambda: any(row.detail["nightly"] == 1 for row in cities.log("move.looked")))


async def test_no_night_looks_before_its_hour_or_where_nobody_may_ask_for_blood(
    cities: ThreeCities, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = Moves(cities.desk.kit)
    moves.clock = ManualClock(datetime(2026, 11, 24, 12, 59, tzinfo=UTC))  # 20:59 in China
    await moves.tick()
    assert moves._nightly is None
    moves.clock = ManualClock(datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
    monkeypatch.setattr(moves, "may", lambda _right: "no")
    await moves.tick()
    assert moves._nightly is None
    monkeypatch.undo()
    await moves.tick()
    assert moves._nightly is not None
    await moves._nightly
