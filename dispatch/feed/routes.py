"""What the intake knows of one topic, worked out once: its kind and its subject."""

from dispatch.domain.blood import BankId
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.context import Context
from dispatch.feed.refusals import Refused
from dispatch.feed.topics import Topic
from dispatch.text import safe_text

ASK_AFTER_GAP = {
    "unit.position": "units",
    "unit.status": "units",
    "incident": "incidents",
    "bank.change": "stock",
}
"""Kind whose missed messages leave a hole -> the snapshot that fills it. Whole documents leave none."""

NAMED_BY_SENDERS = frozenset({"node.state", "desk.state", "incident", "incident.timeline"})
"""Kinds whose topics are the sender's choice: an incident's is kept once the picture holds the incident."""

RETAINED_REFUSED = frozenset(
    {"response", "order.answer", "unit.order", "unit.report", "unit.state", "unit.heard"}
)
"""Kinds of which only fresh messages count: answers, and what a centre and its vehicles say to each other."""


class Route:
    """One topic of the contract. Only topics whose subject is known are kept, so junk costs no memory."""

    __slots__ = ("cap", "city", "fresh_only", "kept", "key", "kind", "name", "row", "target")

    def __init__(self, name: str, topic: Topic, row: int) -> None:
        self.name, self.city, self.kind, self.key, self.target = (
            name, topic.city, topic.kind, topic.key, topic.target,
        )  # fmt: skip
        self.row = row
        self.cap = payloads.size_cap(topic.kind)
        self.fresh_only = topic.kind.startswith("cmd.") or topic.kind in RETAINED_REFUSED
        self.kept = False


class Routes:
    """Topic -> Route, per city."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._by_name: dict[CityCode, dict[str, Route]] = {code: {} for code in context.picture.cities}

    def find(self, city: CityCode, name: str) -> Route:
        """The route of a topic on the link of `city`; Refused when it has none."""
        route = self._by_name[city].get(name)
        return route if route is not None else self._make(city, name)

    def keep(self, route: Route) -> None:
        """The picture holds its subject."""
        self._by_name[route.city][route.name] = route
        route.kept = True

    def forget(self, city: CityCode, name: str) -> None:
        """Its subject is gone for good."""
        self._by_name[city].pop(name, None)

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
        if not route.fresh_only and topic.kind not in NAMED_BY_SENDERS:
            self.keep(route)
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
        if topic.kind in ("bank.stock", "bank.change", "bank.days"):
            bank = picture.banks.get(BankId(topic.key))
            if bank is None:
                raise Refused("unknown_bank", bank=safe_text(topic.key, 64))
            if bank.city != topic.city:
                raise Refused("not_owner", subject=bank.id, owner=bank.city)
        return 0
