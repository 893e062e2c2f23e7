"""What the intake knows of one topic, worked out once: its kind, its subject, its senders."""

from dispatch.domain.blood import BankId
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.context import Context
from dispatch.feed.refusals import Refused
from dispatch.feed.sequence import Track
from dispatch.feed.topics import Topic
from dispatch.text import safe_text

ROUTES_PER_CITY = 100_000

ASK_AFTER_GAP = {
    "unit.position": "units",
    "unit.status": "units",
    "incident": "incidents",
    "bank.change": "stock",
}
"""Kind whose missed messages leave a hole -> the snapshot that fills it. Whole documents leave none."""

RETAINED_REFUSED = frozenset({"response"})
KNOWN_SNAPSHOTS = frozenset({"snapshot.units", "snapshot.hospitals"})


class Route:
    """One topic of the contract. Only topics whose subject is known get one, so junk costs no memory."""

    __slots__ = ("cap", "city", "fresh_only", "key", "kind", "name", "row", "target", "tracks")

    def __init__(self, name: str, topic: Topic, row: int) -> None:
        self.name, self.city, self.kind, self.key, self.target = (
            name, topic.city, topic.kind, topic.key, topic.target,
        )  # fmt: skip
        self.row = row
        self.cap = payloads.size_cap(topic.kind)
        self.fresh_only = topic.kind.startswith("cmd.") or topic.kind in RETAINED_REFUSED
        self.tracks: dict[str, Track] = {}

    def track(self, node: str) -> Track:
        """The sequence of one sender on this topic."""
        track = self.tracks.get(node)
        if track is None:
            track = self.tracks[node] = Track()
        return track


class Routes:
    """Topic -> Route, per city."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._by_name: dict[CityCode, dict[str, Route]] = {code: {} for code in context.picture.cities}
        self._incidents: dict[CityCode, int] = dict.fromkeys(context.picture.cities, 0)

    def find(self, city: CityCode, name: str) -> Route:
        """The route of a topic on the link of `city`; Refused when it has none."""
        route = self._by_name[city].get(name)
        return route if route is not None else self._make(city, name)

    def forget(self, city: CityCode, name: str) -> None:
        """Its subject is gone for good."""
        route = self._by_name[city].pop(name, None)
        if route is not None and route.kind == "incident":
            self._incidents[city] -= 1

    def _count_incident(self, city: CityCode) -> None:
        cap = self._context.limits.incidents_per_city
        if self._incidents[city] >= cap:
            raise Refused("too_many", subject="incidents", cap=cap)
        self._incidents[city] += 1

    def _make(self, city: CityCode, name: str) -> Route:
        topic = topics.parse(name)
        if topic is None or topic.kind not in payloads.PAYLOADS:
            snapshot = topic is not None and topic.kind.startswith("snapshot.")
            raise Refused("unknown_snapshot" if snapshot else "unknown_topic")
        if topic.city != city:
            raise Refused("wrong_city", found=topic.city, expected=city)
        if topic.target and topic.target not in self._context.picture.cities:
            raise Refused("unknown_topic")
        route = Route(name, topic, self._subject(topic))
        known = self._by_name[city]
        if topic.kind in ("response", "node.state") or topic.kind.startswith("cmd."):
            return route  # their names are the sender's choice: not kept
        if len(known) >= ROUTES_PER_CITY:
            raise Refused("too_many", subject="topics", cap=ROUTES_PER_CITY)
        if topic.kind == "incident":
            self._count_incident(city)
        known[name] = route
        return route

    def _subject(self, topic: Topic) -> int:
        """The fleet row of a unit (0 for anything else); Refused for what nobody announced."""
        picture = self._context.picture
        if topic.kind in ("unit.position", "unit.status"):
            unit = UnitId(topic.key)
            if unit not in picture.fleet:
                self._context.ask(topic.city, "units", None)
                raise Refused("unknown_unit", unit=safe_text(topic.key, 64))
            row = picture.fleet.row(unit)
            owner = picture.fleet.units[row].city
            if owner != topic.city:
                raise Refused("not_owner", subject=unit, owner=owner)
            return row
        if topic.kind in ("bank.stock", "bank.change"):
            bank = picture.banks.get(BankId(topic.key))
            if bank is None:
                raise Refused("unknown_bank", bank=safe_text(topic.key, 64))
            if bank.city != topic.city:
                raise Refused("not_owner", subject=bank.id, owner=bank.city)
        return 0
