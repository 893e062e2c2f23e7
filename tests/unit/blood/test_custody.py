"""The custody trail and FHIR documents, from the database of a centre that worked."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fhir.resources.biologicallyderivedproduct import BiologicallyDerivedProduct
from fhir.resources.biologicallyderivedproductdispense import BiologicallyDerivedProductDispense
from fhir.resources.bundle import Bundle
from fhir.resources.inventoryreport import InventoryReport
from typer.testing import CliRunner

from dispatch.blood.fhir import Dispensed, dispense_bundle, inventory_report
from dispatch.blood.trace import Event, trace
from dispatch.centre.blood_disk import read_blood_with
from dispatch.centre.blood_looking import read_blood_orders, read_shelves
from dispatch.centre.messages import ActOnBlood, HoldBlood, Input, Reply, StockCounted
from dispatch.centre.store import Store
from dispatch.cli.app import app
from dispatch.clock import from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId, LotState
from dispatch.domain.blood_orders import (
    FHIR_STATES,
    Bag,
    BloodAct,
    BloodLine,
    BloodOrderId,
    BloodState,
    ShelfLot,
)
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker
from dispatch.settings import Configuration, load

START_MS = 1_795_500_000_000
CITY, BANK = CityCode("changsha"), BankId("CS-B-CENTRE")
RED, PLASMA = ComponentCode("red_cells"), ComponentCode("fresh_frozen_plasma")
DIN, LOT = "G123426123456", LotId("L-1")
HERE, THERE = Asker(CITY, "console-1"), Asker(CityCode("zhuzhou"), "console-1")
LI, WANG = By(operator="li", role=Role.DISPATCHER), By(operator="wang", role=Role.BLOOD_STAFF)


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load()


class Work:
    """A store on disk, a minute for each thing that is said."""

    def __init__(self, path: Path, configuration: Configuration) -> None:
        self.path, self.now_ms, self._keys = path, START_MS, 0
        self.hospital = configuration.hospitals[0].id
        self.store = Store.open(
            path, city=CITY, node="centre", units=(), rules=configuration.centre_rules, now_ms=START_MS
        )

    def say(self, said: Input) -> None:
        self.now_ms += 60_000
        effects = self.store.take([said], self.now_ms)
        assert all(one.accepted for one in effects if isinstance(one, Reply))

    def hold(self, number: str, quantity: int) -> None:
        """Asked for by Zhuzhou at the bank of Changsha; granted or not."""
        line = BloodLine(component=RED, group=BloodGroup.O_POS, quantity=quantity)
        self.now_ms += 60_000
        asked = HoldBlood(
            f"hold-{number}", THERE, LI, BloodOrderId(number), BANK, HospitalId(self.hospital), (line,),
            START_MS + 3_600_000,
        )  # fmt: skip
        self.store.take([asked], self.now_ms)

    def act(self, act: BloodAct, by: By = WANG, **facts: object) -> None:
        self._keys += 1
        number = BloodOrderId("ZZ-B1-1")
        self.say(ActOnBlood(f"act-{self._keys}", HERE, by, number, act, **facts))  # type: ignore[arg-type]


@pytest.fixture
def work(tmp_path: Path, configuration: Configuration) -> Iterator[Work]:
    """4 U went from Changsha to Zhuzhou; a bag has its number."""
    made = Work(tmp_path / "centre.db", configuration)
    expires = START_MS + 9 * 86_400_000
    lots = (
        ShelfLot(LOT, RED, BloodGroup.O_POS, 6, expires, attributes=frozenset({"irradiated"})),
        ShelfLot(LotId("L-2"), PLASMA, BloodGroup.AB_POS, 400, expires),
        ShelfLot(LotId("L-3"), RED, BloodGroup.A_NEG, 2, expires, LotState.QUARANTINED),
    )
    made.say(StockCounted(BANK, 7, START_MS, lots))
    line = BloodLine(component=RED, group=BloodGroup.O_POS, quantity=4)
    hold = HoldBlood(
        "key-1", THERE, LI, BloodOrderId("ZZ-B1-1"), BANK, HospitalId(made.hospital), (line,),
        START_MS + 3_600_000,
    )  # fmt: skip
    made.say(hold)
    made.act(BloodAct.CONFIRM)
    made.act(BloodAct.PACK)
    made.act(BloodAct.PACKED, bags=(Bag(din=DIN, lot=LOT),))
    made.act(BloodAct.HAND, courier="周伟")
    made.act(BloodAct.DELIVER)
    made.act(BloodAct.RECEIVE, temperature_tenths=42)
    yield made
    made.store.close()


def czt(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--lang", "en", *words])
    return done.exit_code, done.output


def test_an_order_is_found_by_a_bag_of_it_in_the_file(work: Work) -> None:
    connection = work.store._connection
    assert [one.id for one in read_blood_with(connection, {DIN, "G0"})] == ["ZZ-B1-1"]
    assert read_blood_with(connection, {DIN[:-1], ""}) == []


# --- the trail ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [DIN, "L-1", "ZZ-B1-1"])
def test_a_bag_a_lot_and_an_order_lead_to_the_whole_chain(work: Work, wanted: str) -> None:
    code, said = czt("blood", "trace", wanted, "--audit", str(work.path), "--json")
    assert code == 0
    found = json.loads(said)
    assert [one["action"] for one in found["events"]] == [
        "blood.held", "blood.confirmed", "blood.packing", "blood.packed", "blood.carried",
        "blood.delivered", "blood.received",
    ]  # fmt: skip
    assert [one["actor"] for one in found["events"]][:2] == ["li", "wang"]
    assert found["broken_logs"] == []


def test_a_log_that_was_not_given_is_named_and_with_it_the_trail_is_whole(work: Work) -> None:
    _code, said = czt("blood", "trace", DIN, "--audit", str(work.path))
    assert "the log of Zhuzhou was not given" in said
    assert "L-1×4" in said
    assert "carried by 周伟" in said
    assert "arrived with 4.2 °C" in said


def test_what_is_in_no_log_and_a_file_that_is_none_are_said_in_a_sentence(work: Work, tmp_path: Path) -> None:
    for words in (("X-9", work.path), (DIN, tmp_path / "none.db")):
        done = CliRunner().invoke(app, ["blood", "trace", words[0], "--audit", str(words[1])])
        assert done.exit_code != 0
        assert done.exception is not None
        assert "none" in str(done.exception) or "X-9" in str(done.exception)


def event(at: int, action: str, **detail: object) -> Event:
    rest = {"place": "changsha/c", "lots": [{"lot": "L", "quantity": 1}], **detail}
    return Event(at, "changsha", at, f"blood.{action}", "wang", "blood_staff", "B-1", rest)  # type: ignore[arg-type]


def test_every_gap_of_a_trail_is_named() -> None:
    events = [
        event(1, "confirmed"), event(2, "packed"), event(3, "carried"), event(4, "delivered"),
        event(5, "received"), event(6, "discarded"),
    ]  # fmt: skip
    codes = [gap.code for gap in trace("L", events, {"changsha"}).gaps]
    assert codes == [
        "no_beginning", "missing_step", "no_bags", "no_carrier", "no_temperature", "no_person",
    ]  # fmt: skip
    assert [gap.code for gap in trace("L", [event(1, "held")], {"changsha"}).gaps] == ["no_end"]
    assert trace("M", events, {"changsha"}).events == ()


# --- FHIR -----------------------------------------------------------------------------------------


def test_stock_is_a_valid_inventory_report_with_units_places_and_states(
    work: Work, configuration: Configuration
) -> None:
    code, said = czt("blood", "fhir", "stock", str(work.path), "--bank", BANK)
    assert code == 0
    InventoryReport.model_validate_json(said)
    report = json.loads(said)
    assert report["countType"] == "snapshot"
    listings = {one["itemStatus"]["coding"][0]["code"]: one for one in report["inventoryListing"]}
    assert set(listings) == {"available", "quarantined"}
    amounts = {(i["quantity"]["unit"], i["quantity"]["value"]) for i in listings["available"]["item"]}
    assert amounts == {("U", 6), ("mL", 400)}
    assert listings["available"]["location"]["identifier"]["value"] == BANK
    for said_at in (listings["available"]["countingDateTime"], report["reportedDateTime"]):
        assert datetime.fromisoformat(said_at).utcoffset() is not None


def test_an_order_is_a_bundle_of_valid_dispenses_with_their_products(work: Work) -> None:
    code, said = czt("blood", "fhir", "dispense", str(work.path), "--order", "ZZ-B1-1")
    assert code == 0
    Bundle.model_validate_json(said)
    product, dispense = (entry["resource"] for entry in json.loads(said)["entry"])
    assert {one["value"] for one in product["identifier"]} == {"L-1", DIN}
    BiologicallyDerivedProduct.model_validate(product)
    BiologicallyDerivedProductDispense.model_validate(dispense)
    assert dispense["status"] == "issued"
    assert (dispense["quantity"]["value"], dispense["quantity"]["unit"]) == (4, "U")
    assert dispense["preparedDate"] < dispense["whenHandedOver"]
    assert dispense["patient"]["extension"][0]["valueCode"] == "masked", "nobody's name is in it"


def test_many_orders_are_one_valid_bundle_in_which_every_reference_is_found(work: Work) -> None:
    work.hold("ZZ-B1-2", 1)
    work.hold("ZZ-B1-3", 50)
    code, said = czt("blood", "fhir", "dispense", str(work.path))
    assert code == 0
    Bundle.model_validate_json(said)
    bundle = json.loads(said)
    assert datetime.fromisoformat(bundle["timestamp"]).utcoffset() is not None
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "BiologicallyDerivedProduct":
            BiologicallyDerivedProduct.model_validate(resource)
        else:
            BiologicallyDerivedProductDispense.model_validate(resource)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls) == 6
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", url) for url in urls)
    dispenses = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"].endswith("Dispense")]
    assert {one["product"]["reference"] for one in dispenses} <= set(urls)
    assert sorted(one["status"] for one in dispenses) == ["issued", "preparation", "unfulfilled"]


def test_a_database_without_orders_is_an_empty_bundle_and_the_stock_of_two_banks_one_of_reports(
    tmp_path: Path, work: Work, configuration: Configuration
) -> None:
    empty = Work(tmp_path / "none.db", configuration)
    _code, said = czt("blood", "fhir", "dispense", str(empty.path))
    assert "entry" not in Bundle.model_validate_json(said).model_dump(exclude_none=True)
    other = next(one.id for one in configuration.banks if one.city == CITY and one.id != BANK)
    work.say(StockCounted(other, 1, START_MS, ()))
    _code, said = czt("blood", "fhir", "stock", str(work.path))
    Bundle.model_validate_json(said)
    entries = json.loads(said)["entry"]
    assert len({entry["fullUrl"] for entry in entries}) == 2
    for entry in entries:
        InventoryReport.model_validate(entry["resource"])


def test_every_state_is_one_of_the_published_value_set(work: Work, configuration: Configuration) -> None:
    published = BiologicallyDerivedProductDispense.model_fields["status"].json_schema_extra
    assert isinstance(published, dict)
    allowed = published["enum_values"]
    assert set(FHIR_STATES) == set(BloodState)
    assert isinstance(allowed, list)
    assert set(FHIR_STATES.values()) <= set(allowed)
    (order,) = read_blood_orders(work.path, 9)
    bank = next(one for one in configuration.banks if one.id == BANK)
    for state in BloodState:
        step = order.steps[-1].model_copy(update={"state": state})
        stands = order.model_copy(update={"steps": (*order.steps[:1], step)})
        bundle = dispense_bundle([Dispensed(stands, bank, "湘雅医院")], {}, from_epoch_ms(START_MS))
        entries = bundle["entry"]
        assert isinstance(entries, list)
        BiologicallyDerivedProductDispense.model_validate(entries[1]["resource"])


def test_an_order_that_got_nothing_and_an_empty_bank_are_valid_too(
    work: Work, configuration: Configuration
) -> None:
    (order,) = read_blood_orders(work.path, 9)
    bank = next(one for one in configuration.banks if one.id == BANK)
    nothing = order.model_copy(update={"taken": ()})
    Bundle.model_validate(
        dispense_bundle([Dispensed(nothing, bank, "湘雅医院")], {}, from_epoch_ms(START_MS))
    )
    shelf = read_shelves(work.path)[BANK]
    empty = inventory_report(bank, type(shelf)(BANK, 8, START_MS, {}), {}, from_epoch_ms(START_MS))
    InventoryReport.model_validate(empty)


def test_after_a_restart_everything_is_as_it_was(work: Work, configuration: Configuration) -> None:
    before = work.store.state.blood, work.store.state.shelves
    work.store.close()
    again = Work(work.path, configuration)
    assert (again.store.state.blood, again.store.state.shelves) == before
    work.store = again.store
