"""What a centre decides, message by message."""

from dataclasses import replace

import pytest

from dispatch.centre.book import Book
from dispatch.centre.messages import (
    Act,
    Answer,
    Cancel,
    Commit,
    Input,
    Query,
    Report,
    Request,
    Said,
    Tell,
    Tick,
)
from dispatch.centre.protocol import LEASE_MS, Effect, again_after_ms, decide
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, Order, OrderState, RequestId, Token
from dispatch.domain.units import UnitId

CHANGSHA, ZHUZHOU = CityCode("changsha"), CityCode("zhuzhou")
UNIT = UnitId("CS-001")
ASKER, NEIGHBOUR = Asker(CHANGSHA, "console-1"), Asker(ZHUZHOU, "console-1")
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="Wuyi Square",
)
NOW = 1_000_000
FIRST = RequestId("first")
ASK = Request(FIRST, UNIT, ASKER, "Li", JOB, NOW + 60_000)


class Centre:
    """A book that decides and keeps what was decided."""

    def __init__(self) -> None:
        self.book = Book(CHANGSHA, Token(7, 0), frozenset({UNIT}))
        self.now = NOW

    def hear(self, said: Input) -> list[Effect]:
        decision = decide(self.book, said, self.now)
        self.book.apply(decision)
        return list(decision.effects)

    @property
    def order(self) -> Order:
        return self.book.orders[FIRST]

    def commit(self) -> list[Effect]:
        return self.hear(Commit(FIRST, UNIT, ASKER, "Li", self.order.token))

    def report(self, said: Said, ending: str = "") -> list[Effect]:
        return self.hear(Report(UNIT, FIRST, self.order.token, said, ending))


@pytest.fixture
def centre() -> Centre:
    """A centre that reserved a unit."""
    one = Centre()
    one.hear(ASK)
    return one


