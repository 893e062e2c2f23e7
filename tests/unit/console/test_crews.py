"""Who works on an incident, the one that worries most on top."""

from datetime import timedelta

import pytest

from dispatch.centre.asking import Standing
from dispatch.console.crews import crews_of, unanswered
from dispatch.console.present_orders import order_cell, order_sentence
from dispatch.console.present_scene import AgeLimits, Scene
from dispatch.domain.incidents import IncidentId
from dispatch.domain.orders import RequestId
from dispatch.domain.units import UnitId
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.fakes_life import FakeOrder

SENT = IncidentId("CS-1124-0001")


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def order(desk: FakeDesk, unit: str, ago_s: float, standing: Standing, number: int = 0) -> FakeOrder:
    since = desk.clock.now() - timedelta(seconds=ago_s)
    made = FakeOrder(RequestId(f"r-{unit}-{number}"), UnitId(unit), SENT, since, desk.clock, standing)
    desk.orders_asked.append(made)
    return made


def crews(desk: FakeDesk) -> list[str]:
    return [crew.unit for crew in crews_of(desk.picture.incidents[SENT], desk)]


def scene(desk: FakeDesk) -> Scene:
    return Scene.of(desk.picture, desk.clock.now(), AgeLimits(60, 120, 300))


def test_a_unit_another_desk_sent_has_no_order_of_ours(desk: FakeDesk) -> None:
    [crew] = crews_of(desk.picture.incidents[SENT], desk)
    assert (crew.unit, crew.order) == ("CS-002", None)
    assert crew.status is not None
    assert "其他坐席" in order_cell(None, scene(desk)).text


def test_the_longest_unanswered_stands_first_and_settled_ones_last(desk: FakeDesk) -> None:
    order(desk, "CS-001", 100, Standing.CONFIRMED)
    order(desk, "CS-003", 12, Standing.ORDERED)
    order(desk, "CS-005", 40, Standing.ORDERED)
    order(desk, "CS-007", 3, Standing.REQUESTED)
    order(desk, "CS-009", 20, Standing.STOOD_DOWN)
    assert crews(desk) == ["CS-005", "CS-003", "CS-007", "CS-001", "CS-002", "CS-009"]


def test_the_newest_order_to_a_unit_counts(desk: FakeDesk) -> None:
    order(desk, "CS-003", 300, Standing.STOOD_DOWN, 1)
    order(desk, "CS-003", 5, Standing.ORDERED, 2)
    order(desk, "CS-003", 200, Standing.DENIED, 3)
    found = {crew.unit: crew.order for crew in crews_of(desk.picture.incidents[SENT], desk)}
    newest = found[UnitId("CS-003")]
    assert newest is not None
    assert newest.standing is Standing.ORDERED


def test_what_came_to_nothing_goes_after_ten_minutes(desk: FakeDesk) -> None:
    order(desk, "CS-003", 599, Standing.DENIED)
    order(desk, "CS-005", 601, Standing.DENIED)
    assert crews(desk) == ["CS-002", "CS-003"]


def test_only_what_nobody_answered_is_unanswered(desk: FakeDesk) -> None:
    order(desk, "CS-001", 900, Standing.CONFIRMED)
    order(desk, "CS-003", 1, Standing.REQUESTED)
    order(desk, "CS-005", 3, Standing.REQUESTED)
    order(desk, "CS-007", 31, Standing.ORDERED)
    order(desk, "CS-009", 90, Standing.DENIED)
    order(desk, "CS-011", 20, Standing.ORDERED)
    assert [each.unit for each in unanswered(desk.orders())] == ["CS-007", "CS-011", "CS-005"]


def test_the_colour_says_how_loud_it_is(desk: FakeDesk) -> None:
    loud = {3: "warning", 12: "critical", 40: "critical"}
    styles = {
        ago: order_cell(
            order(desk, f"CS-0{ago}", ago, Standing.REQUESTED if ago == 3 else Standing.ORDERED), scene(desk)
        ).style
        for ago in loud
    }
    assert styles == loud
    assert order_cell(order(desk, "CS-001", 90, Standing.CONFIRMED), scene(desk)).style == "normal"
    assert order_cell(order(desk, "CS-001", 90, Standing.DENIED), scene(desk)).style == "abnormal"


@pytest.mark.parametrize("standing", Standing)
def test_every_standing_can_be_said(desk: FakeDesk, standing: Standing) -> None:
    made = order(desk, "CS-003", 40, standing)
    assert order_cell(made, scene(desk)).text.strip()
    if unanswered([made]):
        assert "CS-003" in order_sentence(made, scene(desk))
