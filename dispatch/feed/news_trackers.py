"""What phones and trackers say in OwnTracks JSON about the units that carry them."""

from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import owntracks
from dispatch.feed.context import Context
from dispatch.feed.owntracks import OwnTracksMap, TrackerFix, TrackerGone
from dispatch.feed.positions import Positions
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received
from dispatch.text import safe_text


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

    def _carrier(self, topic: str, tid: str | None) -> tuple[UnitId, str]:
        """The unit that carries a device, and the datum it speaks; Refused when there is none."""
        tracker = self._trackers.tracker(topic, tid)
        if tracker is not None:
            return tracker.unit, tracker.datum
        replayed = owntracks.replayed_unit(topic) if self._trackers.replay else None
        if replayed is None:
            raise Refused("unknown_device")
        return UnitId(replayed), "wgs84"
