"""Stock and orders of blood as FHIR R5 resources, as plain documents: hl7.org/fhir/R5.

Stock is an InventoryReport with one listing for each state of lots. Of an order each lot is a
BiologicallyDerivedProductDispense with its BiologicallyDerivedProduct, all in one Bundle. Who the patient is
never enters this program: the reference that R5 demands says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from dispatch.clock import CHINA, from_epoch_ms
from dispatch.domain.blood import Bank, Component, ComponentCode, LotState
from dispatch.domain.blood_orders import FHIR_STATES, BloodOrder, BloodState, Shelf, ShelfLot, Taken

Resource = dict[str, object]
BASE = "urn:x-czt"
"""Stands before our own code systems, which nobody has registered."""
_STATUS = {
    LotState.AVAILABLE: "available",
    LotState.RESERVED: "reserved",
    LotState.QUARANTINED: "quarantined",
    LotState.RECALLED: "recalled",
    LotState.ISSUED: "issued",
}


def inventory_report(
    bank: Bank, shelf: Shelf, components: Mapping[ComponentCode, Component], reported_at: datetime
) -> Resource:
    """The whole stock of one bank as it said it last; quantities in each component's own unit."""
    counted = moment(from_epoch_ms(shelf.counted_ms))
    listings = [
        {
            "location": _location(bank.id, bank.name.zh),
            "itemStatus": _concept("lot-state", _STATUS[state]),
            "countingDateTime": counted,
            "item": [_item(lot, components) for lot in lots],
        }
        for state, lots in _by_state(shelf.lots.values()).items()
    ]
    report: Resource = {
        "resourceType": "InventoryReport",
        "identifier": [{"system": f"{BASE}/count", "value": f"{bank.id}-{shelf.seq}"}],
        "status": "active",
        "countType": "snapshot",
        "reportedDateTime": moment(reported_at),
        "reporter": {"display": bank.name.zh},
    }
    if listings:
        report["inventoryListing"] = listings
    if not shelf.whole:
        report["note"] = [{"text": "a difference was missed: this count is not up to date"}]
    return report


@dataclass(frozen=True, slots=True)
class Dispensed:
    """An order, the bank it is of, and what the place is called that it goes to."""

    order: BloodOrder
    bank: Bank
    destination: str


def dispense_bundle(
    dispensed: Sequence[Dispensed], components: Mapping[ComponentCode, Component], at: datetime
) -> Resource:
    """All of them in one Bundle: a product and its dispense for each lot, and for each line without one."""
    entries = [entry for one in dispensed for entry in _entries(one, components)]
    about = dispensed[0].order.id if len(dispensed) == 1 else ""
    return collection(entries, at, f"{BASE}/order", about)


def collection(
    resources: Iterable[tuple[str, Resource]], at: datetime, system: str = "", about: str = ""
) -> Resource:
    """A Bundle of resources, each under the URL that others refer to it by; none of them is a Bundle."""
    bundle: Resource = {"resourceType": "Bundle", "type": "collection", "timestamp": moment(at)}
    if about:
        bundle["identifier"] = {"system": system, "value": about}
    entries = [{"fullUrl": url, "resource": resource} for url, resource in resources]
    return bundle | {"entry": entries} if entries else bundle


def url_of(*words: str) -> str:
    """The same words give the same `urn:uuid`."""
    return uuid5(NAMESPACE_URL, "/".join((BASE, *words))).urn


def _entries(one: Dispensed, components: Mapping[ComponentCode, Component]) -> Iterable[tuple[str, Resource]]:
    order = one.order
    rows: list[tuple[int, Taken | None]] = [(taken.line, taken) for taken in order.taken]
    got = {line for line, _taken in rows}
    rows += [(line, None) for line in range(len(order.lines)) if line not in got]
    for number, (line, taken) in enumerate(rows, 1):
        product = url_of(order.id, str(number), "product")
        yield product, _product(order, line, taken)
        dispense = _dispense(order, line, taken, number, one.bank, one.destination, components)
        yield url_of(order.id, str(number), "dispense"), dispense | {"product": {"reference": product}}


def moment(at: datetime) -> str:
    """A dateTime or instant with its zone."""
    return at.astimezone(CHINA).isoformat(timespec="seconds")


# --- parts -----------------------------------------------------------------------------------------


