"""Pictures and requests as files: the same answer as live, and clear words for bad input."""

import json
from datetime import timedelta

import jsonschema
import pytest

from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.blood import BloodNeed, BloodRanking, rank_blood
from dispatch.decide.documents import SCHEMAS, BadDocument, Kind, Ranking, recommend, to_json
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.reasons import names_of
from dispatch.decide.record import record
from dispatch.decide.render import ranking_lines
from dispatch.domain.hospitals import HospitalId, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.units import UnitId
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    DISPATCH_RULES,
    NOW,
    ZHUZHOU,
    add_unit,
    at,
    random_blood,
    random_picture,
)

UNIT_REQUEST = {"position": {"lat": 28.2, "lon": 112.97, "datum": "wgs84"}, "city": "changsha", "priority": 2}
BLOOD_REQUEST = {
    "component": "red_cells",
    "group": "A+",
    "quantity": 6,
    "hospital": "CS-H-1",
    "need_by": "2026-11-24T11:00:00+08:00",
}


def ask(kind: Kind, picture: str, request: dict[str, object]) -> Ranking:
    return recommend(kind, picture, json.dumps(request), DISPATCH_RULES, BLOOD_RULES)


def document(picture: Picture) -> str:
    return PictureDocument.from_picture(picture, NOW).model_dump_json()


def full_picture(seed: int = 4) -> Picture:
    """Units, stock, hospitals, an incident: everything a document carries."""
    picture = random_blood(seed)
    units = random_picture(seed, 40)
    for view in units.fleet:
        picture.fleet.register(view.unit)
    fleet = picture.fleet
    for name in fleet._COLUMNS:
        getattr(fleet, name)[: len(units.fleet)] = getattr(units.fleet, name)[: len(units.fleet)]
    fleet.statuses[:] = units.fleet.statuses
    picture.sites.update(units.sites)
    picture.hospital_status[HospitalId("CS-H-1")] = HospitalStatus(
        waiting=2, said_at=NOW - timedelta(minutes=3)
    )
    incident = Incident(
        id=IncidentId("CS-1124-0001"),
        city=CHANGSHA,
        position=at(28.2, 113),
        place="五一广场",
        priority=Priority.URGENT,
        opened_at=NOW,
        units=(UnitId(fleet.units[0].id),),
    )
    picture.incidents[incident.id] = incident
    return picture


@pytest.mark.parametrize("seed", range(5))
def test_a_live_picture_and_its_document_give_the_same_rankings(seed: int) -> None:
    picture = full_picture(seed)
    text = document(picture)
    for priority in (1, 2, 3):
        live = rank_units(
            picture,
            UnitRequest(position=at(28.2, 112.97), city=CHANGSHA, priority=Priority(priority)),
            DISPATCH_RULES,
            NOW,
        )
        filed = ask("unit", text, UNIT_REQUEST | {"priority": priority})
        assert isinstance(filed, UnitRanking)
        assert (filed.candidates, filed.excluded) == (live.candidates, live.excluded)
    live_blood = rank_blood(picture, BloodNeed.model_validate(BLOOD_REQUEST), BLOOD_RULES, NOW)
    filed_blood = ask("blood", text, BLOOD_REQUEST)
    assert isinstance(filed_blood, BloodRanking)
    assert (filed_blood.candidates, filed_blood.split) == (live_blood.candidates, live_blood.split)
    assert ask("hospital", text, UNIT_REQUEST) is not None


def test_a_document_of_a_document_is_the_same() -> None:
    first = document(full_picture())
    again = PictureDocument.model_validate_json(first).to_picture()
    assert document(again) == first


@pytest.mark.parametrize("kind", ["unit", "hospital", "blood"])
def test_answers_and_requests_fit_their_schemas(kind: Kind) -> None:
    text = document(full_picture())
    request = BLOOD_REQUEST if kind == "blood" else UNIT_REQUEST
    answer = ask(kind, text, request)
    jsonschema.validate(json.loads(text), SCHEMAS["picture"].model_json_schema())
    jsonschema.validate(request, SCHEMAS[f"{kind}-request"].model_json_schema())
    said = json.loads(to_json(answer))
    jsonschema.validate(said, SCHEMAS[f"{kind}-ranking"].model_json_schema(mode="serialization"))
    assert len(said["candidates"]) + len(said["excluded"]) > 0


