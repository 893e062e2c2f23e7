"""The door of the picture: every message is checked, then applied, or refused with its reason.

`take` is the hot path and never raises for what a message says. In order: topic known and of this
link's city, size, typed decoding, envelope against topic (city, type, drill, dates, no field named
twice), epoch and sequence of the sender, and last the subject's own rules.
"""

import json
import time
from collections.abc import Callable

from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.alarms import FeedAlarms
from dispatch.feed.context import Ask, Asks, Context, IntakeEvent
from dispatch.feed.counters import Counters
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.link import LinkState
from dispatch.feed.news_city import HospitalNews, IncidentNews, NodeNews
from dispatch.feed.news_stock import StockNews
from dispatch.feed.news_trackers import TrackerNews
from dispatch.feed.news_units import UnitNews
from dispatch.feed.owntracks import OwnTracksMap
from dispatch.feed.positions import Positions
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.refusals import UNREADABLE, Refused
from dispatch.feed.routes import ASK_AFTER_GAP, Route, Routes
from dispatch.feed.sequence import DUPLICATE, FILLED
from dispatch.feed.sight import Watch
from dispatch.feed.transport import Received
from dispatch.picture.cities import CityView
from dispatch.picture.live import Picture
from dispatch.text import safe_text

EPOCH_AHEAD_MS = 2 * 86_400_000
"""Epochs are starting times or smaller counts: one far ahead would lock the node out for good."""
NOTED_AGAIN_S = 60.0
"""Real seconds between two log entries for the same reason and city."""

OnResponse = Callable[[CityCode, payloads.Response], None]


