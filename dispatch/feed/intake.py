"""The door of the picture: every message is checked, then applied, or refused with its reason.

`take` is the hot path and never raises for what a message says. In order: topic known and of this
link's city, size, typed decoding, envelope against topic (city, type, drill, no field named twice),
epoch and sequence of the sender, dates, and last the subject's own rules. Only a message that passed
all of them makes its sender or its topic remembered.
"""

import time
from collections.abc import Callable
from datetime import datetime

from dispatch.clock import Clock, epoch_ms, speed_of
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.alarms import FeedAlarms
from dispatch.feed.checks import check_dates, check_envelope
from dispatch.feed.context import Ask, Asks, Context, IntakeEvent
from dispatch.feed.counters import Counters
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.link import LinkState
from dispatch.feed.news_aid import AidNews
from dispatch.feed.news_alarms import AlarmNews
from dispatch.feed.news_blood import BloodNews
from dispatch.feed.news_city import CrossingNews, HospitalNews, NodeNews
from dispatch.feed.news_desks import DeskNews
from dispatch.feed.news_incidents import IncidentNews
from dispatch.feed.news_stock import StockNews
from dispatch.feed.news_stock_days import StockDayNews
from dispatch.feed.news_trackers import TrackerNews
from dispatch.feed.news_units import UnitNews
from dispatch.feed.positions import Positions
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.refusals import UNREADABLE, Refused
from dispatch.feed.routes import Route, Routes
from dispatch.feed.senders import Sender, Senders
from dispatch.feed.sight import Watch
from dispatch.feed.trackers import ROOTS as TRACKER_ROOTS
from dispatch.feed.trackers import TrackerMap
from dispatch.feed.transport import Received
from dispatch.picture.live import Picture
from dispatch.text import safe_text

NOTED_AGAIN_S = 60.0
"""Real seconds between two log entries for the same reason and city."""
LONGEST_TICK_S = 2.0
"""A longer pause between two ticks was this program's own: nobody could be heard in it."""

