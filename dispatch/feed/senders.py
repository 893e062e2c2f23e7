"""Who speaks for a city: the newest life of each program, and what of it was heard on each topic.

Only programs whose message passed every check are kept. At `nodes_per_city` the ones longest offline
or silent are forgotten, so that made-up names neither cost memory nor lock a new gateway out.
"""

from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.context import Context
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import ASK_AFTER_GAP, Route
from dispatch.feed.sequence import DUPLICATE, FILLED, REPLAYED, Track

EPOCH_AHEAD_MS = 2 * 86_400_000
"""Epochs are starting times or smaller counts: one far ahead would lock the node out for good."""
FORGOTTEN_SHARE = 10
"""One in so many is forgotten at a time: looking for the longest silent at each new name would be slow."""


class Sender:
    """One program of a city. `epoch` is its newest life heard live (0: none yet)."""

    __slots__ = ("beats", "epoch", "gone_ms", "heard_ms", "kept", "node", "tracks")

    def __init__(self, node: str, heard_ms: int) -> None:
        self.node = node
        self.epoch = 0
        self.heard_ms = heard_ms
        self.gone_ms: int | None = None
        """When it was said to be offline; None while it is not. What it says later brings it back."""
        self.kept = False
        self.beats = Track()
        self.tracks: dict[str, Track] = {}

    def hear_beat(self, epoch: int, seq: int) -> bool:
        """True for a birth or heartbeat newer than the last one; replays and late ones are no news."""
        return self.beats.hear(epoch, seq) >= 0

    def recall_beat(self, epoch: int, seq: int) -> None:
        """The broker kept this one: heard again live it is a replay."""
        if (epoch, seq) > (self.beats.epoch, self.beats.high):
            self.beats.begin(epoch, seq)


class Senders:
    """City -> node -> Sender."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[CityCode, dict[str, Sender]] = {code: {} for code in context.picture.cities}

    def find(self, city: CityCode, src: payloads.Source, received_ms: int) -> Sender:
        """The sender of a message, a new one not yet kept; Refused for a life that cannot have begun."""
        if src.epoch > received_ms + EPOCH_AHEAD_MS:
            raise Refused("epoch_ahead", node=src.node)
        return self._known[city].get(src.node) or Sender(src.node, received_ms)

    def live(self, sender: Sender, epoch: int, received_ms: int) -> None:
        """It spoke just now; Refused for an earlier life than its newest."""
        if epoch != sender.epoch:
            if epoch < sender.epoch:
                raise Refused("older_epoch", node=sender.node)
            sender.epoch = epoch
            if sender.gone_ms is not None:
                sender.gone_ms = 0  # all of a new life is after the death of the one before
        sender.heard_ms = received_ms

    def hear(self, route: Route, sender: Sender, epoch: int, seq: int) -> bool:
        """False for a live message heard before; Refused for a replay; a gap is counted and asked about."""
        track = sender.tracks.get(route.name)
        if track is None:
            if not route.kept:
                return True
            track = sender.tracks[route.name] = Track()
        missed = track.hear(epoch, seq)
        if missed > 0:
            self._missed(route, missed)
        elif missed == FILLED:
            self._context.counters.filled += 1
        elif missed == REPLAYED:
            raise Refused("replayed", node=sender.node)
        return missed != DUPLICATE

    def recall(self, route: Route, sender: Sender, epoch: int, seq: int) -> bool:
        """The same for what the broker kept: state that tells only where to count on from.

        It may come from an earlier life of its sender.
        """
        track = sender.tracks.get(route.name)
        if track is not None and (epoch, seq) <= (track.epoch, track.high):
            return epoch != track.epoch
        if route.kept:
            sender.tracks.setdefault(route.name, Track()).begin(epoch, seq)
        return True

    def keep(self, city: CityCode, sender: Sender) -> None:
        """Its message passed: remember it, forgetting others when there are too many."""
        if sender.kept:
            return
        known = self._known[city]
        if len(known) >= self._context.limits.nodes_per_city:
            self._forget_some(city, known)
        known[sender.node] = sender
        sender.kept = True

    def forget_topic(self, city: CityCode, name: str) -> None:
        """The subject of a topic is gone for good."""
        for sender in self._known[city].values():
            sender.tracks.pop(name, None)

    def _missed(self, route: Route, missed: int) -> None:
        self._context.counters.gaps += 1
        self._context.counters.missed += missed
        self._context.picture.sight[route.city].gaps += 1
        if route.kind in ASK_AFTER_GAP:
            key = route.key if route.kind == "bank.change" else None
            self._context.ask(route.city, ASK_AFTER_GAP[route.kind], key)

    def _forget_some(self, city: CityCode, known: dict[str, Sender]) -> None:
        longest = sorted(known.values(), key=lambda sender: (sender.gone_ms is None, sender.heard_ms))
        nodes = self._context.picture.sight[city].nodes
        for sender in longest[: max(1, len(known) // FORGOTTEN_SHARE)]:
            del known[sender.node]
            sender.kept = False
            if nodes.pop(sender.node, None) is not None:
                self._context.picture.changes.mark("city", city)
