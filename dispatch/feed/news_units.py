"""What a city says about its units: positions, states, and the snapshot of all of them."""

from collections import Counter

from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode, SiteId
from dispatch.domain.units import Capability, StateSource, Unit, UnitId, UnitState, UnitStatus
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.positions import Positions
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import Route
from dispatch.feed.transport import Received
from dispatch.text import safe_text

_CODES = frozenset(capability.value for capability in Capability)


def capabilities(codes: list[str], subject: str) -> frozenset[Capability]:
    """The capabilities of these codes; Refused names the first that does not exist."""
    try:
        return frozenset(map(Capability, codes))
    except ValueError:
        wrong = next(code for code in codes if code not in _CODES)
        raise Refused("unknown_capability", subject=subject, code=wrong) from None


class UnitNews:
    """Applies messages about units."""

    def __init__(self, context: Context, positions: Positions) -> None:
        self._context = context
        self._fleet = context.picture.fleet
        self._changes = context.picture.changes
        self._positions = positions
        self._announced: Counter[CityCode] = Counter()

    def position(self, route: Route, data: payloads.UnitPosition, fixed_ms: int, received_ms: int) -> None:
        """One fix."""
        if data.unit != route.key:
            raise Refused("wrong_key", found=data.unit, expected=route.key)
        self._positions.apply(
            UnitId(data.unit),
            route.row,
            data.lat,
            data.lon,
            data.datum,
            fixed_ms,
            received_ms,
            data.accuracy_m,
            data.speed_kmh,
            data.heading_deg,
        )

    def status(self, route: Route, data: payloads.UnitStatus, latest_ms: int) -> None:
        """One state, written by the unit's own city."""
        if data.unit != route.key:
            raise Refused("wrong_key", found=data.unit, expected=route.key)
        self._apply_status(UnitId(data.unit), data, latest_ms)

    def snapshot(
        self, city: CityCode, data: payloads.UnitsSnapshot, received: Received, latest_ms: int
    ) -> None:
        """Every unit of a city: announces the unknown ones. A bad entry is left out, not the rest."""
        for entry in data.units:
            try:
                self._entry(city, entry, received, latest_ms)
            except Refused as refusal:
                self._context.refuse(city, received, refusal)

    def _entry(
        self, city: CityCode, entry: payloads.UnitSnapshot, received: Received, latest_ms: int
    ) -> None:
        unit = UnitId(entry.unit)
        row = self._announce(city, unit, entry)
        self._apply_status(unit, entry, latest_ms)
        if entry.lat is None or entry.lon is None or entry.fixed_at is None:
            return
        if entry.fixed_at > latest_ms:
            raise Refused("future", ahead_s=ahead_s(entry.fixed_at, received.received_ms))
        if entry.fixed_at > int(self._fleet.fixed_ms[row]):
            self._positions.apply(
                unit, row, entry.lat, entry.lon, entry.datum, entry.fixed_at, received.received_ms
            )

    def _announce(self, city: CityCode, unit: UnitId, entry: payloads.UnitSnapshot) -> int:
        """Register a unit, or renew what its city says it is; Refused for another city's unit."""
        fleet = self._fleet
        can_do = capabilities(entry.capabilities, entry.unit)
        station = SiteId(entry.station) if entry.station in self._context.picture.sites else None
        if unit in fleet:
            row = fleet.row(unit)
            held = fleet.units[row]
            if held.city != city:
                raise Refused("not_owner", subject=unit, owner=held.city)
            station = station or held.station
            if (can_do and held.capabilities != can_do) or held.station != station:
                facts = {"capabilities": can_do or held.capabilities, "station": station}
                fleet.register(held.model_copy(update=facts))
                self._changes.mark("unit", unit)
            return row
        self._context.check_prefix(city, unit)
        cap = self._context.limits.units_per_city
        if self._announced[city] >= cap:
            raise Refused("too_many", subject="units", cap=cap)
        self._announced[city] += 1
        self._changes.mark("unit", unit)
        return fleet.register(Unit(id=unit, city=city, station=station, capabilities=can_do))

    def _apply_status(
        self, unit: UnitId, data: payloads.UnitStatus | payloads.UnitSnapshot, latest_ms: int
    ) -> None:
        if data.since > latest_ms:
            raise Refused("future", ahead_s=ahead_s(data.since, latest_ms))
        status = UnitStatus(
            state=UnitState(data.state),
            since=from_epoch_ms(data.since),
            source=StateSource(data.source),
            incident=data.incident,
            task=data.task,
            destination=data.destination,
            reason=None if data.reason is None else safe_text(data.reason),
        )
        row = self._fleet.row(unit)
        if self._fleet.apply_status(unit, status):
            self._context.counters.applied += 1
            self._changes.mark("unit", unit)
        elif status != self._fleet.statuses[row]:
            self._context.counters.late += 1