def states(effects: list[Effect]) -> list[str]:
    """The history in the one answer."""
    (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
    return [step.state.value for step in answer.steps]


def acts(effects: list[Effect]) -> list[Act]:
    return [effect.act for effect in effects if isinstance(effect, Tell)]


def test_a_repeat_gets_the_stored_answer_and_changes_nothing(centre: Centre) -> None:
    order = centre.order
    assert states(centre.hear(ASK)) == ["reserved"]
    assert centre.order == order
    assert centre.book.last_token == Token(7, 1)


def test_a_repeat_of_a_finished_job_is_answered_with_its_history(centre: Centre) -> None:
    centre.commit()
    centre.report(Said.ACKNOWLEDGED)
    centre.report(Said.DONE, "completed")
    whole = ["reserved", "ordered", "acked", "done"]
    assert states(centre.hear(ASK)) == whole
    assert states(centre.commit()) == whole
    assert states(centre.hear(Cancel(FIRST, UNIT, ASKER, "Li"))) == whole
    assert states(centre.hear(Query(FIRST, UNIT, NEIGHBOUR))) == whole


def test_only_the_reservation_ends_by_the_clock(centre: Centre) -> None:
    centre.now += LEASE_MS - 1
    assert centre.hear(Tick()) == []
    centre.commit()
    centre.now += 10 * 86_400_000
    assert centre.hear(Tick()) == []
    assert centre.order.state is OrderState.ORDERED


def test_a_commit_after_the_lease_finds_it_over_even_when_nobody_looked(centre: Centre) -> None:
    centre.now += LEASE_MS
    assert states(centre.commit()) == ["reserved", "expired"]
    assert centre.book.holder(UNIT) is None


def test_a_request_takes_over_a_unit_whose_reservation_is_over(centre: Centre) -> None:
    centre.now += LEASE_MS
    second = replace(ASK, request=RequestId("second"), expires_ms=centre.now)
    centre.hear(second)
    holder = centre.book.holder(UNIT)
    assert centre.order.state is OrderState.EXPIRED
    assert holder is not None
    assert (holder.request, holder.token) == ("second", Token(7, 2))


def test_an_ordered_unit_is_given_to_nobody_else(centre: Centre) -> None:
    centre.commit()
    for _acknowledged in range(2):
        second = replace(ASK, request=RequestId(f"second {_acknowledged}"))
        assert states(centre.hear(second)) == ["denied"]
        centre.report(Said.ACKNOWLEDGED)


def test_a_commit_under_another_token_orders_nothing(centre: Centre) -> None:
    effects = centre.hear(Commit(FIRST, UNIT, ASKER, "Li", Token(7, 9)))
    assert (states(effects), acts(effects)) == (["reserved"], [])


def test_a_stranger_can_neither_order_nor_call_back() -> None:
    centre = Centre()
    centre.hear(replace(ASK, asker=ASKER))
    xiangtan = Asker(CityCode("xiangtan"), "console-1")
    centre.hear(Commit(FIRST, UNIT, xiangtan, "?", centre.order.token))
    centre.hear(Cancel(FIRST, UNIT, xiangtan, "?"))
    assert centre.order.state is OrderState.RESERVED


def test_a_cancellation_that_overtakes_its_request_stops_it() -> None:
    centre = Centre()
    assert states(centre.hear(Cancel(FIRST, UNIT, ASKER, "Li"))) == ["cancelled"]
    assert states(centre.hear(ASK)) == ["cancelled"]
    assert centre.book.holder(UNIT) is None


def test_a_request_past_its_deadline_is_refused_for_good() -> None:
    centre = Centre()
    centre.now = ASK.expires_ms + 1
    assert states(centre.hear(ASK)) == ["denied"]
    assert centre.order.steps[-1].reason == "request_late"
    centre.now = NOW
    assert states(centre.hear(ASK)) == ["denied"]


def test_a_unit_called_back_stays_held_until_its_crew_knows(centre: Centre) -> None:
    centre.commit()
    assert acts(centre.hear(Cancel(FIRST, UNIT, ASKER, "Li"))) == [Act.STAND_DOWN]
    centre.report(Said.ACKNOWLEDGED)
    assert centre.book.holder(UNIT) is not None
    assert states(centre.report(Said.STOOD_DOWN)) == ["reserved", "ordered", "standing_down", "stood_down"]
    assert centre.book.holder(UNIT) is None


def test_done_is_heard_as_often_as_it_is_said(centre: Centre) -> None:
    centre.commit()
    assert acts(centre.report(Said.DONE, "completed")) == [Act.HEARD]
    assert centre.order.crew_acknowledged
    assert acts(centre.report(Said.DONE, "completed")) == [Act.HEARD]


def test_a_crew_that_refuses_never_acknowledged(centre: Centre) -> None:
    centre.commit()
    assert states(centre.report(Said.DONE, "crew_refused")) == ["reserved", "ordered", "done"]
    assert not centre.order.crew_acknowledged


def test_a_report_under_another_token_is_nothing(centre: Centre) -> None:
    centre.commit()
    assert centre.hear(Report(UNIT, FIRST, Token(7, 0), Said.ACKNOWLEDGED)) == []
    assert centre.hear(Report(UNIT, RequestId("other"), centre.order.token, Said.DONE)) == []
    assert centre.order.state is OrderState.ORDERED


def test_what_is_not_answered_is_said_again_after_1_2_4_8_8_seconds() -> None:
    assert [again_after_ms(times) for times in (1, 2, 3, 4, 5, 500)] == [1000, 1000, 2000, 4000, 8000, 8000]


def test_a_decision_changes_nothing_by_itself(centre: Centre) -> None:
    before = (dict(centre.book.orders), dict(centre.book.holders), centre.book.last_token)
    one = decide(centre.book, Commit(FIRST, UNIT, ASKER, "Li", centre.order.token), NOW)
    two = decide(centre.book, Commit(FIRST, UNIT, ASKER, "Li", centre.order.token), NOW)
    assert one == two
    assert before == (centre.book.orders, centre.book.holders, centre.book.last_token)
