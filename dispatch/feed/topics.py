"""Topic names of the contract: level 3 is always the city of origin."""

from dataclasses import dataclass

from dispatch.domain.geography import CityCode

ROOT = "czt/v1"


def position(city: CityCode, unit: str) -> str:
    return f"{ROOT}/{city}/ems/unit/{unit}/position"


def status(city: CityCode, unit: str) -> str:
    return f"{ROOT}/{city}/ems/unit/{unit}/status"


def incident(city: CityCode, incident: str) -> str:
    return f"{ROOT}/{city}/ems/incident/{incident}"


def stock(city: CityCode, bank: str) -> str:
    return f"{ROOT}/{city}/blood/bank/{bank}/stock"


def stock_change(city: CityCode, bank: str) -> str:
    return f"{ROOT}/{city}/blood/bank/{bank}/change"


def stock_days(city: CityCode, bank: str) -> str:
    return f"{ROOT}/{city}/blood/bank/{bank}/days"


def snapshot(city: CityCode, kind: str) -> str:
    """`kind` is "units", "hospitals", "crossings", "aids" or "alarms"."""
    return f"{ROOT}/{city}/snapshot/{kind}"


def command(city: CityCode, target: CityCode, kind: str) -> str:
    return f"{ROOT}/{city}/cmd/{target}/{kind}"


def response(city: CityCode, to_city: CityCode, to_node: str) -> str:
    return f"{ROOT}/{city}/rsp/{to_city}/{to_node}"


def order_answer(city: CityCode, to_city: CityCode, to_node: str) -> str:
    """Answers about orders: below the responses, so that the same right to write covers them."""
    return f"{ROOT}/{city}/rsp/{to_city}/{to_node}/order"


def unit_order(city: CityCode, unit: str) -> str:
    """Written by the unit's own centre only."""
    return f"{ROOT}/{city}/ems/unit/{unit}/order"


def unit_report(city: CityCode, unit: str) -> str:
    """Written by the unit itself only; `+` for every unit."""
    return f"{ROOT}/{city}/ems/unit/{unit}/report"


def unit_state(city: CityCode, unit: str) -> str:
    """A vehicle's own word about its state; written by the unit only; `+` for every unit."""
    return f"{ROOT}/{city}/ems/unit/{unit}/state"


def unit_heard(city: CityCode, unit: str) -> str:
    """Written by the unit's own centre only."""
    return f"{ROOT}/{city}/ems/unit/{unit}/heard"


def timeline(city: CityCode, incident: str) -> str:
    return f"{ROOT}/{city}/ems/incident/{incident}/timeline"


def desk(city: CityCode, node: str) -> str:
    """Who sits at a console and what he works on; retained, written by the console."""
    return f"{ROOT}/{city}/node/{node}/desk"


def node(city: CityCode, node: str) -> str:
    return f"{ROOT}/{city}/node/{node}/state"


def checkpoint(city: CityCode) -> str:
    """The newest signed checkpoint of a centre's audit log; retained, written by the centre."""
    return f"{ROOT}/{city}/audit/checkpoint"


def cosignature(city: CityCode, of_city: str) -> str:
    """What the centre of `city` found about the checkpoints of `of_city`; retained, written by the centre."""
    return f"{ROOT}/{city}/audit/cosignature/{of_city}"


def everything_of(city: CityCode) -> str:
    """The one filter a console's link to a city subscribes to."""
    return f"{ROOT}/{city}/#"


def commands_to(city: CityCode) -> str:
    """What a city's centre (or its simulator) listens to on its own broker."""
    return f"{ROOT}/+/cmd/{city}/#"


def command_to(city: CityCode, kind: str) -> str:
    """One kind of command to a city, whoever sends it."""
    return f"{ROOT}/+/cmd/{city}/{kind}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart: `kind` is the payload type it must carry, `key` its subject."""

    city: CityCode
    kind: str
    key: str
    target: str = ""


def parse(topic: str) -> Topic | None:
    """Take a topic of the contract apart; None when it is none."""
    match topic.split("/"):
        case ["czt", "v1", city, "ems", "unit", unit, "position"]:
            return Topic(CityCode(city), "unit.position", unit)
        case ["czt", "v1", city, "ems", "unit", unit, "status"]:
            return Topic(CityCode(city), "unit.status", unit)
        case ["czt", "v1", city, "ems", "unit", unit, "order"]:
            return Topic(CityCode(city), "unit.order", unit)
        case ["czt", "v1", city, "ems", "unit", unit, "report"]:
            return Topic(CityCode(city), "unit.report", unit)
        case ["czt", "v1", city, "ems", "unit", unit, "state"]:
            return Topic(CityCode(city), "unit.state", unit)
        case ["czt", "v1", city, "ems", "unit", unit, "heard"]:
            return Topic(CityCode(city), "unit.heard", unit)
        case ["czt", "v1", city, "ems", "incident", number, "timeline"]:
            return Topic(CityCode(city), "incident.timeline", number)
        case ["czt", "v1", city, "ems", "incident", number]:
            return Topic(CityCode(city), "incident", number)
        case ["czt", "v1", city, "blood", "bank", bank, "stock"]:
            return Topic(CityCode(city), "bank.stock", bank)
        case ["czt", "v1", city, "blood", "bank", bank, "change"]:
            return Topic(CityCode(city), "bank.change", bank)
        case ["czt", "v1", city, "blood", "bank", bank, "days"]:
            return Topic(CityCode(city), "bank.days", bank)
        case ["czt", "v1", city, "snapshot", kind]:
            return Topic(CityCode(city), f"snapshot.{kind}", kind)
        case ["czt", "v1", city, "cmd", target, kind]:
            return Topic(CityCode(city), f"cmd.{kind}", kind, target)
        case ["czt", "v1", city, "rsp", target, to_node]:
            return Topic(CityCode(city), "response", to_node, target)
        case ["czt", "v1", city, "rsp", target, to_node, "order"]:
            return Topic(CityCode(city), "order.answer", to_node, target)
        case ["czt", "v1", city, "audit", "checkpoint"]:
            return Topic(CityCode(city), "audit.checkpoint", city)
        case ["czt", "v1", city, "audit", "cosignature", target]:
            return Topic(CityCode(city), "audit.cosignature", target, target)
        case ["czt", "v1", city, "node", name, "desk"]:
            return Topic(CityCode(city), "desk.state", name)
        case ["czt", "v1", city, "node", name, "state"]:
            return Topic(CityCode(city), "node.state", name)
    return None
