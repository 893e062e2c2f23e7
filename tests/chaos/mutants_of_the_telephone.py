"""Wrong centres about units arranged by telephone: forgotten, told to one city only, counted on for ever."""

from datetime import datetime

from dispatch.centre import events, neighbours, protocol, telephoned, watch
from dispatch.centre.draft import Draft
from dispatch.centre.messages import ForeignUnit, Telephoned
from dispatch.centre.protocol import Decision
from dispatch.centre.state import Duty, State
from dispatch.domain.alarms import Severity
from dispatch.domain.incidents import Incident
from dispatch.domain.orders import Order, OrderState
from dispatch.domain.units import Instead, UnitId
from tests.chaos.rules import Rules

_decide, _due = telephoned.decide, watch._Watch.due


def _forgets(_draft: Draft, _said: Telephoned, _other: str | None) -> None:
    """The unit's city compares, and expects nobody anywhere."""


def _keeps_its_conflict(draft: Draft, said: Telephoned) -> None:
    """What the unit's city found rings there only."""
    draft.accept(said, conflict=1)


def _counts_on_it_for_ever(
    _draft: Draft, _incident: Incident, _unit: UnitId, _other: str, _by: str, _at_ms: int
) -> None:
    """A unit that was arranged by telephone stays on the incident's list whatever it does."""


def _rings_nowhere(_draft: Draft, _unit: UnitId, _incident: str, _other: str) -> None:
    """No conflict is one."""


def _tells_no_desk(_draft: Draft, _unit: UnitId, _incident: str, _city: str) -> None:
    """The desks of the unit's city are not told."""


def _hears_of_its_own_only(_said: ForeignUnit, _state: State) -> bool:
    """A neighbour's unit matters while its status names an incident of this city, and never else."""
    return False


def _sees_the_present_only(_draft: Draft, _unit: UnitId, _instead: Instead, _at_ms: int) -> None:
    """What a unit did while this city was away is not read."""


def _believes_the_last_report(_draft: Draft, _said: Telephoned) -> None:
    """Reports that overtook each other are taken in the order they came."""


def _rings_in_one_city(draft: Draft, duty: Duty, incident: str, at_ms: int) -> Duty:
    """An order for another incident rings at the unit's city, whose status says nothing of it."""
    if duty.arranged is not None and incident != duty.arranged and at_ms < duty.arranged_until_ms:
        events.conflict(draft, duty.unit.id, duty.arranged, incident)
    return duty.model_copy(update={"arranged": None, "arranged_until_ms": 0})


def _takes_the_unit_back(draft: Draft, said: Telephoned) -> None:
    """A conflict is settled by the centre itself: the order gives way."""
    _decide(draft, said)
    held: Order | None = draft.holder(said.unit)
    if held is not None and held.state is OrderState.ORDERED and "conflict" in draft.replies[-1].facts:
        after = held.to(OrderState.STANDING_DOWN, draft.now_ms, "withdrawn")
        draft.put_decision(Decision((after,), (protocol.answer(after),)))


def _waits_in_silence(self: watch._Watch, code: str, since: datetime) -> Severity | None:
    """Somebody was arranged by telephone, so nobody is reminded."""
    return None if code == "telephoned_only" else _due(self, code, since)


WRONG_ON_THE_TELEPHONE = {
    "arrangement forgotten at the owner": Rules(wrong=((telephoned, "_expect", _forgets),)),
    "conflict found by the owner stays there": Rules(
        wrong=(
            (telephoned, "_found_elsewhere", _keeps_its_conflict),
            (telephoned, "passed_over", _sees_the_present_only),
        )
    ),
    "conflict rung only at the owner": Rules(wrong=((telephoned, "_not_there", _rings_in_one_city),)),
    "conflict rung nowhere": Rules(wrong=((events, "conflict", _rings_nowhere),)),
    "telephoned unit never taken off": Rules(wrong=((telephoned, "_without", _counts_on_it_for_ever),)),
    "owner's desks not told": Rules(wrong=((events, "arranged", _tells_no_desk),)),
    "neighbour's unit heard only when it comes": Rules(
        wrong=((neighbours, "_counted_on", _hears_of_its_own_only),)
    ),
    "what it did instead not read": Rules(wrong=((telephoned, "passed_over", _sees_the_present_only),)),
    "older call believed": Rules(wrong=((telephoned, "_newer_call", _believes_the_last_report),)),
    "conflict settled by itself": Rules(wrong=((telephoned, "decide", _takes_the_unit_back),)),
    "telephoned and never reminded": Rules(wrong=((watch._Watch, "due", _waits_in_silence),)),
}
