"""What a city says about its incidents: their records, and their timelines."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.incidents import Ending, Incident, IncidentId, IncidentState, Priority
from dispatch.domain.timeline import Entry
from dispatch.domain.units import UnitId
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.news_units import capabilities
from dispatch.feed.refusals import Refused
from dispatch.feed.roll import Roll
from dispatch.feed.routes import Route
from dispatch.picture.cities import CityView
from dispatch.text import safe_text

LINE_LENGTH = 400


class IncidentNews:
    """Applies messages about incidents, newest by the time they happened."""

    def __init__(self, context: Context, steady: Callable[[], float]) -> None:
        self._context = context
        self._roll = Roll(steady)
        self._said_ms: dict[IncidentId, int] = {}
        self._told_ms: dict[IncidentId, int] = {}
        """The same of its timeline."""
        self._held: Counter[CityCode] = Counter()
        self._timelines: Counter[CityCode] = Counter()

    def incident(
        self, route: Route, data: payloads.IncidentRecord, said_ms: int, latest_ms: int, *, drill: bool
    ) -> None:
        """One incident as its city held it at `said_ms`."""
        number = self._number(route, data.incident)
        if data.opened_at > latest_ms:
            raise Refused("future", ahead_s=ahead_s(data.opened_at, latest_ms))
        self._check_other_numbers(route.city, data)
        self._roll.name(route.city, number)
        held = self._context.picture.incidents.get(number)
        if number not in self._said_ms:
            self._check_room(route.city, self._held, "incidents")
        incident = _incident(route.city, data, drill=drill)
        if said_ms < self._said_ms.get(number, 0):
            self._context.counters.late += 1
            return
        self._held[route.city] += number not in self._said_ms
        self._said_ms[number] = said_ms
        self._context.counters.applied += 1
        if incident != held:
            self._context.picture.incidents[number] = incident
            self._context.picture.changes.mark("incident", number)

    def timeline(self, route: Route, data: payloads.IncidentTimeline, said_ms: int, latest_ms: int) -> None:
        """The newest lines of an incident's timeline, which only grows."""
        number = self._number(route, data.incident)
        numbers = [entry.number for entry in data.entries]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers)) if numbers else ()):
            raise Refused("lines_disordered", subject=number)
        if number not in self._told_ms:
            self._check_room(route.city, self._timelines, "timelines")
        late = next((entry.at for entry in data.entries if entry.at > latest_ms), None)
        if late is not None:
            raise Refused("future", ahead_s=ahead_s(late, latest_ms))
        if said_ms < self._told_ms.get(number, 0):
            self._context.counters.late += 1
            return
        self._timelines[route.city] += number not in self._told_ms
        self._told_ms[number] = said_ms
        self._context.counters.applied += 1
        lines = tuple(map(_entry, data.entries))
        if lines != self._context.picture.timelines.get(number):
            self._context.picture.timelines[number] = lines
            self._context.picture.changes.mark("timeline", number)

    def said_again(self, route: Route) -> None:
        """A message that was heard before: no news, but its city, or its broker, still holds the incident."""
        if route.kind == "incident":
            self._roll.name(route.city, IncidentId(route.key))

    def cleared(self, route: Route) -> bool:
        """The broker's copy was taken back: an incident that is over is forgotten, with its timeline.

        False for one that stands open here: its city is asked, for nobody's silence ends an incident.
        """
        number = IncidentId(route.key)
        held = self._context.picture.incidents.get(number)
        if held is None or held.city != route.city:
            return False
        if held.state.open:
            self._context.ask(route.city, "incidents", None)
            return False
        if route.kind == "incident":
            self._forget(held)
        return True

    def drop_closed(self, now: datetime) -> list[tuple[CityCode, IncidentId]]:
        """Forget incidents closed for longer than `closed_kept_s`, and timelines without an incident."""
        oldest = epoch_ms(now - timedelta(seconds=self._context.limits.closed_kept_s))
        incidents = self._context.picture.incidents
        gone = [
            incident
            for number, incident in incidents.items()
            if not incident.state.open and self._said_ms.get(number, 0) < oldest
        ]
        for incident in gone:
            self._forget(incident)
        lost = [
            (city, number)
            for number, told_ms in self._told_ms.items()
            if told_ms < oldest and number not in incidents
            if (city := self._context.city_of(number)) is not None
        ]
        for _city, number in lost:
            self._forget_timeline(number)
        return [*((incident.city, incident.id) for incident in gone), *lost]

    def link_lost(self, city: CityCode) -> None:
        """A link is down: which incidents its city still holds is learnt anew when it is back.

        From now on and not from then: what the broker kept is heard before the link counts as up.
        """
        self._roll.begin(city)

    def drop_unsaid(self, view: CityView) -> list[tuple[CityCode, IncidentId]]:
        """Forget open incidents that a city held before its link was lost and holds no more."""
        named = self._roll.complete(view)
        if named is None:
            return []
        gone = [
            incident
            for number, incident in self._context.picture.incidents.items()
            if incident.city == view.city and number in self._said_ms and number not in named
        ]
        for incident in gone:
            self._forget(incident)
        return [(incident.city, incident.id) for incident in gone]

    # --- within --------------------------------------------------------------------------------

    def _number(self, route: Route, number: str) -> IncidentId:
        """The incident that a message is about; Refused when it is another's, or another city's."""
        if number != route.key:
            raise Refused("wrong_key", found=number, expected=route.key)
        held = self._context.picture.incidents.get(IncidentId(number))
        if held is not None and held.city != route.city:
            raise Refused("not_owner", subject=number, owner=held.city)
        if held is None:
            self._context.check_prefix(route.city, number)
        return IncidentId(number)

    def _check_other_numbers(self, city: CityCode, data: payloads.IncidentRecord) -> None:
        """Its numbers at other centres, before and after a hand-over, are of other cities."""
        for number in (data.origin, data.moved_to):
            if number is not None and self._context.city_of(number) in (None, city):
                raise Refused("no_other_number", subject=number)

    def _check_room(self, city: CityCode, held: Counter[CityCode], subject: str) -> None:
        cap = self._context.limits.incidents_per_city
        if held[city] >= cap:
            raise Refused("too_many", subject=subject, cap=cap)

    def _forget(self, incident: Incident) -> None:
        picture, number = self._context.picture, incident.id
        del picture.incidents[number]
        if self._said_ms.pop(number, None) is not None:
            self._held[incident.city] -= 1
        picture.changes.mark("incident", number)
        self._forget_timeline(number)

    def _forget_timeline(self, number: IncidentId) -> None:
        city = self._context.city_of(number)
        if self._told_ms.pop(number, None) is not None and city is not None:
            self._timelines[city] -= 1
        if self._context.picture.timelines.pop(number, None) is not None:
            self._context.picture.changes.mark("timeline", number)


