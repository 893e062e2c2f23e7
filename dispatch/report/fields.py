"""What stands in a row: another program may have written anything into its detail."""

from dispatch.audit.canonical import Json
from dispatch.audit.entry import AuditRow
from dispatch.report.facts import Clock, Facts, Moment


def text(row: AuditRow, name: str) -> str:
    """A text of the detail; empty when there is none."""
    value = row.detail.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def number(row: AuditRow, name: str) -> int | None:
    """A whole number of the detail; None when there is none, or something else stands there."""
    return whole(row.detail.get(name))


def whole(value: Json) -> int | None:
    """A whole number; None for anything else, a truth value too."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def words(value: Json) -> tuple[str, ...]:
    """A list of words, or words with blanks between."""
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return tuple(value.split()) if isinstance(value, str) else ()


def tell(facts: Facts, incident: str, row: AuditRow, what: str = "", at_ms: int | None = None) -> None:
    """A line for the timeline of a call."""
    if incident:
        crew = at_ms is not None
        clock: Clock = "crew" if crew else "centre" if row.console == "centre" else "console"
        moment = Moment(row.ts if at_ms is None else at_ms, clock, row.action, row.actor, what)
        facts.moments.setdefault(incident, []).append(moment)
