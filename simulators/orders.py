"""What consoles order: each order is checked, obeyed or refused with a reason, and answered once."""

from collections import Counter
from dataclasses import dataclass

import msgspec

from dispatch.domain.blood import BankId
from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import CityCode, Datum
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.transport import Received
from simulators import words
from simulators.fleet import Ambulance
from simulators.incidents import OpenIncident
from simulators.messages import Message
from simulators.world import World

ANSWERS_KEPT = 20_000
_CAPABILITIES = frozenset(capability.value for capability in Capability)


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, or no with a reason in plain words."""

    accepted: bool
    reason: str = ""


YES = Answer(accepted=True)


class Orders:
    """Takes the orders that reach the cities. `counts`: kind and verdict -> how many."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._answers: dict[str, Answer] = {}
        self.counts: Counter[str] = Counter()

    def take(self, city: CityCode, received: Received) -> Message | None:
        """Obey one message that came for a city; the answer to send, if one is due."""
        topic = topics.parse(received.topic)
        if topic is None or topic.target != city or topic.kind not in payloads.PAYLOADS:
            return None
        if topic.kind.startswith("cmd.order."):
            return None  # for the city's centre, not for the city that is simulated
        if received.retained or len(received.payload) > payloads.size_cap(topic.kind):
            self.counts[f"{topic.kind} ignored"] += 1
            return None
        try:
            order = payloads.decode(topic.kind, received.payload)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            self.counts[f"{topic.kind} unreadable"] += 1
            return None
        answer = self._answer(city, topic.kind, order)
        if order.key is None:
            return None
        to = topics.response(city, CityCode(order.src.city), order.src.node)
        response = payloads.Response(key=order.key, accepted=answer.accepted, reason=answer.reason)
        return Message(city, to, "response", response, self._world.agenda.now_ms)

    def _answer(self, city: CityCode, kind: str, order: payloads.Envelope[payloads.Payload]) -> Answer:
        """The answer to an order; a key that was answered before gets the same answer, nothing happens."""
        given = self._answers.get(order.key) if order.key else None
        if given is not None:
            self.counts[f"{kind} repeated"] += 1
            return given
        if not order.drill:
            answer = self._no(words.NOT_A_DRILL)
        elif order.expires_at is not None and order.expires_at < self._world.agenda.now_ms:
            answer = self._no(words.EXPIRED)
        else:
            answer = self._obey(city, order.data)
        self.counts[f"{kind} {'accepted' if answer.accepted else 'refused'}"] += 1
        if order.key:
            if len(self._answers) >= ANSWERS_KEPT:
                self._answers.pop(next(iter(self._answers)))
            self._answers[order.key] = answer
        return answer

    def _obey(self, city: CityCode, order: payloads.Payload) -> Answer:
        match order:
            case payloads.UnitDispatch():
                return self._dispatch(city, order)
            case payloads.IncidentOpen():
                return self._open(city, order.incident)
            case payloads.BloodRequest():
                return self._blood(city, order)
            case payloads.SnapshotRequest():
                return self._say_again(city, order)
        return self._no(words.UNREADABLE)

    # --- units

    def _dispatch(self, city: CityCode, order: payloads.UnitDispatch) -> Answer:
        world = self._world
        ambulance = world.fleet.by_id.get(UnitId(order.unit))
        if ambulance is None or ambulance.unit.city != city:
            return self._no(words.NO_SUCH_UNIT, city=self._name(city), unit=order.unit)
        if order.hospital is not None and order.hospital not in world.hospitals:
            return self._no(words.NO_SUCH_HOSPITAL, hospital=order.hospital)
        incident = world.incidents.all.get(order.incident)
        if incident is not None and incident.outcome is not None:
            return self._no(words.INCIDENT_CLOSED, incident=incident.id)
        hospital = HospitalId(order.hospital) if order.hospital else None
        if ambulance.incident == order.incident:
            return self._redirect(ambulance, hospital)
        if not ambulance.state.dispatchable:
            return self._not_free(ambulance)
        if incident is None:
            incident = self._adopt(city, order)
        incident.touched_ms = world.agenda.now_ms
        world.missions.start(ambulance, incident, hospital)
        return YES

    def _redirect(self, ambulance: Ambulance, hospital: HospitalId | None) -> Answer:
        """A unit that is on this incident already: it may only be told where to take its patients."""
        unit = ambulance.unit.id
        mission = self._world.missions.running[unit]
        mission.incident.touched_ms = self._world.agenda.now_ms
        if hospital is None:
            return self._no(words.ALREADY_ON_IT, unit=unit, incident=mission.incident.id)
        if ambulance.state is UnitState.AT_HOSPITAL:
            return self._no(words.ALREADY_THERE, unit=unit)
        self._world.missions.take_to(mission, hospital)
        return YES

    def _not_free(self, ambulance: Ambulance) -> Answer:
        state = self._world.words(words.STATES[ambulance.state])
        unit = ambulance.unit.id
        if ambulance.incident is None:
            return self._no(words.NOT_FREE, unit=unit, state=ambulance.reason or state)
        return self._no(words.NOT_FREE_ON, unit=unit, state=state, incident=ambulance.incident)

    def _adopt(self, city: CityCode, order: payloads.UnitDispatch) -> OpenIncident:
        """An incident of which its city has not heard: it is taken in as the order tells it."""
        prefixes = {known.prefix: code for code, known in self._world.cities.items()}
        owner = prefixes.get(order.incident.split("-")[0], city)
        incident = OpenIncident(
            id=order.incident,
            city=owner,
            point=to_wgs84(order.lat, order.lon, Datum(order.datum)),
            place=order.place,
            priority=order.priority,
            patients=1,
            needs=frozenset(),
            complaint="",
            opened_ms=self._world.agenda.now_ms,
            from_console=True,
        )
        self._world.incidents.open(incident)
        return incident

    # --- incidents, blood, snapshots

    def _open(self, city: CityCode, record: payloads.IncidentRecord) -> Answer:
        world = self._world
        point = to_wgs84(record.lat, record.lon, Datum(record.datum))
        known = world.incidents.all.get(record.incident)
        if known is not None:
            same = (
                known.city == city and abs(known.point[0] - point[0]) + abs(known.point[1] - point[1]) < 1e-4
            )
            return YES if same else self._no(words.INCIDENT_EXISTS, incident=known.id)
        if record.state == "closed":
            return self._no(words.INCIDENT_CLOSED, incident=record.incident)
        world.incidents.open(
            OpenIncident(
                id=record.incident,
                city=city,
                point=point,
                place=record.place,
                priority=record.priority,
                patients=record.patients,
                needs=frozenset(Capability(need) for need in record.needs if need in _CAPABILITIES),
                complaint=record.chief_complaint,
                opened_ms=min(record.opened_at, world.agenda.now_ms),
                from_console=True,
            )
        )
        return YES

    def _blood(self, city: CityCode, request: payloads.BloodRequest) -> Answer:
        bank = self._world.banks.by_id.get(BankId(request.bank))
        if bank is None or bank.bank.city != city:
            return self._no(words.NO_SUCH_BANK, city=self._name(city), bank=request.bank)
        if request.hospital not in self._world.hospitals:
            return self._no(words.NO_SUCH_HOSPITAL, hospital=request.hospital)
        missing = self._world.banks.reserve(bank, request)
        if missing:
            return self._no(words.NOT_ON_HAND, missing=", ".join(missing))
        return YES

    def _say_again(self, city: CityCode, request: payloads.SnapshotRequest) -> Answer:
        world = self._world
        match request.kind:
            case "units":
                world.say_units(city)
            case "hospitals":
                world.hospitals.publish(city)
            case "incidents":
                world.say_incidents(city)
            case "stock":
                banks = [b for b in world.banks.of(city) if request.key in (None, b.bank.id)]
                if not banks:
                    return self._no(words.NO_SUCH_BANK, city=self._name(city), bank=request.key or "")
                for bank in banks:
                    world.banks.say_count(bank)
        return YES

    def _name(self, city: CityCode) -> str:
        return self._world.cities[city].name.text(self._world.words.language)

    def _no(self, why: str, **facts: object) -> Answer:
        return Answer(accepted=False, reason=self._world.words(why, **facts))
