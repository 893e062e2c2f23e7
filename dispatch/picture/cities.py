"""How far each city can be seen: its link, its nodes, its newest message."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dispatch.domain.geography import CityCode


class Sight(StrEnum):
    """LIVE: link up and news fresh; SILENT: link up, nothing said; OFFLINE: link or city down."""

    LIVE = "live"
    SILENT = "silent"
    OFFLINE = "offline"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class NodeView:
    """One program of a city that announced itself."""

    online: bool
    kind: str
    epoch: int
    since: datetime
    failing: str = ""
    """What it says it cannot do; empty while all is well."""


@dataclass(slots=True)
class CityView:
    """Health of one city's feed. Times are this console's; `since` is when `sight` began."""

    city: CityCode
    sight: Sight = Sight.NEVER
    since: datetime | None = None
    by_bridge: bool = False
    """Reached through the home city's broker and its bridge alone: `link_up` is that broker's."""
    link_up: bool = False
    last_heard: datetime | None = None
    nodes: dict[str, NodeView] = field(default_factory=dict)
    messages: int = 0
    refused: int = 0
    gaps: int = 0
