"""Who sits at which console of which city, and what he works on."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.incidents import IncidentId


@dataclass(frozen=True, slots=True)
class DeskView:
    """One console as it last said itself; `since` is when its operator began."""

    operator: str
    role: str
    incident: IncidentId | None
    """What it works on; None: nothing in particular."""
    since: datetime
    online: bool
    """Whether its program is there now."""
