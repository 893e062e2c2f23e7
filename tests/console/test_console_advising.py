"""Advice at the console: the next incident of a free unit, and the plan when many are hurt."""

from datetime import timedelta

import pytest

from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.operators import Right
from dispatch.picture.cities import Sight
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def add_incident(
    desk: FakeDesk, name: str, city: str = "changsha", *, patients: int = 1, minutes: float = 2
) -> None:
    centre = desk.picture.cities[CityCode(city)].centre
    desk.picture.incidents[IncidentId(name)] = Incident(
        id=IncidentId(name),
        city=CityCode(city),
        position=centre,
        place="大桥",
        priority=Priority.URGENT,
        patients=patients,
        opened_at=desk.clock.now() - timedelta(minutes=minutes),
        state=IncidentState.WAITING,
    )


async def test_a_free_unit_is_told_its_next_incident_and_sent_there_the_usual_way(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .units().expect_text("2 个事件待派")
            .line("next CS-003").expect_text("下一个接哪个事件", "CS-1124-0003", "未列入", "XT-1124-0004")
            .press("f7").expect_text("派车").press("f7", "enter").wait(0)
        )  # fmt: skip
    (act,) = desk.did("unit")
    assert (act["unit"], act["incident"]) == ("CS-003", "CS-1124-0003")


async def test_the_unit_under_the_cursor_is_meant_and_escape_sends_nothing(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .units().line("下一个").expect_text("CS-001：下一个接哪个").press("escape").wait(0)
            .expect_text("CS-001 未派出")
        )  # fmt: skip
    assert not desk.did("unit")


async def test_a_neighbours_incident_is_never_ordered_from_here(desk: FakeDesk) -> None:
    for incident in list(desk.picture.incidents):
        del desk.picture.incidents[incident]
    add_incident(desk, "ZZ-1124-0009", "zhuzhou")
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("next ZZ-001").wait(0).press("f7").wait(0)
        await Console(pilot, desk).line("next CS-003").wait(0).press("f7").wait(0)
    assert not desk.did("unit")


async def test_the_plan_for_many_is_shown_and_every_own_unit_goes_after_one_question(desk: FakeDesk) -> None:
    add_incident(desk, "CS-1124-0008", patients=2)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .line("mass").expect_text("批量伤员", "CS-1124-0003", "CS-1124-0008", "逐个派车", "尚未检伤")
            .press("enter").expect_text("派出 4 辆车").press("enter").wait(0)
        )  # fmt: skip
    acts = desk.did("unit")
    assert sorted(str(act["incident"]) for act in acts) == ["CS-1124-0003"] * 2 + ["CS-1124-0008"] * 2
    assert len({act["unit"] for act in acts}) == 4


async def test_nothing_goes_when_the_plan_or_the_question_is_left(desk: FakeDesk) -> None:
    add_incident(desk, "CS-1124-0008", patients=2)
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).line("mass").press("escape").wait(0).expect_text("未派车")
        await Console(pilot, desk).line("批量").press("enter", "escape").wait(0).expect_text("未派车")
    assert not desk.did("unit")


async def test_old_incidents_are_not_one_event_and_a_neighbours_is_not_ours(desk: FakeDesk) -> None:
    for incident in list(desk.picture.incidents):
        del desk.picture.incidents[incident]
    add_incident(desk, "ZZ-1124-0009", "zhuzhou", patients=5)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).map().line("mass").wait(0).expect_text("最近 10 分钟没有待派事件")
        await Console(pilot, desk).line("mass ZZ-1124-0009").wait(0).expect_text("不属本市")
    assert not desk.did("unit")


async def test_a_city_that_cannot_be_reached_is_sent_for_from_here(desk: FakeDesk) -> None:
    zhuzhou = CityCode("zhuzhou")
    add_incident(desk, "ZZ-1124-0009", "zhuzhou", patients=5)
    desk.picture.sight[zhuzhou].sight = Sight.OFFLINE
    near = {"position": Position(lat=28.14, lon=113.0), "priority": Priority.LIFE_THREATENING}
    there = IncidentId("ZZ-1124-0009")
    desk.picture.incidents[there] = desk.picture.incidents[there].model_copy(update=near)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .incidents().select("ZZ-1124-0009").line("mass ZZ-1124-0009").expect_text("ZZ-1124-0009")
            .press("enter", "f7").wait(1)
        )  # fmt: skip
    sent = desk.did("unit")
    assert sent
    assert {act["incident"] for act in sent} == {"ZZ-1124-0009"}
    assert {str(act["unit"])[:2] for act in sent} == {"CS"}


async def test_a_neighbours_incident_under_the_cursor_is_said_to_be_not_ours(desk: FakeDesk) -> None:
    for incident in list(desk.picture.incidents):
        del desk.picture.incidents[incident]
    add_incident(desk, "ZZ-1124-0009", "zhuzhou", patients=5)
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).incidents().press("m").wait(0).expect_text("不属本市")


async def test_who_may_not_order_is_told_so(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "may", lambda right: "无权" if right is Right.ORDER else "")
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("mass").wait(0).expect_text("无权")
        await Console(pilot, desk).line("next CS-003").wait(0).expect_text("无权")