def _by_state(lots: Iterable[ShelfLot]) -> dict[LotState, list[ShelfLot]]:
    found: dict[LotState, list[ShelfLot]] = {}
    for lot in sorted(lots, key=lambda lot: (lot.state.value, lot.component, lot.group.value, lot.lot)):
        found.setdefault(lot.state, []).append(lot)
    return found


def _item(lot: ShelfLot, components: Mapping[ComponentCode, Component]) -> Resource:
    expires = moment(from_epoch_ms(lot.expires_ms))
    text = " ".join((lot.component, lot.group.value, lot.lot, f"expires {expires}", *sorted(lot.attributes)))
    return {
        "category": _concept("component", lot.component),
        "quantity": _quantity(lot.quantity, lot.component, components),
        "item": {"concept": {"coding": [
            {"system": f"{BASE}/component", "code": lot.component},
            {"system": f"{BASE}/blood-group", "code": lot.group.value},
            {"system": f"{BASE}/lot", "code": lot.lot},
        ], "text": text}},
    }  # fmt: skip


def _product(order: BloodOrder, line: int, taken: Taken | None) -> Resource:
    wanted = order.lines[line]
    out = order.state.issued or taken is None
    product: Resource = {
        "resourceType": "BiologicallyDerivedProduct",
        "productCategory": {"system": "http://hl7.org/fhir/product-category", "code": "fluid"},
        "productCode": _concept("component", wanted.component),
        "productStatus": {
            "system": "http://hl7.org/fhir/biologicallyderived-product-status",
            "code": "unavailable" if out else "available",
        },
        "property": [
            {
                "type": _concept("property", "abo-rhd"),
                "valueCodeableConcept": _concept("blood-group", wanted.group.value),
            },
            *(
                {"type": _concept("property", code), "valueBoolean": True}
                for code in sorted(wanted.attributes)
            ),
        ],
    }
    if taken is not None:
        product["identifier"] = [{"system": f"{BASE}/lot", "value": taken.lot}]
        product["identifier"] += [  # type: ignore[operator]
            {"system": "urn:isbt:din", "value": bag.din} for bag in order.bags if bag.lot == taken.lot
        ]
        product["expirationDate"] = moment(from_epoch_ms(taken.expires_ms))
    return product


def _dispense(
    order: BloodOrder,
    line: int,
    taken: Taken | None,
    number: int,
    bank: Bank,
    hospital: str,
    components: Mapping[ComponentCode, Component],
) -> Resource:
    wanted = order.lines[line]
    quantity = wanted.quantity if taken is None else taken.quantity
    dispense: Resource = {
        "resourceType": "BiologicallyDerivedProductDispense",
        "identifier": [{"system": f"{BASE}/order", "value": f"{order.id}-{number}"}],
        "status": FHIR_STATES.get(order.state, "unknown"),
        "patient": {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                    "valueCode": "masked",
                }
            ],
            "display": "not known to the dispatch centre",
        },
        "performer": [
            {"function": _concept("step", step.state.value), "actor": {"display": f"{step.by} {step.place}"}}
            for step in order.steps
        ],
        "location": _location(bank.id, bank.name.zh),
        "quantity": _quantity(quantity, wanted.component, components),
        "destination": _location(order.hospital, hospital),
        "note": [
            {"time": moment(from_epoch_ms(step.at_ms)), "text": f"{step.state.value} {step.reason}".strip()}
            for step in order.steps
        ],
    }
    for name, state in (("preparedDate", BloodState.PACKED), ("whenHandedOver", BloodState.DELIVERED)):
        at = next((step.at_ms for step in order.steps if step.state is state), None)
        if at is not None:
            dispense[name] = moment(from_epoch_ms(at))
    return dispense


def _quantity(
    value: int, component: ComponentCode, components: Mapping[ComponentCode, Component]
) -> Resource:
    """In the component's own unit; UCUM where there is one."""
    known = components.get(component)
    unit = component if known is None else known.unit.en
    ucum = {"mL": "mL"}.get(unit)
    coded: Resource = {"system": "http://unitsofmeasure.org", "code": ucum} if ucum else {}
    return {"value": value, "unit": unit} | coded


def _location(code: str, name: str) -> Resource:
    return {"identifier": {"system": f"{BASE}/place", "value": code}, "display": name}


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{BASE}/{system}", "code": code}], "text": code}
