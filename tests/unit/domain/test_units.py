"""The ten states of a vehicle: what may follow what, and what must be said with it."""

from itertools import pairwise

import pytest

from dispatch.domain.errors import IllegalTransition, MissingField
from dispatch.domain.units import LEGAL_NEXT, UNIT_CAPABILITIES, Capability, UnitState, change_state

S = UnitState
FULL_TASK = (
    S.AVAILABLE_AT_STATION, S.ASSIGNED, S.ACKNOWLEDGED, S.EN_ROUTE, S.ON_SCENE, S.TRANSPORTING,
    S.AT_HOSPITAL, S.AVAILABLE_ON_ROAD, S.AVAILABLE_AT_STATION,
)  # fmt: skip


def change(
    before: UnitState, after: UnitState, reason: str | None = "why", to: str | None = "CS-H-1"
) -> None:
    change_state(before, after, reason=reason, destination=to)


def test_a_unit_passes_a_whole_task_and_comes_home() -> None:
    for before, after in pairwise(FULL_TASK):
        change(before, after)


def test_every_state_says_what_may_follow_and_nothing_else_may() -> None:
    assert set(LEGAL_NEXT) == set(UnitState)
    for before in UnitState:
        for after in UnitState:
            if after is before or after in LEGAL_NEXT[before]:
                change(before, after)
            else:
                with pytest.raises(IllegalTransition):
                    change(before, after)


def test_a_refused_change_names_the_legal_ones_in_order() -> None:
    with pytest.raises(IllegalTransition, match="TRANSPORTING -> ASSIGNED is not allowed") as refused:
        change(S.TRANSPORTING, S.ASSIGNED)
    assert refused.value.legal == ("AT_HOSPITAL", "OUT_OF_SERVICE")


def test_no_unit_on_a_task_can_be_assigned_another() -> None:
    for state in UnitState:
        if state.on_task and state is not S.ASSIGNED:
            assert S.ASSIGNED not in LEGAL_NEXT[state]


def test_a_broken_down_unit_can_be_taken_out_of_service_from_every_state() -> None:
    for state in UnitState:
        change(state, S.OUT_OF_SERVICE)


def test_every_state_leads_back_to_dispatchable() -> None:
    for start in UnitState:
        reached, frontier = {start}, {start}
        while frontier:
            frontier = {after for state in frontier for after in LEGAL_NEXT[state]} - reached
            reached |= frontier
        assert any(state.dispatchable for state in reached)


@pytest.mark.parametrize("state", [S.OUT_OF_SERVICE, S.PAUSED])
def test_a_unit_taken_off_duty_needs_a_reason(state: UnitState) -> None:
    for reason in (None, ""):
        with pytest.raises(MissingField, match="reason"):
            change(S.AVAILABLE_AT_STATION, state, reason=reason)


def test_a_transport_needs_a_hospital() -> None:
    with pytest.raises(MissingField, match="destination"):
        change(S.ON_SCENE, S.TRANSPORTING, to=None)


def test_only_waiting_units_are_dispatchable_and_the_digit_is_the_hot_key() -> None:
    assert {state for state in UnitState if state.dispatchable} == {
        S.AVAILABLE_ON_ROAD,
        S.AVAILABLE_AT_STATION,
    }
    assert [int(state) for state in UnitState] == list(range(10))
    assert not any(state.dispatchable and state.on_task for state in UnitState)


def test_a_vehicle_is_built_for_four_capabilities() -> None:
    assert Capability.NEONATAL in UNIT_CAPABILITIES
    assert Capability.STROKE not in UNIT_CAPABILITIES
