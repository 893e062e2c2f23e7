"""What the simulated world hears on the brokers, and whom it concerns."""

from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from simulators.adoption import Adoption
from simulators.blood_staff import BloodStaff
from simulators.breaks import Breaks
from simulators.commands import Commands
from simulators.crews import Crews
from simulators.decisions import Decisions
from simulators.desk import Colleagues
from simulators.fleet import Ambulances
from simulators.lending import Lending
from simulators.messages import Message, node_of, simulated
from simulators.orders import Orders
from simulators.scenes import Scene, Scenes
from simulators.sights import Sights


class Hearing:
    """Takes every message that a city's broker brings, at the moment at which it came."""

    def __init__(
        self,
        *,
        fleet: Ambulances,
        scenes: Scenes,
        adoption: Adoption,
        crews: Crews,
        breaks: Breaks,
        sights: Sights,
        commands: Commands,
        decisions: Decisions,
        colleagues: Colleagues,
        lending: Lending,
        orders: Orders,
        blood_staff: BloodStaff,
    ) -> None:
        self._fleet, self._scenes, self._adoption = fleet, scenes, adoption
        self._crews, self._breaks, self._sights = crews, breaks, sights
        self._commands, self._decisions = commands, decisions
        self._colleagues, self._lending, self._orders = colleagues, lending, orders
        self._blood_staff = blood_staff

    def hear(self, message: Message) -> None:
        """One message; what concerns nobody here is let go by."""
        match message.data:
            case payloads.UnitOrder() as data:
                self._unit_order(data)
            case payloads.UnitHeard() as data:
                if UnitId(data.unit) in self._fleet.by_id:
                    self._fleet.by_id[UnitId(data.unit)].terminal.hear_number(data.number)
            case payloads.UnitStatus() as data:
                self._unit_status(data)
            case payloads.IncidentRecord() as data:
                scene = self._scenes.find(data.incident) or self._adoption.of_record(message.city, data)
                self._scenes.hear(message.city, data, scene)
            case payloads.OrderAnswer() as data:
                self._decisions.hear(data)
            case payloads.Response() as data:
                self._commands.hear(data)
            case payloads.AidsSnapshot() as data:
                self._lending.hear(message.city, data)
            case payloads.BloodOrdersSnapshot() as data:
                self._blood_staff.hear(message.city, data)
            case payloads.DeskState() as data:
                self._blood_staff.hear_desk(message.city, message.node, ours=data.role == "blood_staff")
            case payloads.NodeState(state="offline"):
                self._blood_staff.hear_desk(message.city, message.node, ours=False)
            case _:
                if message.kind.startswith("cmd.") and not simulated(message):
                    self._orders.hear(message)
                    self._touch(message.data)

    def _unit_order(self, data: payloads.UnitOrder) -> None:
        ambulance = self._fleet.by_id.get(UnitId(data.unit))
        if ambulance is None:
            return
        tell = ambulance.terminal.hear(data)
        if tell is not None:
            self._crews.told(ambulance, tell)

    def _unit_status(self, data: payloads.UnitStatus) -> None:
        self._sights.hear(data)
        ambulance = self._fleet.by_id.get(UnitId(data.unit))
        if ambulance is not None and data.source == "desk" and data.task is None:
            self._breaks.hear_desk(ambulance, data)

    def _touch(self, data: payloads.Payload) -> None:
        """A person did something: what it is about is his for a while."""
        scene = self._scene_of(data)
        if scene is not None:
            self._colleagues.touch(scene)

    def _scene_of(self, data: payloads.Payload) -> Scene | None:
        match data:
            case payloads.OrderRequest():
                return self._scenes.find(data.job.incident)
            case payloads.OrderCommit() | payloads.OrderCancel() | payloads.UnitSet():
                said = self._sights.heard.get(UnitId(data.unit))
                return self._scenes.find(said.incident) if said is not None and said.incident else None
            case payloads.IncidentChange() | payloads.UnitTakeTo() | payloads.UnitTelephoned():
                return self._scenes.find(data.incident)
            case payloads.AidRequest():
                return self._scenes.find(data.aid.incident)
        return None


def filters(city: CityCode) -> tuple[str, ...]:
    """What a city's simulated part listens to on its own broker; few filters, see broker.UNACKNOWLEDGED."""
    root = f"{topics.ROOT}/{city}"
    return (
        topics.command(CityCode("+"), city, "+"),
        f"{root}/rsp/{city}/{node_of(city)}/#",
        topics.unit_order(city, "+"),
        topics.unit_heard(city, "+"),
        topics.status(city, "+"),
        topics.incident(city, "+"),
        topics.snapshot(city, "aids"),
        topics.snapshot(city, "blood_orders"),
        topics.desk(city, "+"),
        topics.node(city, "+"),
    )


def filters_abroad(home: CityCode, city: CityCode) -> tuple[str, ...]:
    """What the dispatcher of `home` listens to on the broker of another city: answers to him."""
    return (f"{topics.ROOT}/{city}/rsp/{home}/{node_of(home)}/#",)
