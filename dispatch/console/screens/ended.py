"""An ended incident that is still looked at: it stays in the list a while, or until the cursor leaves it."""

from math import inf

from dispatch.console.ports import Desk
from dispatch.domain.incidents import Incident, IncidentId

KEPT_S = 30.0
"""So long an incident that ended under the cursor says how it ended."""


class Ended:
    """At most one: the incident under the cursor when it ended, or one that was asked for by its number."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._kept: IncidentId | None = None
        self._until_s = 0.0

    def ask_for(self, incident: str) -> None:
        """It was named: it stays until the cursor leaves it."""
        held = self.desk.picture.incidents.get(IncidentId(incident))
        if held is not None and not held.state.open:
            self._kept, self._until_s = held.id, inf

    def moved_to(self, incident: str | None) -> None:
        """The cursor is on another one now."""
        if incident != self._kept:
            self._kept = None

    def listed(self, under_cursor: str | None) -> list[Incident]:
        """Open incidents, those nobody was sent to first, and after them the ended one that is kept."""
        picture, now_s = self.desk.picture, self.desk.clock.monotonic()
        under = picture.incidents.get(IncidentId(under_cursor or ""))
        if under is not None and not under.state.open and under.id != self._kept:
            self._kept, self._until_s = under.id, now_s + KEPT_S
        kept = picture.incidents.get(self._kept) if self._kept is not None else None
        if kept is None or kept.state.open or now_s > self._until_s:
            self._kept = None
        open_ = sorted(picture.open_incidents(), key=lambda each: not each.unsent)
        return [*open_, kept] if kept is not None and self._kept is not None else open_