LATE_BY_BRIDGE = frozenset({"older_epoch", "replayed"})
"""A mended bridge says again what its broker keeps, then brings what it held back: nobody's fault."""

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
        owntracks: TrackerMap,
        ask: Ask,
        on_event: Callable[[IntakeEvent], None] | None = None,
        on_response: OnResponse | None = None,
        steady: Callable[[], float] = time.monotonic,
        home: CityCode | None = None,
    ) -> None:
        """`steady` counts real seconds: asks, silence and floods do not follow a drill's clock.

        `home`: whose alarms this console answers; None: everybody's.
        """
        self.counters = Counters()
        self._picture, self._clock, self._limits = picture, clock, limits
        self._quarantine, self._drill = quarantine, drill
        self._on_event, self._on_response = on_event, on_response
        self._steady = steady
        self._ticked = steady()
        self._newest = clock.now()
        self._waited_s = 0.0  # since the start, for a first word of the cities
        self._noted: dict[tuple[CityCode, str], float] = {}
        self._left_out = False
        self._future_ms = round(limits.future_s * 1000)
        asks = Asks(ask, limits.ask_again_s, steady, on_event, self.counters)
        self._context = Context(picture, limits, self.counters, asks, self._refuse_entry)
        self._routes = Routes(self._context)
        self._senders = Senders(self._context)
        positions = Positions(self._context)
        self._tracker_news = TrackerNews(self._context, positions, owntracks)
        self._units = UnitNews(self._context, positions)
        self._stock = StockNews(self._context, steady, on_event)
        self._stock_days = StockDayNews(self._context)
        self._incidents = IncidentNews(self._context, steady)
        self._hospitals = HospitalNews(self._context)
        self._crossings = CrossingNews(self._context)
        self._aids = AidNews(self._context)
        self._blood_orders = BloodNews(self._context)
        self._shared_alarms = AlarmNews(self._context, home)
        self._nodes = NodeNews(self._context)
        self._desks = DeskNews(self._context)
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
                if self._take_one(city, received):
                    heard = True
                if self._left_out:
                    self._count_refused(city)
            except Refused as refusal:
                self._refuse(city, received, refusal)
            except UNREADABLE as error:
                said = safe_text(str(error).splitlines()[0] if str(error) else type(error).__name__, 160)
                self._refuse(city, received, Refused("malformed", error=said))
        if heard:
            self._watch.heard(city, self._clock.now())

    def _take_one(self, city: CityCode, received: Received) -> bool:
        """Take one message; True when it is news that only a living city sends."""
        name, now_ms = received.topic, received.received_ms
        if name.startswith(TRACKER_ROOTS):
            self._tracker_news.take(city, received, now_ms + self._future_ms)
            return False
        route = self._routes.find(city, name)
        raw = received.payload
        if not raw:
            self._take_back(route)
            return False
        if len(raw) > route.cap:
            raise Refused("too_big", size=len(raw), cap=route.cap)
        envelope = payloads.decode(route.kind, raw)
        check_envelope(route, envelope, received, drill=self._drill)
        if route.fresh_only:
            check_dates(envelope, now_ms, self._future_ms)
            self._take_fresh(route, envelope)
            return False
        src = envelope.src
        sender = self._senders.find(city, src, now_ms)
        if route.kind == "node.state":
            return self._take_node(route, sender, envelope, received)
        if not self._is_new(route, sender, envelope, received):
            self.counters.duplicates += 1
            self._incidents.said_again(route)
            return False
        check_dates(envelope, now_ms, self._future_ms)  # its number was heard: a refusal is no gap as well
        self._apply(route, envelope, received)
        if not (route.kept and sender.kept):
            self._keep(route, sender, src.epoch, envelope.seq)
        return self._is_life(city, sender, envelope, received)

    def _is_new(
        self,
        route: Route,
        sender: Sender,
        envelope: payloads.Envelope[payloads.Payload],
        received: Received,
    ) -> bool:
        epoch, seq = envelope.src.epoch, envelope.seq
        if received.retained:
            return self._senders.recall(route, sender, epoch, seq)
        self._senders.live(sender, epoch, received.received_ms)
        return self._senders.hear(route, sender, epoch, seq)

    def _keep(self, route: Route, sender: Sender, epoch: int, seq: int) -> None:
        """The first message of its topic or of its sender passed: from now on both are remembered."""
        if not route.kept:
            self._routes.keep(route)
        self._senders.keep(route.city, sender)
        self._senders.recall(route, sender, epoch, seq)

    def _is_life(
        self,
        city: CityCode,
        sender: Sender,
        envelope: payloads.Envelope[payloads.Payload],
        received: Received,
    ) -> bool:
        """Whether a message new in sequence was said just now, and so by a city that is there."""
        if received.retained or received.received_ms - envelope.ts_pub > self._life_ms():
            return False
        if isinstance(envelope.data, payloads.DeskState):
            return False  # a console looking on is no sign of life
        if sender.gone_ms is not None and envelope.ts_pub > sender.gone_ms:
            self._nodes.alive(city, sender, self._clock.now())
        return True

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
            case payloads.BankDays():
                self._stock_days.take(route, data, latest_ms)
            case payloads.IncidentRecord():
                self._incidents.incident(route, data, envelope.ts_evt, latest_ms, drill=envelope.drill)
            case payloads.IncidentTimeline():
                self._incidents.timeline(route, data, envelope.ts_evt, latest_ms)
            case payloads.HospitalsSnapshot():
                self._hospitals.snapshot(route.city, data, received, latest_ms)
            case payloads.CrossingsSnapshot():
                self._crossings.snapshot(route.city, data, latest_ms)
            case payloads.AidsSnapshot():
                self._aids.snapshot(route.city, data, envelope.ts_evt, received, latest_ms)
            case payloads.BloodOrdersSnapshot():
                self._blood_orders.snapshot(route.city, data, envelope.ts_evt, received, latest_ms)
            case payloads.AlarmsSnapshot():
                self._shared_alarms.snapshot(route.city, data, envelope.ts_evt, received, latest_ms)
            case payloads.DeskState():
                self._desks.desk(route, envelope.src.node, data, latest_ms)

    # --- what is not state ---------------------------------------------------------------------

    def _take_node(
        self,
        route: Route,
        sender: Sender,
        envelope: payloads.Envelope[payloads.Payload],
        received: Received,
    ) -> bool:
        data, now = envelope.data, self._clock.now()
        if not isinstance(data, payloads.NodeState):
            return False
        if sender.node != route.key:
            raise Refused("wrong_key", found=sender.node, expected=route.key)
        check_dates(envelope, received.received_ms, self._future_ms)
        life = False
        if received.retained or data.state == "offline":
            if received.retained:
                sender.recall_beat(envelope.src.epoch, envelope.seq)
            self._nodes.told(sender, envelope, data, received, route.city, now)
        else:
            self._senders.live(sender, envelope.src.epoch, received.received_ms)
            if not sender.hear_beat(envelope.src.epoch, envelope.seq):
                self.counters.duplicates += 1
            elif received.received_ms - envelope.ts_pub <= self._life_ms():
                self._nodes.beat(sender, envelope, data, route.city, now)
                life = data.kind != "console"
        self._senders.keep(route.city, sender)
        self._desks.judge(route.city)
        self._watch.judge(route.city, now)
        return life

    def _life_ms(self) -> float:
        """So old a message may be and tell that its city lives: in a fast drill it ages faster on its way."""
        return self._limits.life_max_age_s * 1000 * max(1.0, speed_of(self._clock))

    def _take_back(self, route: Route) -> None:
        """An empty message: the broker keeps nothing there any more."""
        self.counters.cleared += 1
        if route.kind in ("incident", "incident.timeline"):
            if self._incidents.cleared(route):
                self._forget_incident(route.city, route.key)
        elif route.kind == "desk.state" and self._desks.cleared(route):
            self._forget(route.city, route.name)

    def _forget_incident(self, city: CityCode, number: str) -> None:
        self._forget(city, topics.incident(city, number), topics.timeline(city, number))

    def _forget(self, city: CityCode, *names: str) -> None:
        """The subjects of these topics are gone for good."""
        for name in names:
            self._routes.forget(city, name)
            self._senders.forget_topic(city, name)

    def _take_fresh(self, route: Route, envelope: payloads.Envelope[payloads.Payload]) -> None:
        """What others say to each other is nothing to a console; an answer goes to who waits for it."""
        data = envelope.data
        if isinstance(data, payloads.Response):
            self.counters.applied += 1
            if self._on_response is not None:
                self._on_response(route.city, data)
        else:
            self.counters.ignored += 1

    @property
    def trackers_ignored(self) -> dict[str, int]:
        """OwnTracks messages without a position, by type."""
        return self._tracker_news.ignored

    # --- refusing, and what the clock brings ---------------------------------------------------

    def _refuse(self, city: CityCode, received: Received, refusal: Refused) -> None:
        if self._picture.sight[city].by_bridge and refusal.code in LATE_BY_BRIDGE:
            self.counters.late += 1
            return
        self._count_refused(city)
        self._write_down(city, received, refusal)

    def _refuse_entry(self, city: CityCode, received: Received, refusal: Refused) -> None:
        """A unit, hospital or lot is left out; its message counts as refused once, however many are."""
        self._left_out = True
        self.counters.refused_entries += 1
        self._write_down(city, received, refusal)

    def _count_refused(self, city: CityCode) -> None:
        self._left_out = False
        self.counters.refused += 1
        self._picture.sight[city].refused += 1

    def _write_down(self, city: CityCode, received: Received, refusal: Refused) -> None:
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
        self._desks.judge(city)
        if not state.up:
            self._incidents.link_lost(city)
        self._alarms.city(self._picture.sight[city], now, waited_s=self._waited_s)

    def _clock_set_back(self, now: datetime) -> None:
        """This console's clock was ahead: what it believed by that must not stay the newest."""
        now_ms = epoch_ms(now)
        self._picture.fleet.clock_set_back(now_ms)
        self._picture.stock.clock_set_back(now)
        for news in (self._aids, self._blood_orders, self._shared_alarms, self._hospitals, self._crossings):
            news.clock_set_back(now_ms)

    def close(self) -> None:
        """Before the log is closed: say what still waits to be told."""
        self._stock.tell(at_once=True)

    def tick(self) -> None:
        """Once a second: sight of each city, alarms, old incidents, the quarantine table."""
        now, steady = self._clock.now(), self._steady()
        if now < self._newest:
            self._clock_set_back(now)
        self._newest = now
        elapsed_s, self._ticked = steady - self._ticked, steady
        self._waited_s += min(elapsed_s, LONGEST_TICK_S)
        for city, view in self._picture.sight.items():
            self._watch.judge(city, now)
            self._desks.judge(city)
            self._alarms.city(view, now, waited_s=self._waited_s)
            self._alarms.flood(view, now, elapsed_s)
            for _city, number in self._incidents.drop_unsaid(view):
                self._forget_incident(city, number)
        self._alarms.banks(now)
        for city, number in self._incidents.drop_closed(now):
            self._forget_incident(city, number)
        for city, node in self._desks.dropped():
            self._forget(city, topics.desk(city, node))
        self._stock.tell()
        self._quarantine.flush()
        self._alarms.quarantine(self._quarantine.failure, now)
