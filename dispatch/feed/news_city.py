"""What a city says about its hospitals and its own programs."""

from dataclasses import replace
from datetime import datetime

from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId, HospitalStatus
from dispatch.feed import payloads
from dispatch.feed.context import Context
from dispatch.feed.refusals import Refused
from dispatch.feed.senders import Sender
from dispatch.feed.transport import Received
from dispatch.picture.cities import NodeView


class HospitalNews:
    """Applies what hospitals say of themselves."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def snapshot(
        self, city: CityCode, data: payloads.HospitalsSnapshot, received: Received, latest_ms: int
    ) -> None:
        """Every hospital of a city that reports; a bad entry is left out, not the rest."""
        for entry in data.hospitals:
            try:
                self._entry(city, entry, latest_ms)
            except Refused as refusal:
                self._context.refuse(city, received, refusal)

    def _entry(self, city: CityCode, entry: payloads.HospitalSnapshot, latest_ms: int) -> None:
        picture = self._context.picture
        number = HospitalId(entry.hospital)
        hospital = picture.hospitals.get(number)
        if hospital is None:
            raise Refused("unknown_hospital", hospital=entry.hospital)
        if hospital.city != city:
            raise Refused("not_owner", subject=number, owner=hospital.city)
        if entry.said_at > latest_ms:
            raise Refused("future", ahead_s=max(1, round((entry.said_at - latest_ms) / 1000)))
        said_at = from_epoch_ms(entry.said_at)
        held = picture.hospital_status.get(number)
        if held is not None and said_at < held.said_at:
            self._context.counters.late += 1
            return
        status = HospitalStatus(diverting=entry.diverting, waiting=entry.waiting, said_at=said_at)
        if status != held:
            picture.hospital_status[number] = status
            picture.changes.mark("hospital", number)
        self._context.counters.applied += 1

    def clock_set_back(self, now_ms: int) -> None:
        """Nothing that was heard is newer than now."""
        now, held = from_epoch_ms(now_ms), self._context.picture.hospital_status
        for number, status in held.items():
            if status.said_at > now:
                held[number] = status.model_copy(update={"said_at": now})


class CrossingNews:
    """Applies which bridges and tunnels of a city are closed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said_at: dict[CityCode, int] = {}

    def clock_set_back(self, now_ms: int) -> None:
        """Nothing that was heard is newer than now."""
        self._said_at = {city: min(said_at, now_ms) for city, said_at in self._said_at.items()}

    def snapshot(self, city: CityCode, data: payloads.CrossingsSnapshot, latest_ms: int) -> None:
        """The whole list, by the newest word of the city; Refused for a crossing that is not the city's."""
        picture = self._context.picture
        if data.said_at > latest_ms:
            raise Refused("future", ahead_s=max(1, round((data.said_at - latest_ms) / 1000)))
        if data.said_at < self._said_at.get(city, 0):
            self._context.counters.late += 1
            return
        owners = {bridge.id: bridge.city for bridge in picture.bridges}
        for entry in data.closed:
            if entry.crossing not in owners:
                raise Refused("unknown_crossing", crossing=entry.crossing)
            if owners[entry.crossing] != city:
                raise Refused("not_owner", subject=entry.crossing, owner=owners[entry.crossing])
        self._said_at[city] = data.said_at
        if picture.close_bridges(city, {entry.crossing for entry in data.closed}):
            picture.changes.mark("city", city)
        self._context.counters.applied += 1


class NodeNews:
    """Keeps which programs of a city are there.

    A death of an older epoch is ignored. One of the present epoch counts whatever its sequence number,
    because a Will is written before the life it ends; but what the program says after it outweighs it.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def beat(
        self,
        sender: Sender,
        envelope: payloads.Envelope[payloads.Payload],
        data: payloads.NodeState,
        city: CityCode,
        now: datetime,
    ) -> None:
        """A birth or heartbeat of the newest life, said just now."""
        epoch = envelope.src.epoch
        held = self._context.picture.sight[city].nodes.get(sender.node)
        back = sender.gone_ms is None or envelope.ts_pub > sender.gone_ms
        said = NodeView(True, data.kind, epoch, now, data.failing)
        if back and (held is None or replace(said, since=held.since) != held):
            self._keep(city, sender, said)

    def alive(self, city: CityCode, sender: Sender, now: datetime) -> None:
        """It speaks after it was said to be offline: it is not."""
        held = self._context.picture.sight[city].nodes.get(sender.node)
        sender.gone_ms = None
        if held is not None and not held.online:
            self._keep(city, sender, replace(held, online=True, epoch=sender.epoch, since=now))

    def told(
        self,
        sender: Sender,
        envelope: payloads.Envelope[payloads.Payload],
        data: payloads.NodeState,
        received: Received,
        city: CityCode,
        now: datetime,
    ) -> None:
        """A death, or what the broker kept: news of a program that need not be there to say it."""
        epoch, online = envelope.src.epoch, data.state == "online"
        held = self._context.picture.sight[city].nodes.get(sender.node)
        if epoch < max(sender.epoch, held.epoch if held else 0):
            self._context.counters.late += 1
        elif held is None or epoch > held.epoch or (held.online and not online):
            self._keep(city, sender, NodeView(online, data.kind, epoch, now, data.failing))
            if not online:
                sender.gone_ms = max(envelope.ts_pub, received.received_ms)

    def _keep(self, city: CityCode, sender: Sender, node: NodeView) -> None:
        view = self._context.picture.sight[city]
        view.nodes[sender.node] = node
        if node.online:
            sender.gone_ms = None
        self._context.counters.applied += 1
        self._context.picture.changes.mark("city", city)
