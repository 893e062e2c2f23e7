"""What a requester says next, what it shows, and how loudly."""

from dataclasses import replace

import pytest

from dispatch.centre.asking import (
    Asked,
    Standing,
    Urgency,
    again_after_ms,
    command,
    hear,
    newest,
    standing,
    urgency,
)
from dispatch.centre.messages import Answer, Cancel, Commit, Query, Request
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId, Step, Token
from dispatch.domain.units import UnitId
from tests.unit.centre.centre_world import PATIENCE

NOW = 1_000_000
ASKER = Asker(CityCode("changsha"), "console-1")
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="Wuyi Square",
)
ASKED = Asked(RequestId("r"), CityCode("changsha"), UnitId("CS-001"), ASKER, "Li", JOB, NOW, NOW + 60_000)
S = OrderState
WHOLE = (S.RESERVED, S.ORDERED, S.ACKED, S.DONE)


def answer(*states: OrderState, unit: str = "CS-001") -> Answer:
    steps = tuple(Step(state, NOW + n) for n, state in enumerate(states))
    return Answer(ASKER, RequestId("r"), UnitId(unit), steps, Token(1, 1))


def after(*states: OrderState, cancelled: bool = False) -> Asked:
    return replace(hear(ASKED, answer(*states), NOW), cancelled=cancelled)


@pytest.mark.parametrize(
    ("known", "next_command"),
    [
        (ASKED, Request),
        (replace(ASKED, cancelled=True), Cancel),
        (after(S.RESERVED), Commit),
        (after(S.RESERVED, cancelled=True), Cancel),
        (after(S.RESERVED, S.ORDERED), Query),
        (after(S.RESERVED, S.ORDERED, cancelled=True), Cancel),
        (after(S.RESERVED, S.ORDERED, S.STANDING_DOWN, cancelled=True), Query),
        (after(*WHOLE[:3]), Query),
    ],
)
def test_the_next_command_follows_from_what_is_known(known: Asked, next_command: type) -> None:
    assert isinstance(command(known), next_command)


@pytest.mark.parametrize("end", [S.DENIED, S.CANCELLED])
def test_nothing_is_asked_after_the_end(end: OrderState) -> None:
    assert command(after(end)) is None
    assert command(after(*WHOLE)) is None


def test_answers_may_come_in_any_order_and_twice() -> None:
    known = ASKED
    for length in (2, 1, 4, 3, 4, 1):
        known = hear(known, answer(*WHOLE[:length]), NOW)
    assert tuple(step.state for step in known.steps) == WHOLE
    assert not known.contradicted


@pytest.mark.parametrize(
    "said", [answer(), answer(S.DENIED), answer(S.RESERVED, S.EXPIRED), answer(S.RESERVED, unit="CS-002")]
)
def test_an_answer_that_takes_back_an_earlier_one_makes_it_unknown_and_loud(said: Answer) -> None:
    known = hear(after(S.RESERVED, S.ORDERED), said, NOW)
    assert standing(known, NOW, PATIENCE) is Standing.UNKNOWN
    assert urgency(known, NOW, PATIENCE) is Urgency.ESCALATED
    assert command(known) is None


def test_an_answer_about_another_request_is_nothing() -> None:
    assert hear(ASKED, replace(answer(S.DENIED), request=RequestId("x")), NOW) == ASKED


@pytest.mark.parametrize(
    ("states", "waited_ms", "shown"),
    [
        ((), 1_999, Urgency.NONE),
        ((), 2_000, Urgency.AMBER),
        ((), 10_000, Urgency.RED),
        ((S.RESERVED,), 9_999, Urgency.NONE),
        ((S.RESERVED, S.ORDERED), 10_000, Urgency.RED),
        ((S.RESERVED, S.ORDERED), 30_000, Urgency.ESCALATED),
        (WHOLE[:3], 3_600_000, Urgency.NONE),
        ((S.DENIED,), 3_600_000, Urgency.NONE),
    ],
)
def test_silence_grows_loud(states: tuple[OrderState, ...], waited_ms: int, shown: Urgency) -> None:
    assert urgency(after(*states) if states else ASKED, NOW + waited_ms, PATIENCE) is shown


def test_silence_for_long_is_not_known_never_refused() -> None:
    assert standing(ASKED, NOW + 29_999, PATIENCE) is Standing.REQUESTED
    assert standing(ASKED, NOW + 30_000, PATIENCE) is Standing.UNKNOWN
    assert standing(after(S.RESERVED, S.ORDERED), NOW + 3_600_000, PATIENCE) is Standing.ORDERED


def test_an_order_at_work_is_looked_at_seldom() -> None:
    assert [again_after_ms(after(S.RESERVED), times) for times in range(1, 7)] == [
        1_000, 1_000, 2_000, 3_000, 3_000, 3_000,
    ]  # fmt: skip
    assert again_after_ms(after(*WHOLE[:3]), 1) == 30_000


def test_the_longest_waiting_one_stands_on_top() -> None:
    young = replace(ASKED, request=RequestId("young"), asked_ms=NOW + 5)
    over = replace(after(S.DENIED), request=RequestId("over"))
    assert [one.request for one in newest([over, young, ASKED])] == ["r", "young", "over"]
