"""The cities' centres inside the simulated world: the shipped decisions without a network or a disk.

For the time that is lived through before a drill, and for studies and tests: the same seed gives the same
bytes. What the centres say goes into the world's stream of messages as it would go over their brokers.
"""

from collections.abc import Callable, Iterable

from dispatch.centre import hearing, saying
from dispatch.centre.memory import MemoryCentre
from dispatch.centre.messages import Input, Tick
from dispatch.centre.protocol import Effect
from dispatch.centre.saying import Said
from dispatch.centre.wire import Opened, Refused
from dispatch.centre.wire_units import Seen
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration
from simulators.engine import Agenda
from simulators.messages import Message, Say

NODE = "centre"
TICK_S = 5.0
"""Leases, repeats to vehicles and alarms are looked at so often; a real centre looks more often."""
UNITS_EVERY_S = 15.0
Reachable = Callable[[CityCode, CityCode], bool]


class LocalCentres:
    """One MemoryCentre for each city. `say` takes what they publish; every step is an entry of the agenda."""

    def __init__(self, configuration: Configuration, agenda: Agenda, say: Say, reachable: Reachable) -> None:
        self._agenda, self._say, self._reachable = agenda, say, reachable
        self.by_city = {
            city.code: MemoryCentre(
                city.code,
                [unit for unit in configuration.units if unit.city == city.code],
                configuration.centre_rules,
                now_ms=agenda.now_ms,
            )
            for city in configuration.cities
        }
        self._seen: dict[CityCode, dict[UnitId, Seen]] = {city: {} for city in self.by_city}
        self._running = True
        self.listened_to = False
        """Whether anybody beside this world hears what is said; summaries are for others only."""
        agenda.every(TICK_S, self._tick)
        agenda.every(UNITS_EVERY_S, self._say_units)

    def stop(self) -> None:
        """Others take over: hear and say nothing more."""
        self._running = False

    # --- in ---------------------------------------------------------------------------------------

    def hear(self, message: Message) -> None:
        """Something was said on a city's broker: its centre decides about it in its turn."""
        if not self._running:
            return
        if isinstance(message.data, payloads.UnitPosition):
            self._see(message, message.data)
        elif message.kind in _FOR_CENTRES or message.kind.startswith("cmd."):
            self._agenda.at(self._agenda.now_ms, lambda: self._decide(message))

    def _see(self, message: Message, data: payloads.UnitPosition) -> None:
        seen, unit = self._seen[message.city], UnitId(data.unit)
        known = seen.get(unit)
        if (known is None or known.fixed_ms < message.ts_evt) and message.ts_evt <= self._agenda.now_ms:
            seen[unit] = Seen(data.lat, data.lon, data.datum, message.ts_evt)

    def _decide(self, message: Message) -> None:
        if not self._running or not self._reachable(message.origin, message.city):
            return
        try:
            said = hearing.input_of(_opened(message), message.city)
        except Refused:
            return
        if said is not None:
            self._take(message.city, [said])

    def _take(self, city: CityCode, inputs: list[Input]) -> None:
        centre = self.by_city[city]
        self._tell(city, centre.take(inputs, self._agenda.now_ms))

    # --- out --------------------------------------------------------------------------------------

    def _tell(self, city: CityCode, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._publish(city, saying.messages_of(effect, self.by_city[city].state))

    def _publish(self, city: CityCode, all_said: Iterable[Said]) -> None:
        for said in all_said:
            if said.payload is None:
                continue  # a retained topic is cleared: nobody here keeps any
            message = Message(
                city, said.topic, said.kind, said.payload, self._agenda.now_ms, city, NODE,
                retain=said.retain, key=said.key,
            )  # fmt: skip
            self._say(message)
            if said.kind in _FOR_NEIGHBOURS:
                self._agenda.at(self._agenda.now_ms, self._passing_on(message))

    def _passing_on(self, message: Message) -> Callable[[], None]:
        return lambda: self._pass_on(message)

    def _pass_on(self, message: Message) -> None:
        """The other centres read what this one says of its units, and of their requests for help."""
        for city in self.by_city:
            if self._running and city != message.city and self._reachable(city, message.city):
                inputs = list(hearing.foreign(_opened(message), city, message.city))
                if inputs:
                    self._take(city, inputs)

    def say_everything(self, city: CityCode) -> None:
        """All that a centre keeps on its broker."""
        self._publish(city, saying.everything(self.by_city[city].state, self._seen[city]))

    # --- time -------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if not self._running:
            return
        for city, centre in self.by_city.items():
            self._take(city, [Tick()])
            self._tell(city, centre.due(self._agenda.now_ms))

    def _say_units(self) -> None:
        if self._running and self.listened_to:
            for city, centre in self.by_city.items():
                self._publish(city, [saying.units(centre.state, self._seen[city])])


_FOR_CENTRES = frozenset({"unit.state", "unit.report", "bank.stock", "bank.change"})
_FOR_NEIGHBOURS = frozenset({"unit.status", "snapshot.aids"})


def _opened(message: Message) -> Opened:
    """As the wire would bring it."""
    topic = topics.parse(message.topic)
    if topic is None:
        raise Refused("unknown_topic")
    source = payloads.Source(city=message.origin, node=message.node, epoch=1)
    envelope = payloads.Envelope(
        v=1,
        type=message.kind,
        src=source,
        seq=1,
        ts_evt=message.ts_evt,
        ts_pub=message.ts_evt,
        drill=True,
        data=message.data,
        key=message.key,
        reply_to=message.reply_to,
        expires_at=message.expires_at,
    )
    return Opened(topic, envelope)
