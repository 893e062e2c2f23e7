"""What phones and trackers say about the units that carry them: OwnTracks, Traccar, Home Assistant."""

import re

from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId
from dispatch.feed import home_assistant, owntracks, traccar
from dispatch.feed.context import Context
from dispatch.feed.owntracks import TrackerFix, TrackerGone
from dispatch.feed.positions import Positions
from dispatch.feed.refusals import Refused
from dispatch.feed.trackers import Tracker, TrackerMap
from dispatch.feed.transport import Received
from dispatch.text import safe_text

CODE = re.compile(r"[A-Z]{2}-[A-Za-z0-9]{1,16}")
"""What a unit of a recording may be called."""
_CAPS = {
    owntracks.ROOT: owntracks.SIZE_CAP,
    traccar.ROOT: traccar.SIZE_CAP,
    home_assistant.ROOT: home_assistant.SIZE_CAP,
}


class TrackerNews:
    """Applies fixes however old they are: their true age shows, and a decision leaves them out by it."""

    def __init__(self, context: Context, positions: Positions, trackers: TrackerMap) -> None:
        self.ignored: dict[str, int] = {}
        self._context, self._positions, self._trackers = context, positions, trackers

    def take(self, city: CityCode, received: Received, latest_ms: int) -> None:
        """One message of a device; Refused when it is dated after `latest_ms` or nobody carries it."""
        root = received.topic.partition("/")[0]
        cap = _CAPS[root]
        if len(received.payload) > cap:
            raise Refused("too_big", size=len(received.payload), cap=cap)
        if not received.payload:
            self._context.counters.cleared += 1
            return
        match root:
            case traccar.ROOT:
                self._take_traccar(city, received, latest_ms)
            case home_assistant.ROOT:
                self._take_home_assistant(city, received, latest_ms)
            case _:
                self._take_owntracks(city, received, latest_ms)

    def _take_owntracks(self, city: CityCode, received: Received, latest_ms: int) -> None:
        said = owntracks.decode(received.payload)
        if isinstance(said, TrackerFix):
            unit, datum = self._carrier(received.topic, said.tid)
            self._welcome_replay(city, unit, received.topic)
            self._apply(city, received, said, unit, datum, latest_ms)
            return
        kind = "lwt" if isinstance(said, TrackerGone) else said.type
        self.ignored[kind] = self.ignored.get(kind, 0) + 1
        self._context.counters.ignored += 1

    def _take_traccar(self, city: CityCode, received: Received, latest_ms: int) -> None:
        said = traccar.decode(received.payload)
        carrier = _known(self._trackers.by_traccar.get(said.tid or ""))
        self._apply(city, received, said, carrier.unit, carrier.datum, latest_ms)

    def _take_home_assistant(self, city: CityCode, received: Received, latest_ms: int) -> None:
        name = home_assistant.object_id(received.topic)
        if name is None:
            raise Refused("unknown_topic")
        said = home_assistant.decode(received)
        carrier = _known(self._trackers.by_home_assistant.get(name))
        self._apply(city, received, said, carrier.unit, carrier.datum, latest_ms)

    def _apply(
        self, city: CityCode, received: Received, said: TrackerFix, unit: UnitId, datum: str, latest_ms: int
    ) -> None:
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


def _known(tracker: Tracker | None) -> Tracker:
    if tracker is None:
        raise Refused("unknown_device")
    return tracker
