"""The contract as an AsyncAPI 3 document, made from the models that decode it.

`python -m dispatch.feed.asyncapi docs/asyncapi.json` writes it; a test fails while it is stale.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from dispatch import __version__
from dispatch.feed import home_assistant, owntracks, payloads, traccar
from dispatch.feed.payloads import PAYLOADS

_PARAMETERS = {
    "city": "code of the city that sends: changsha, zhuzhou, xiangtan, or one added by configuration",
    "unit": "number of the ambulance, as CS-012: begins with the prefix of its city and a hyphen",
    "incident": "number of the incident, as CS-1124-0012: begins with the prefix of its city and a hyphen",
    "bank": "id of the blood bank, as CS-B-CENTRE",
    "target": "code of the city that shall act",
    "to_city": "code of the city that asked",
    "to_node": "name of the program that asked",
    "node": "name of a program, as console-1",
    "user": "OwnTracks user",
    "device": "OwnTracks device",
}

# payload type -> (address, quality of service, retained, what it is)
_CHANNELS: dict[str, tuple[str, int, bool, str]] = {
    "unit.position": ("czt/v1/{city}/ems/unit/{unit}/position", 0, False, "One fix of one ambulance."),
    "unit.status": (
        "czt/v1/{city}/ems/unit/{unit}/status",
        1,
        True,
        "State of one ambulance, by its own city.",
    ),
    "incident": ("czt/v1/{city}/ems/incident/{incident}", 1, True, "One incident; no personal data."),
    "bank.stock": ("czt/v1/{city}/blood/bank/{bank}/stock", 1, True, "Whole count of one blood bank."),
    "bank.change": ("czt/v1/{city}/blood/bank/{bank}/change", 1, False, "Difference to the count before."),
    "bank.days": (
        "czt/v1/{city}/blood/bank/{bank}/days",
        1,
        True,
        "What one blood bank issued and held on its last days; after each midnight in China.",
    ),
    "snapshot.units": ("czt/v1/{city}/snapshot/units", 1, True, "Every unit of a city, each 10 to 30 s."),
    "snapshot.hospitals": ("czt/v1/{city}/snapshot/hospitals", 1, True, "Every hospital that reports."),
    "snapshot.crossings": (
        "czt/v1/{city}/snapshot/crossings",
        1,
        True,
        "Bridges and tunnels of a city that are closed.",
    ),
    "node.state": ("czt/v1/{city}/node/{node}/state", 1, True, "Birth, heartbeat and Will of a program."),
    "unit.state": ("czt/v1/{city}/ems/unit/{unit}/state", 1, False, "A vehicle's own word about its state."),
    "unit.heard": ("czt/v1/{city}/ems/unit/{unit}/heard", 1, False, "Its centre has heard that word."),
    "incident.timeline": (
        "czt/v1/{city}/ems/incident/{incident}/timeline",
        1,
        True,
        "The newest lines of an incident's timeline; no personal data.",
    ),
    "snapshot.aids": ("czt/v1/{city}/snapshot/aids", 1, True, "Requests for help that a city received."),
    "snapshot.blood_orders": (
        "czt/v1/{city}/snapshot/blood_orders",
        1,
        True,
        "Orders of blood at a city's banks, as its centre holds them.",
    ),
    "snapshot.alarms": ("czt/v1/{city}/snapshot/alarms", 1, True, "Alarms of a centre, not yet cleared."),
    "desk.state": ("czt/v1/{city}/node/{node}/desk", 1, True, "Who sits at a console, at work on what."),
    "cmd.incident.open": ("czt/v1/{city}/cmd/{target}/incident.open", 1, False, "Open an incident."),
    "cmd.incident.change": (
        "czt/v1/{city}/cmd/{target}/incident.change",
        1,
        False,
        "Do something to an open incident.",
    ),
    "cmd.unit.set": ("czt/v1/{city}/cmd/{target}/unit.set", 1, False, "Set a unit's state at the desk."),
    "cmd.unit.take_to": ("czt/v1/{city}/cmd/{target}/unit.take_to", 1, False, "Name a unit's hospital."),
    "cmd.unit.telephoned": (
        "czt/v1/{city}/cmd/{target}/unit.telephoned",
        1,
        False,
        "Tell a city that its unit was arranged by telephone while it was cut off.",
    ),
    "cmd.aid.request": ("czt/v1/{city}/cmd/{target}/aid.request", 1, False, "Ask another city for help."),
    "cmd.aid.answer": ("czt/v1/{city}/cmd/{target}/aid.answer", 1, False, "Answer, or take back, a request."),
    "cmd.alarm.act": ("czt/v1/{city}/cmd/{target}/alarm.act", 1, False, "Acknowledge or shelve an alarm."),
    "cmd.claims.say": (
        "czt/v1/{city}/cmd/{target}/claims.say",
        1,
        False,
        "Something about a claim on blood fees; donors are keyed hashes.",
    ),
    "cmd.blood.hold": ("czt/v1/{city}/cmd/{target}/blood.hold", 1, False, "Hold blood at one bank."),
    "cmd.blood.act": ("czt/v1/{city}/cmd/{target}/blood.act", 1, False, "What a person did to an order."),
    "cmd.snapshot.request": ("czt/v1/{city}/cmd/{target}/snapshot.request", 1, False, "Ask for a snapshot."),
    "response": ("czt/v1/{city}/rsp/{to_city}/{to_node}", 1, False, "Answer to a command, by its key."),
    "cmd.order.request": ("czt/v1/{city}/cmd/{target}/order.request", 1, False, "Reserve a unit."),
    "cmd.order.commit": ("czt/v1/{city}/cmd/{target}/order.commit", 1, False, "Order a reserved unit."),
    "cmd.order.cancel": ("czt/v1/{city}/cmd/{target}/order.cancel", 1, False, "Call a unit back."),
    "cmd.order.query": ("czt/v1/{city}/cmd/{target}/order.query", 1, False, "Ask what became of a request."),
    "order.answer": (
        "czt/v1/{city}/rsp/{to_city}/{to_node}/order",
        1,
        False,
        "The history of a request, to whoever asked.",
    ),
    "unit.order": ("czt/v1/{city}/ems/unit/{unit}/order", 1, False, "What its centre tells one ambulance."),
    "unit.report": (
        "czt/v1/{city}/ems/unit/{unit}/report",
        1,
        False,
        "What one ambulance says of its order.",
    ),
    "audit.checkpoint": (
        "czt/v1/{city}/audit/checkpoint",
        1,
        True,
        "The newest signed checkpoint of a centre's audit log.",
    ),
    "audit.cosignature": (
        "czt/v1/{city}/audit/cosignature/{target}",
        1,
        True,
        "What a centre found about the checkpoints of another city.",
    ),
}


ADDRESSES = {kind: address for kind, (address, *_rest) in _CHANNELS.items()}
"""Payload type -> its topic, with {parameters}."""


def document() -> dict[str, Any]:
    """The whole document; its schemas are the ones the intake decodes with."""
    models = [payloads.Envelope[model] for model in PAYLOADS.values()]  # type: ignore[valid-type]
    schemas, components = msgspec.json.schema_components(models, ref_template="#/components/schemas/{name}")
    messages = {kind: _message(kind, schema) for kind, schema in zip(PAYLOADS, schemas, strict=True)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dispatch of ambulances and blood in Changsha, Zhuzhou and Xiangtan",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
            "description": (
                "MQTT 3.1.1. Level 3 of a topic is always the city of origin and equals `src.city`. "
                "`seq` counts per (node, epoch, topic) from 1 without gaps; `epoch` grows at each start. "
                "A command is sent again with the same `key` until it is answered; a retained command, "
                "one past `expires_at`, or one of the other world (`drill`) is refused. "
                "A city announces only units and incidents whose numbers begin with its own prefix "
                "(CS-, ZZ-, XT-); others are refused. What is long past `ts_pub` when it "
                "arrives (30 s unless a console says otherwise), or was heard before, is no sign of life. "
                "All times are milliseconds since 1970 UTC. "
                f"Trackers: OwnTracks JSON on `{owntracks.FILTER}`, see owntracks.org/booklet/tech/json; "
                f"positions that Traccar forwards on `{traccar.FILTER}`; device trackers of Home Assistant "
                f"on `{home_assistant.FILTER}`."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {kind: _channel(kind) for kind in PAYLOADS},
        "operations": {f"send.{kind}": _operation(kind) for kind in PAYLOADS},
        "components": {"messages": messages, "schemas": components},
    }


def _channel(kind: str) -> dict[str, Any]:
    address, _qos, _retained, about = _CHANNELS[kind]
    names = [level[1:-1] for level in address.split("/") if level.startswith("{")]
    return {
        "address": address,
        "description": about,
        "parameters": {name: {"description": _PARAMETERS[name]} for name in names},
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
    }


def _operation(kind: str) -> dict[str, Any]:
    _address, qos, retained, about = _CHANNELS[kind]
    return {
        "action": "send",
        "summary": about,
        "channel": {"$ref": f"#/channels/{kind}"},
        "bindings": {"mqtt": {"qos": qos, "retain": retained, "bindingVersion": "0.2.0"}},
    }


def _message(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": kind,
        "contentType": "application/json",
        "description": f"At most {payloads.size_cap(kind)} bytes. `type` is {kind!r}.",
        "payload": {"allOf": [schema, {"properties": {"type": {"const": kind}}}]},
    }


def text() -> str:
    """The document as the file holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
