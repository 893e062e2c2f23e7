"""Our records in the words of other standards: complete, referring to what is there, and without a caller."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dispatch.domain.aid import AID_NEXT, Aid, AidId, AidState
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import City, CityCode, Position
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Capability, UnitId
from dispatch.exchange.aids import edxl_rm
from dispatch.exchange.incidents import Document, eido, shared_id, ucri2
from dispatch.settings.exchange import load_exchange_words

WORDS = load_exchange_words()
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HERE = Position(lat=28.2, lon=112.95)
CITY = City(
    code=CityCode("changsha"),
    name=Name(zh="长沙", en="Changsha"),
    prefix="CS",
    centre=HERE,
    population_million=1,
)
INCIDENT = Incident(
    id=IncidentId("CS-1124-1002"),
    city=CITY.code,
    position=HERE,
    place="五一广场",
    priority=Priority.URGENT,
    patients=2,
    needs=frozenset({Capability.ADVANCED}),
    chief_complaint="胸痛",
    opened_at=AT,
    state=IncidentState.DISPATCHED,
    units=(UnitId("CS-001"), UnitId("ZZ-002")),
)
LINES = (
    Entry(number=1, at=AT, code="opened"),
    Entry(number=2, at=AT + timedelta(minutes=1), code="order.acked"),
)
SAID = ("受理：五一广场", "CS-001 车组确认")
AID = Aid(
    id=AidId("0193-a"), lender=CityCode("zhuzhou"), borrower=CITY.code, node="console-1", operator="li",
    incident=INCIDENT.id, priority=Priority.URGENT, position=HERE, place="五一广场", count=2,
    asked_at=AT, answer_by=AT + timedelta(minutes=2), changed_at=AT,
)  # fmt: skip


def made() -> Document:
    document: Document = json.loads(json.dumps(eido(INCIDENT, LINES, CITY, WORDS.eido, SAID)))
    return document


def everything(value: object) -> list[object]:
    inner = (
        list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    )
    return [value, *(one for item in inner for one in everything(item))]


def test_every_reference_of_an_eido_leads_to_a_component_of_it() -> None:
    parts = [one for one in everything(made()) if isinstance(one, dict)]
    there = {one["componentIdentifier"] for one in parts if "componentIdentifier" in one}
    wanted = {one["$ref"] for one in parts if "$ref" in one}
    assert len(there) == 7, "incident, place, agency, two units, two notes"
    assert {f"#{one}" for one in there} - {f"#incident:{INCIDENT.id}"} == wanted


def test_an_eido_says_what_the_record_says() -> None:
    incident = made()["incidentComponent"]
    assert isinstance(incident, list)
    (one,) = incident
    assert one["incidentTrackingIdentifier"] == "CS-1124-1002"
    assert (one["incidentStatusInternalText"], one["incidentPriorityInternalText"]) == (
        "Dispatched",
        "Urgent",
    )
    assert one["lastUpdateTimeStamp"] == "2026-11-24T02:01:00.000+00:00"
    assert one["isTest"] is False


def test_a_shared_number_is_a_uuid_that_every_city_makes_alike() -> None:
    assert UUID(shared_id("CS-1124-1002")).version == 5
    assert shared_id("CS-1124-1002") != shared_id("CS-1124-1003")


# what the published schema of UCRI2's message "incident" 1.0 demands, restated: names and types
UCRI2 = {
    "sharedIncidentId": str, "internalId": str, "sentByDispatcherAt": str, "startTimestamp": str,
    "issue": str, "flashingLights": bool, "missionLocation": dict, "additionalInformation": str,
    "classifications": list, "protocolRemarks": list,
}  # fmt: skip


@pytest.mark.parametrize("changes", [{}, {"chief_complaint": "", "needs": frozenset(), "units": ()}])
def test_an_incident_of_ucri2_has_the_fields_and_forms_of_its_schema(changes: dict[str, object]) -> None:
    incident = INCIDENT.model_copy(update=changes)
    document = ucri2(incident, LINES if not changes else (), CITY, SAID if not changes else (), AT)
    assert {"sharedIncidentId", "sentByDispatcherAt", "missionLocation"} <= document.keys() <= UCRI2.keys()
    assert all(isinstance(value, UCRI2[name]) for name, value in document.items())
    assert all(document.get(name) != [] for name in ("classifications", "protocolRemarks")), "minItems 1"
    location = document["missionLocation"]
    assert isinstance(location, dict)
    assert location["coordinate"] == {"lat": 28.2, "lon": 112.95}
    moments = re.findall(r'"(\d{4}-[^"]*)"', json.dumps(document))
    assert all(datetime.fromisoformat(moment).tzinfo for moment in moments)


def test_a_drill_is_never_taken_for_an_incident() -> None:
    drill = INCIDENT.model_copy(update={"drill": True})
    assert str(ucri2(drill, (), CITY, (), AT)["additionalInformation"]).startswith("DRILL")
    said = eido(drill, (), CITY, WORDS.eido, ())["incidentComponent"]
    assert isinstance(said, list)
    assert said[0]["isTest"] is True


@pytest.mark.parametrize("state", list(AidState))
def test_every_state_of_a_request_has_its_message_of_edxl_rm(state: AidState) -> None:
    named = state in (AidState.COMMITTED, AidState.DEPLOYED, AidState.RELEASED)
    aid = AID.model_copy(update={"state": state, "units": (UnitId("ZZ-002"),) if named else ()})
    document = edxl_rm(aid, WORDS.edxl_rm)
    assert document["OriginatingMessageID"] == AID.id
    lines = document["ResourceInformation"]
    assert isinstance(lines, list)
    answered = "ResponseInformation" in lines[0]
    assert answered is (WORDS.edxl_rm[state].response is not None)
    if document["MessageContentType"] == "RequestResource":
        assert document["MessageID"] == AID.id
        assert lines[0]["AssignmentInformation"]["Quantity"]["MeasuredQuantity"]["Amount"] == 2
    else:
        assert document["PrecedingMessageID"] == AID.id != document["MessageID"]


def test_no_answer_of_edxl_rm_is_given_before_a_person_has_given_one() -> None:
    assert WORDS.edxl_rm[AidState.RECEIVED].response is None
    accepted = {state for state, word in WORDS.edxl_rm.items() if word.response == "Accept"}
    assert accepted == {AidState.ACCEPTED, AidState.COMMITTED, AidState.DEPLOYED, AidState.RELEASED}
    assert {AidState.DECLINED, AidState.EXPIRED} <= set(AID_NEXT) - accepted


def test_a_word_that_is_missing_or_none_of_the_standard_is_refused_with_its_line(tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[3] / "config" / "exchange.toml").read_text("utf-8")
    file = tmp_path / "exchange.toml"
    file.write_text(shipped.replace('waiting = "Active"\n', ""), "utf-8")
    with pytest.raises(BadConfiguration, match="waiting"):
        load_exchange_words(tmp_path)
    file.write_text(shipped.replace('"CommitResource"', '"CommitResources"'), "utf-8")
    with pytest.raises(BadConfiguration) as wrong:
        load_exchange_words(tmp_path)
    assert "CommitResources" in str(wrong.value)
    assert wrong.value.line == shipped[: shipped.index('"CommitResource"')].count("\n") + 1
