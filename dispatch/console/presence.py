"""What this desk is working on, as it tells the others: the incident its cursor has rested on."""

from dataclasses import dataclass

from dispatch.domain.incidents import IncidentId

RESTED_S = 2.0
"""A cursor that only passes by says nothing."""


@dataclass(frozen=True, slots=True)
class WorkingOn:
    """The incident to be told; None: nothing in particular."""

    incident: IncidentId | None


class Presence:
    """Looks where the cursor is once a second, and says when the others have to hear of it."""

    def __init__(self) -> None:
        self._seen: str | None = None
        self._since_s = 0.0
        self._told: str | None = None

    def look(self, incident: str | None, now_s: float) -> WorkingOn | None:
        """What is to be told now; None while nothing new is certain."""
        if incident != self._seen:
            self._seen, self._since_s = incident, now_s
        if self._seen == self._told or now_s - self._since_s < RESTED_S:
            return None
        self._told = self._seen
        return WorkingOn(IncidentId(self._told) if self._told is not None else None)