def _incident(city: CityCode, data: payloads.IncidentRecord, *, drill: bool) -> Incident:
    lat, lon = to_wgs84(data.lat, data.lon, Datum(data.datum))
    return Incident(
        id=IncidentId(data.incident),
        city=city,
        position=Position(lat=lat, lon=lon),
        place=safe_text(data.place, 400),
        priority=Priority(data.priority),
        patients=data.patients,
        needs=capabilities(data.needs, data.incident),
        chief_complaint=safe_text(data.chief_complaint, 400),
        opened_at=from_epoch_ms(data.opened_at),
        state=IncidentState(data.state),
        units=tuple(UnitId(unit) for unit in data.units),
        telephoned=tuple(UnitId(unit) for unit in data.telephoned),
        drill=drill,
        acceptances=max(1, data.acceptances),
        chases=data.chases,
        none_free=data.none_free,
        carried=data.carried,
        reinforcements=data.reinforcements,
        waiting_since=None if data.waiting_since is None else from_epoch_ms(data.waiting_since),
        held_until=None if data.held_until is None else from_epoch_ms(data.held_until),
        reason=safe_text(data.reason, 400),
        ending=None if data.ending is None else Ending(data.ending),
        origin=None if data.origin is None else IncidentId(data.origin),
        moved_to=None if data.moved_to is None else IncidentId(data.moved_to),
    )


def _entry(said: payloads.TimelineEntry) -> Entry:
    """Built without a second validation: msgspec has checked the same limits."""
    return Entry.model_construct(
        number=said.number,
        at=from_epoch_ms(said.at),
        code=said.code,
        by=safe_text(said.by, 64),
        facts={
            safe_text(name, 32): safe_text(value, LINE_LENGTH) if isinstance(value, str) else value
            for name, value in said.facts.items()
        },
    )
