"""A person at a console, in a world whose centres live inside it: asks, hears, and lets time pass."""

from dataclasses import dataclass, field, replace
from itertools import count

from dispatch.centre import asking, wire
from dispatch.centre.asking import Asked
from dispatch.domain.aid import AidId
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from simulators.fleet import Ambulance
from simulators.messages import Message
from simulators.world import World

CHANGSHA, XIANGTAN, ZHUZHOU = CityCode("changsha"), CityCode("xiangtan"), CityCode("zhuzhou")
BY = payloads.By("li", "dispatcher")
WUYI = (28.19, 112.98)
_numbers = count(1)


@dataclass
class Console:
    """`heard` is everything that was said since it began."""

    living: World
    city: CityCode = CHANGSHA
    node: str = "console-1"
    heard: list[Message] = field(default_factory=list)
    asked: dict[RequestId, Asked] = field(default_factory=dict)

    # --- time -------------------------------------------------------------------------------------

    def live(self, minutes: float) -> list[Message]:
        """Let time pass, second by second; what was said meanwhile."""
        said: list[Message] = []
        for _second in range(round(minutes * 60)):
            fresh = self.living.advance(self.living.agenda.now_ms + 1000)
            for message in fresh:
                self._take(message)
            said += fresh
        self.heard += said
        return said

    def until(self, unit: str, state: UnitState, within_min: float = 240.0) -> Ambulance:
        """Until a crew is in a state."""
        ambulance = self.unit(unit)
        for _minute in range(round(within_min * 6)):
            if ambulance.state is state:
                return ambulance
            self.live(1 / 6)
        raise AssertionError(f"{unit} is {ambulance.state.name} after {within_min} minutes")

    # --- asking -----------------------------------------------------------------------------------

    def say(self, city: CityCode, kind: str, data: payloads.Payload, key: str | None = None) -> str:
        """Send one command; its key."""
        key = key or f"key-{next(_numbers)}"
        topic = topics.command(self.city, city, kind)
        self.living.hear(
            Message(
                city, topic, f"cmd.{kind}", data, self.living.agenda.now_ms, self.city, self.node, key=key
            )
        )
        return key

    def open(self, number: str, *, city: CityCode = CHANGSHA, patients: int = 1, priority: int = 1) -> str:
        """Open an incident at Wuyi square; its key."""
        record = payloads.IncidentRecord(
            incident=number, state="waiting", priority=priority, lat=WUYI[0], lon=WUYI[1], datum="wgs84",  # type: ignore[arg-type]
            place="五一广场", opened_at=self.living.agenda.now_ms, patients=patients,
        )  # fmt: skip
        return self.say(city, "incident.open", payloads.IncidentOpen(record, BY))

    def order(
        self, unit: str, incident: str, aid: str | None = None, hospital: str | None = None
    ) -> RequestId:
        """Ask for a unit and order it when it is granted."""
        request = RequestId(f"request-{next(_numbers)}")
        job = Job(
            incident=IncidentId(incident), priority=Priority.LIFE_THREATENING,
            position=Position(lat=WUYI[0], lon=WUYI[1]), place="五一广场", hospital=hospital,
        )  # fmt: skip
        now, city = self.living.agenda.now_ms, self.unit(unit).unit.city
        self.asked[request] = Asked(
            request, city, UnitId(unit), Asker(self.city, self.node), "li", job, now, now + 60_000,
            aid=None if aid is None else AidId(aid),
        )  # fmt: skip
        self._ask(request)
        return request

    def call_back(self, request: RequestId) -> None:
        """Take an order back."""
        self.asked[request] = replace(self.asked[request], cancelled=True)
        self._ask(request)

    def state(self, request: RequestId) -> OrderState:
        """Where an order stands, as its centre told this console."""
        return self.asked[request].state

    # --- what was heard ---------------------------------------------------------------------------

    def answer(self, key: str) -> payloads.Response:
        """The answer to a command."""
        answers = [m.data for m in self.heard if isinstance(m.data, payloads.Response) and m.data.key == key]
        return answers[-1]

    def record(self, number: str) -> payloads.IncidentRecord:
        """An incident as its centre wrote it last."""
        found = [
            m.data
            for m in self.heard
            if isinstance(m.data, payloads.IncidentRecord) and m.data.incident == number
        ]
        return found[-1]

    def states(self, unit: str) -> list[int]:
        """The states that a unit's centre wrote, each once in a row."""
        found = [
            m.data for m in self.heard if isinstance(m.data, payloads.UnitStatus) and m.data.unit == unit
        ]
        return [s.state for at, s in enumerate(found) if at == 0 or found[at - 1].state != s.state]

    def lines(self, number: str) -> list[str]:
        """The codes of an incident's timeline."""
        found = [
            m.data
            for m in self.heard
            if isinstance(m.data, payloads.IncidentTimeline) and m.data.incident == number
        ]
        return [entry.code for entry in found[-1].entries]

    def aid(self, aid: str) -> payloads.AidRecord:
        """A request for help as the lender's centre wrote it last."""
        found = [
            one
            for m in self.heard
            if isinstance(m.data, payloads.AidsSnapshot)
            for one in m.data.aids
            if one.aid == aid
        ]
        return found[-1]

    def unit(self, unit: str) -> Ambulance:
        """A crew as it really is."""
        return self.living.fleet.by_id[UnitId(unit)]

    # --- small steps ------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        if isinstance(message.data, payloads.OrderAnswer) and RequestId(message.data.request) in self.asked:
            request = RequestId(message.data.request)
            before = self.asked[request]
            after = asking.hear(before, wire.answer(message.data, before.asker), self.living.agenda.now_ms)
            self.asked[request] = after
            if after.state is OrderState.RESERVED and before.state is not OrderState.RESERVED:
                self._ask(request)

    def _ask(self, request: RequestId) -> None:
        asked = self.asked[request]
        command = asking.command(asked)
        if command is not None:
            kind = wire.COMMAND_KINDS[type(command)]
            self.say(asked.city, kind, wire.command_payload(command), request)
