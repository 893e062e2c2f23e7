"""Moves of blood before it outdates, at the console."""

from datetime import timedelta

import pytest

from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.operators import Right
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk


def doses(desk: FakeDesk, name: str, quantity: int, hours: float) -> Lot:
    return Lot(
        id=LotId(name),
        component=ComponentCode("platelets"),
        group=BloodGroup.A_POS,
        quantity=quantity,
        expires_at=desk.clock.now() + timedelta(hours=hours),
    )


@pytest.fixture
def desk() -> FakeDesk:
    """Zhuzhou has more platelets than it uses; Changsha has none left."""
    desk = fake_desk()
    now = desk.clock.now()
    for bank in desk.picture.banks.values():
        lots = [doses(desk, "ZZ-L-1", 12, 40)] if bank.id == giver(desk) else []
        desk.picture.stock.apply_snapshot(bank.id, 9, now, now, lots)
    return desk


def giver(desk: FakeDesk) -> BankId:
    return next(bank.id for bank in desk.picture.banks.values() if bank.city == "zhuzhou")


async def test_moves_are_reached_from_the_blood_looked_for_and_accepted(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .blood().press("m").expect_screen("moves").expect_text("尚未查找")
            .press("r").wait(0).expect_text("单采血小板", "约可避免过期", "ZZ-L-1 ×")
            .press("f7", "enter").wait(0)
        )  # fmt: skip
    (act,) = desk.did("decide_move")
    assert act["accept"] is True


async def test_a_move_is_declined_with_a_reason_and_never_without(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("goto moves").press("r").wait(0).press("d").wait(0).press("f7").wait(0)
        assert not desk.did("decide_move")
        await console.press("1", "f7").wait(0)
    (act,) = desk.did("decide_move")
    assert (act["accept"], act["reason"]) == (False, "本地预计会用完")


async def test_escape_goes_back_and_nothing_is_decided_where_nothing_is_proposed(desk: FakeDesk) -> None:
    desk.picture.stock.banks[giver(desk)].lots.clear()
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("goto moves")
            .press("r")
            .wait(0)
            .expect_text("没有值得提出的调剂")
            .press("f7")
            .wait(0)
        )
        assert not desk.did("decide_move")
        await console.press("escape").expect_screen("blood")


async def test_who_may_not_ask_for_blood_decides_on_no_move(desk: FakeDesk) -> None:
    desk.forbidden[Right.BLOOD] = "无权"
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("goto moves").press("r").wait(0).press("f7", "d").wait(0)
    assert not desk.did("decide_move")


async def test_an_incident_shows_its_blood_by_hour_and_what_to_move(desk: FakeDesk) -> None:
    incident = next(one for one in desk.picture.incidents.values() if one.id == "CS-1124-0001")
    desk.picture.incidents[incident.id] = incident.model_copy(update={"patients": 9})
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.incidents().select("CS-1124-0001").press("u").wait(0)
        await console.expect_text("伤员 9 人", "血型（-缺）", "悬浮红细胞").press("escape").wait(0)
