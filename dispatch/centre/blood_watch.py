"""Which alarms about orders of blood should stand now, and how loud."""

from collections.abc import Iterable
from typing import NamedTuple

from dispatch.centre.draft import Draft
from dispatch.domain.alarms import Severity
from dispatch.domain.blood_orders import BloodOrder, BloodState


class BloodAlarm(NamedTuple):
    """One that should stand, about an order."""

    code: str
    order: BloodOrder
    severity: Severity


def blood_alarms(draft: Draft) -> Iterable[BloodAlarm]:
    """Holds that nobody answers, blood that nobody checks, and what is set aside."""
    rules = draft.rules.blood
    if rules is None:
        return
    for order in draft.blood_orders():
        age_s = (draft.now_ms - order.since_ms) / 1000
        match order.state:
            case BloodState.HELD if age_s >= rules.unanswered_alarm_s:
                yield BloodAlarm("blood_unanswered", order, Severity.CRITICAL)
            case BloodState.HELD if age_s >= rules.unanswered_warn_s:
                yield BloodAlarm("blood_unanswered", order, Severity.WARNING)
            case BloodState.DELIVERED if age_s >= rules.unchecked_alarm_min * 60:
                yield BloodAlarm("blood_unchecked", order, Severity.WARNING)
            case BloodState.QUARANTINED:
                yield BloodAlarm("blood_quarantined", order, Severity.WARNING)
