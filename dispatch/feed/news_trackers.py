"""What phones and trackers say in OwnTracks JSON about the units that carry them."""

import re

from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId
from dispatch.feed import owntracks
from dispatch.feed.context import Context
from dispatch.feed.owntracks import OwnTracksMap, TrackerFix, TrackerGone
from dispatch.feed.positions import Positions
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received
from dispatch.text import safe_text

CODE = re.compile(r"[A-Z]{2}-[A-Za-z0-9]{1,16}")
"""What a unit of a recording may be called."""


class TrackerNews:
    """Applies fixes however old they are: their true age shows, and a decision leaves them out by it."""

    def __init__(self, context: Context, positions: Positions, trackers: OwnTracksMap) -> None:
        self.ignored: dict[str, int] = {}
        self._context, self._positions, self._trackers = context, positions, trackers

    def take(self, city: CityCode, received: Received, latest_ms: int) -> None:
        """One message of a device; Refused when it is dated after `latest_ms` or nobody carries it."""
        raw = received.payload
        if len(raw) > owntracks.SIZE_CAP:
            raise Refused("too_big", size=len(raw), cap=owntracks.SIZE_CAP)
        if not raw:
            self._context.counters.cleared += 1
            return
        said = owntracks.decode(raw)
        if isinstance(said, TrackerFix):
            self._apply(city, received, said, latest_ms)
            return
        kind = "lwt" if isinstance(said, TrackerGone) else said.type
        self.ignored[kind] = self.ignored.get(kind, 0) + 1
        self._context.counters.ignored += 1

    def _apply(self, city: CityCode, received: Received, said: TrackerFix, latest_ms: int) -> None:
        unit, datum = self._carrier(received.topic, said.tid)
        fleet = self._context.picture.fleet
        self._welcome_replay(city, unit, received.topic)
        if unit not in fleet:
            self._context.ask(city, "units", None)
            raise Refused("unknown_unit", unit=safe_text(unit, 64))
        row = fleet.row(unit)
        if fleet.units[row].city != city:
            raise Refused("not_owner", subject=unit, owner=fleet.units[row].city)
        fixed_ms = said.fixed_s * 1000
        if fixed_ms > latest_ms:
            raise Refused("future", ahead_s=round((fixed_ms - received.received_ms) / 1000))
        self._positions.apply(
            unit,
            row,
            said.lat,
            said.lon,
            datum,
            fixed_ms,
            received.received_ms,
            said.accuracy_m,
            said.speed_kmh,
            said.heading_deg,
        )

    def _welcome_replay(self, city: CityCode, unit: UnitId, topic: str) -> None:
        """A recording may carry a unit of its own: it stands on the board, and no city says it is free."""
        picture = self._context.picture
        replayed = self._trackers.replay and owntracks.replayed_unit(topic) == unit
        named = unit.startswith(f"{picture.cities[city].prefix}-")
        if replayed and named and unit not in picture.fleet and CODE.fullmatch(unit):
            picture.fleet.register(Unit(id=unit, city=city))
            picture.changes.mark("unit", unit)

    def _carrier(self, topic: str, tid: str | None) -> tuple[UnitId, str]:
        """The unit that carries a device, and the datum it speaks; Refused when there is none."""
        tracker = self._trackers.tracker(topic, tid)
        if tracker is not None:
            return tracker.unit, tracker.datum
        replayed = owntracks.replayed_unit(topic) if self._trackers.replay else None
        if replayed is None:
            raise Refused("unknown_device")
        return UnitId(replayed), "wgs84"