def test_states_may_be_written_as_words_or_digits_and_places_in_gcj02() -> None:
    plain = json.loads(document(random_picture(1, 3, messy=False)))
    for unit, state in zip(plain["units"], (7, "AVAILABLE_ON_ROAD", "PAUSED"), strict=True):
        unit["status"]["state"] = state
    position = {"lat": 28.2, "lon": 112.97, "datum": "gcj02"}
    answer = ask("unit", json.dumps(plain), UNIT_REQUEST | {"position": position})
    assert isinstance(answer, UnitRanking)
    assert len(answer.candidates) + len(answer.excluded) == 3
    assert answer.request.position != at(28.2, 112.97)


def spoiled(**changes: object) -> str:
    return json.dumps(json.loads(document(random_picture(1, 3, messy=False))) | changes)


UNIT = {"id": "CS-1", "city": "changsha"}


@pytest.mark.parametrize(
    ("picture", "request_changes", "message"),
    [
        ("not json", {}, "picture: Invalid JSON"),
        (spoiled(now="2026-11-24T10:00:00"), {}, "picture: now: Input should have timezone info"),
        (spoiled(datum="gcj02"), {}, "picture: datum: Input should be 'wgs84'"),
        (spoiled(units=[UNIT | {"wheels": 4}]), {}, r"picture: units\[0\].wheels: Extra inputs"),
        (spoiled(units=[UNIT, UNIT]), {}, r"picture: units\[1\].id: 'CS-1' stands twice"),
        (
            spoiled(units=[UNIT | {"city": "yueyang"}]),
            {},
            r"units\[0\].city: 'yueyang' is not one of changsha",
        ),
        (
            spoiled(units=[UNIT | {"status": {"state": "ASLEEP", "since": "2026-11-24T10:00:00Z"}}]),
            {},
            r"units\[0\].status.state: state must be a digit 0 to 9 or one of ASSIGNED",
        ),
        (spoiled(), {"priority": 4}, "request: priority: Input should be 1, 2 or 3"),
        (spoiled(), {"position": {"lat": 28.2, "lon": 112.97}}, "request: position.datum: Field required"),
        (spoiled(), {"patients": "two"}, "request: patients: Input should be a valid integer"),
    ],
)
def test_bad_input_is_refused_with_the_place_of_the_fault(
    picture: str, request_changes: dict[str, object], message: str
) -> None:
    with pytest.raises(BadDocument, match=message):
        ask("unit", picture, UNIT_REQUEST | request_changes)


def test_a_blood_need_that_makes_no_sense_is_a_bad_request_too() -> None:
    with pytest.raises(BadDocument, match="request: say where to"):
        ask("blood", document(full_picture()), BLOOD_REQUEST | {"hospital": None})


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("kind", ["unit", "hospital", "blood"])
def test_a_ranking_reads_as_plain_lines_in_both_languages(kind: Kind, language: str) -> None:
    picture = full_picture()
    add_unit(picture, "ZZ-099", ZHUZHOU, 28.2, 112.97)
    request = BLOOD_REQUEST if kind == "blood" else UNIT_REQUEST
    answer = ask(kind, document(picture), request)
    lines = ranking_lines(answer, language, names_of(picture), most=3)
    text = "\n".join(lines)
    assert "2026-11-24 10:00:00" in lines[0]
    assert "{" not in text
    expected = {"zh_CN": ("未列入", "属外市"), "en": ("Left out", "another city")}[language]
    assert expected[kind == "hospital"] in text


@pytest.mark.parametrize("kind", ["unit", "hospital", "blood"])
def test_the_audit_record_holds_whole_numbers_and_codes_only(kind: Kind) -> None:
    request = BLOOD_REQUEST if kind == "blood" else UNIT_REQUEST
    answer = ask(kind, document(full_picture()), request)
    kept = record(answer)
    assert json.loads(json.dumps(kept), parse_float=pytest.fail) == kept
    assert kept["candidates"] + kept["excluded"] > 0  # type: ignore[operator]
