"""Messages about orders pass the console's intake by: they are its requester's, and no fault."""

import pytest

from dispatch.feed import payloads, topics
from tests.unit.feed.feed_world import CHANGSHA, World

ABOUT_ORDERS = [
    (
        topics.command(CHANGSHA, CHANGSHA, "order.query"),
        "cmd.order.query",
        payloads.OrderQuery(request="r1", unit="CS-001"),
    ),
    (
        topics.order_answer(CHANGSHA, CHANGSHA, "console-1"),
        "order.answer",
        payloads.OrderAnswer(request="r1", unit="CS-001"),
    ),
    (
        topics.unit_order(CHANGSHA, "CS-001"),
        "unit.order",
        payloads.UnitOrder(unit="CS-001", request="r1", epoch=1, counter=1, act="stand_down"),
    ),
    (
        topics.unit_report(CHANGSHA, "CS-001"),
        "unit.report",
        payloads.UnitReport(unit="CS-001", request="r1", epoch=1, counter=1, said="acknowledged"),
    ),
]


@pytest.mark.parametrize(("topic", "kind", "data"), ABOUT_ORDERS)
def test_a_message_about_an_order_is_neither_refused_nor_state(
    topic: str, kind: str, data: payloads.Payload
) -> None:
    world = World()
    for _again in range(2):
        world.say(topic, kind, data)
    assert world.refused == {}
    assert world.intake.counters.ignored == 2
    assert world.asked == []


@pytest.mark.parametrize(("topic", "kind", "data"), ABOUT_ORDERS)
def test_a_message_about_an_order_that_the_broker_kept_is_refused(
    topic: str, kind: str, data: payloads.Payload
) -> None:
    world = World()
    world.say(topic, kind, data, retained=True)
    assert world.refused == {"retained_command": 1}
