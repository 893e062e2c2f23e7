"""The states an order passes, and the ones it must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import IllegalTransition
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import LEGAL_NEXT, STATE_NAMES, Asker, Order, OrderState, RequestId, Token
from dispatch.domain.units import UnitId

S = OrderState
ORDER = Order(RequestId("r"), UnitId("CS-001"), Asker(CityCode("changsha"), "console-1"), "Li")


def passing(*states: OrderState) -> Order:
    order = ORDER
    for n, state in enumerate(states):
        order = order.to(state, n)
    return order


def test_an_order_goes_from_free_to_done() -> None:
    order = passing(S.RESERVED, S.ORDERED, S.ACKED, S.DONE)
    assert [step.state for step in order.steps] == [S.RESERVED, S.ORDERED, S.ACKED, S.DONE]
    assert ORDER.state is S.FREE


def test_an_illegal_step_names_the_legal_ones() -> None:
    with pytest.raises(IllegalTransition, match="ORDERED, EXPIRED, CANCELLED"):
        passing(S.RESERVED).to(S.ACKED, 1)
    with pytest.raises(IllegalTransition, match="final"):
        passing(S.DENIED).to(S.RESERVED, 1)


def test_nothing_that_was_ordered_can_expire() -> None:
    assert [state for state in S if S.EXPIRED in LEGAL_NEXT[state]] == [S.RESERVED]


def test_every_state_that_holds_a_unit_leads_to_one_that_does_not() -> None:
    for state in S:
        seen, waiting = set(), [state]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += LEGAL_NEXT[one]
        assert any(one.final for one in seen)
    assert all(not state.holds_unit for state in S if state.final)
    assert set(STATE_NAMES) == set(S)


@given(st.lists(st.sampled_from(list(S)), max_size=8))
def test_a_history_holds_only_legal_steps(states: list[OrderState]) -> None:
    order = ORDER
    for n, state in enumerate(states):
        try:
            after = order.to(state, n)
        except IllegalTransition:
            assert state not in LEGAL_NEXT[order.state]
            continue
        assert after.steps[:-1] == order.steps
        order = after


def test_tokens_compare_by_epoch_then_counter() -> None:
    assert Token(1, 9) < Token(2, 0) < Token(2, 1)
