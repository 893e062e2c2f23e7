"""What a centre does about the audit logs of the cities: written down, and where it matters an alarm."""

from dispatch.centre import events
from dispatch.centre.draft import Draft
from dispatch.centre.messages import Noticed
from dispatch.domain.alarms import Severity

NOTICES: dict[str, tuple[str, str | None, Severity]] = {
    "first_seen": ("audit.first_seen", None, Severity.ADVISORY),
    "conflict": ("audit.conflict", "history_conflict", Severity.CRITICAL),
    "disputed": ("audit.disputed", "history_disputed", Severity.CRITICAL),
    "broken": ("audit.broken", "history_broken", Severity.CRITICAL),
    "unproven": ("audit.unproven", "history_unproven", Severity.WARNING),
    "unwitnessed": ("audit.unwitnessed", "log_unwitnessed", Severity.WARNING),
    "accepted": ("audit.accepted", None, Severity.ADVISORY),
}
"""Code of a Noticed -> its action in the audit log, its alarm if it has one, how loud that is."""


def hear(draft: Draft, said: Noticed) -> None:
    """One notice: an audit row, and an alarm that stands until somebody has read it."""
    action, alarm, severity = NOTICES[said.code]
    draft.note(action, None, said.city, **said.facts)
    if alarm is not None:
        facts = {name: str(fact) for name, fact in said.facts.items() if name in ("rows", "minutes")}
        events.ring(draft, alarm, (said.city,), severity, city=said.city, **facts)