class Intake:
    """Takes batches from the links of all cities into one picture."""

    def __init__(
        self,
        picture: Picture,
        *,
        clock: Clock,
        limits: IntakeLimits,
        quarantine: Quarantine,
        drill: bool,
        owntracks: OwnTracksMap,
        ask: Ask,
        on_event: Callable[[IntakeEvent], None] | None = None,
        on_response: OnResponse | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`steady` counts real seconds: asks, silence and floods do not follow a drill's clock."""
        self.counters = Counters()
        self._picture, self._clock, self._limits = picture, clock, limits
        self._quarantine, self._drill = quarantine, drill
        self._on_event, self._on_response = on_event, on_response
        self._steady = steady
        self._ticked = steady()
        self._noted: dict[tuple[CityCode, str], float] = {}
        self._epochs: dict[CityCode, dict[str, int]] = {code: {} for code in picture.cities}
        self._future_ms = round(limits.future_s * 1000)
        asks = Asks(ask, limits.ask_again_s, steady, on_event, self.counters)
        self._context = Context(picture, limits, self.counters, asks, self._refuse)
        self._routes = Routes(self._context)
        positions = Positions(self._context)
        self._tracker_news = TrackerNews(self._context, positions, owntracks)
        self._units = UnitNews(self._context, positions)
        self._stock = StockNews(self._context, on_event)
        self._incidents = IncidentNews(self._context)
        self._hospitals = HospitalNews(self._context)
        self._nodes = NodeNews(self._context)
        self._alarms = FeedAlarms(self._context, self._stock, on_event)
        self._watch = Watch(picture.sight, picture.changes, limits.silent_after_s, steady)

    # --- the hot path --------------------------------------------------------------------------

    def take(self, city: CityCode, batch: list[Received]) -> None:
        """Check and apply everything a link brought, in order."""
        view = self._picture.sight[city]
        view.messages += len(batch)
        self.counters.messages += len(batch)
        heard = False
        for received in batch:
            try:
                if self._take_one(city, view, received):
                    heard = True
            except Refused as refusal:
                self._refuse(city, received, refusal)
            except UNREADABLE as error:
                said = safe_text(str(error).splitlines()[0] if str(error) else type(error).__name__, 160)
                self._refuse(city, received, Refused("malformed", error=said))
        if heard:
            self._watch.heard(city, self._clock.now())

    def _take_one(self, city: CityCode, view: CityView, received: Received) -> bool:
        """Take one message; True when it is news that only a living city sends."""
        name = received.topic
        if name.startswith("owntracks/"):
            self._tracker_news.take(city, received, received.received_ms + self._future_ms)
            return False
        route = self._routes.find(city, name)
        raw = received.payload
        if not raw:
            self.counters.cleared += 1
            return False
        if len(raw) > route.cap:
            raise Refused("too_big", size=len(raw), cap=route.cap)
        envelope = payloads.decode(route.kind, raw)
        self._check_envelope(route, envelope, received)
        if route.kind == "node.state":
            return self._take_node(route, envelope, received)
        if route.fresh_only:
            return self._take_fresh(route, envelope)
        if not self._in_sequence(route, view, envelope.src, envelope.seq, received.retained):
            self.counters.duplicates += 1
            return not received.retained
        self._apply(route, envelope, received)
        return not received.retained

    def _check_envelope(
        self, route: Route, envelope: payloads.Envelope[payloads.Payload], received: Received
    ) -> None:
        if envelope.type != route.kind:
            raise Refused("wrong_type", found=safe_text(envelope.type, 64), expected=route.kind)
        if envelope.src.city != route.city:
            raise Refused("wrong_city", found=envelope.src.city, expected=route.city)
        if envelope.drill is not self._drill:
            raise Refused("drill_mismatch")
        if received.retained and route.fresh_only:
            raise Refused("retained_command")
        now = received.received_ms
        newest = max(envelope.ts_evt, envelope.ts_pub)
        if newest > now + self._future_ms:
            raise Refused("future", ahead_s=max(1, round((newest - now) / 1000)))
        if envelope.expires_at is not None and envelope.expires_at < now:
            raise Refused("expired", expired_s=round((now - envelope.expires_at) / 1000))
        if _may_repeat_a_field(received.payload, envelope):
            json.loads(received.payload, object_pairs_hook=_each_field_once)

    def _in_sequence(
        self, route: Route, view: CityView, src: payloads.Source, seq: int, retained: bool
    ) -> bool:
        """False for a message heard before; Refused for a replay; a gap is counted and asked about.

        What the broker kept may come from an earlier life of its sender: it is state, and tells
        only where to count on from.
        """
        track = route.track(src.node)
        if retained:
            if (src.epoch, seq) <= (track.epoch, track.high):
                return src.epoch != track.epoch
            track.begin(src.epoch, seq)
            return True
        self._check_epoch(route.city, src)
        missed = track.hear(src.epoch, seq)
        if missed == 0:
            return True
        if missed > 0:
            self.counters.gaps += 1
            self.counters.missed += missed
            view.gaps += 1
            if route.kind in ASK_AFTER_GAP:
                key = route.key if route.kind == "bank.change" else None
                self._context.ask(route.city, ASK_AFTER_GAP[route.kind], key)
            return True
        if missed == FILLED:
            self.counters.filled += 1
            return True
        if missed == DUPLICATE:
            return False
        raise Refused("replayed", node=src.node)

    def _check_epoch(self, city: CityCode, src: payloads.Source) -> None:
        """Refused for an earlier life of a node than the newest one known."""
        epochs = self._epochs[city]
        known = epochs.get(src.node)
        if known == src.epoch:
            return
        if known is None and len(epochs) >= self._limits.nodes_per_city:
            raise Refused("too_many", subject="nodes", cap=self._limits.nodes_per_city)
        if known is not None and src.epoch < known:
            raise Refused("older_epoch", node=src.node)
        if src.epoch > epoch_ms(self._clock.now()) + EPOCH_AHEAD_MS:
            raise Refused("epoch_ahead", node=src.node)
        epochs[src.node] = src.epoch

    def _apply(self, route: Route, envelope: payloads.Envelope[payloads.Payload], received: Received) -> None:
        data, latest_ms = envelope.data, received.received_ms + self._future_ms
        match data:
            case payloads.UnitPosition():
                self._units.position(route, data, envelope.ts_evt, received.received_ms)
            case payloads.UnitStatus():
                self._units.status(route, data, latest_ms)
            case payloads.UnitsSnapshot():
                self._units.snapshot(route.city, data, received, latest_ms)
            case payloads.BankStock():
                self._stock.count(route, data, received, latest_ms)
            case payloads.BankChange():
                self._stock.change(route, data, received, latest_ms)
            case payloads.IncidentRecord():
                self._incidents.incident(route, data, envelope.ts_evt, latest_ms, drill=envelope.drill)
            case payloads.HospitalsSnapshot():
                self._hospitals.snapshot(route.city, data, received, latest_ms)

    # --- what is not state ---------------------------------------------------------------------

    def _take_node(
        self, route: Route, envelope: payloads.Envelope[payloads.Payload], received: Received
    ) -> bool:
        data = envelope.data
        if not isinstance(data, payloads.NodeState):
            return False
        node = self._nodes.state(route, envelope.src, data, self._clock.now())
        if node is not None and not received.retained:
            self._check_epoch(route.city, envelope.src)
        self._watch.judge(route.city, self._clock.now())
        return data.state == "online" and data.kind != "console" and not received.retained

    def _take_fresh(self, route: Route, envelope: payloads.Envelope[payloads.Payload]) -> bool:
        """Commands of consoles are nothing to a console; an answer goes to who waits for it."""
        data = envelope.data
        if isinstance(data, payloads.Response):
            self.counters.applied += 1
            if self._on_response is not None:
                self._on_response(route.city, data)
            return True
        self.counters.ignored += 1
        return False

    @property
    def trackers_ignored(self) -> dict[str, int]:
        """OwnTracks messages without a position, by type."""
        return self._tracker_news.ignored

    # --- refusing, and what the clock brings ---------------------------------------------------

    def _refuse(self, city: CityCode, received: Received, refusal: Refused) -> None:
        self.counters.refused += 1
        self._picture.sight[city].refused += 1
        self._quarantine.add(received, city, refusal)
        if self._on_event is None:
            return
        now, key = self._steady(), (city, refusal.code)
        if now - self._noted.get(key, float("-inf")) >= NOTED_AGAIN_S:
            self._noted[key] = now
            count = self._quarantine.counts_of(city).get(refusal.code, 1)
            facts: dict[str, str | float] = {
                "reason": refusal.code,
                "topic": safe_text(received.topic),
                "count": count,
            }
            self._on_event(IntakeEvent("message.quarantined", city, facts))

    def link_changed(self, city: CityCode, state: LinkState) -> None:
        """A link came up or went down: a city whose link is down is not seen, at once."""
        now = self._clock.now()
        self._watch.link(city, up=state.up, now=now)
        self._alarms.city(self._picture.sight[city], now, waited_s=self._watch.waited_s())

    def tick(self) -> None:
        """Once a second: sight of each city, alarms, old incidents, the quarantine table."""
        now, steady = self._clock.now(), self._steady()
        elapsed_s, self._ticked = steady - self._ticked, steady
        for city, view in self._picture.sight.items():
            self._watch.judge(city, now)
            self._alarms.city(view, now, waited_s=self._watch.waited_s())
            self._alarms.flood(view, now, elapsed_s)
        self._alarms.banks(now)
        for incident in self._incidents.drop_closed(now):
            self._routes.forget(incident.city, topics.incident(incident.city, incident.id))
        self._quarantine.flush()
        self._alarms.quarantine(self._quarantine.failure, now)


def _may_repeat_a_field(raw: bytes, envelope: payloads.Envelope[payloads.Payload]) -> bool:
    """False when no field can stand twice: msgspec keeps the last of two and says nothing.

    The same envelope written anew has the fewest quotation marks that its fields need; a field
    named twice has more. Other spellings (explicit nulls, escapes) are looked at one by one.
    """
    return raw.count(b'"') != payloads.encode(envelope).count(b'"') or b"\\u" in raw


def _each_field_once(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _value in pairs}) != len(pairs):
        raise Refused("duplicate_key")
