"""Pictures and requests as files: the same answer as live, and clear words for bad input."""

import json
from datetime import timedelta

import jsonschema
import pytest

from dispatch import language
from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.blood import BloodNeed, BloodRanking, rank_blood
from dispatch.decide.documents import SCHEMAS, BadDocument, Kind, Ranking, recommend, to_json
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.reasons import names_of
from dispatch.decide.record import record
from dispatch.decide.render import ranking_lines
from dispatch.domain.blood import BankId, LotId
from dispatch.domain.geography import Bridge
from dispatch.domain.hospitals import HospitalId, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import UnitId, UnitState
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    DISPATCH_RULES,
    NOW,
    ZHUZHOU,
    add_unit,
    at,
    empty_picture,
    lot,
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


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


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
    assert (filed_blood.candidates, filed_blood.plans) == (live_blood.candidates, live_blood.plans)
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
COMPONENT = BLOOD_RULES.components.components[0].model_dump()


@pytest.mark.parametrize(
    ("picture", "request_changes", "message"),
    [
        ("not json", {}, "picture: not JSON at line 1"),
        (spoiled(now="2026-11-24T10:00:00"), {}, "picture: now: must be a time with its offset"),
        (spoiled(datum="gcj02"), {}, "picture: datum: must be one of: 'wgs84'"),
        (spoiled(units=[UNIT | {"wheels": 4}]), {}, r"picture: units\[0\].wheels: is not known here"),
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
        (spoiled(), {"priority": 4}, "request: priority: must be one of: 1, 2, 3"),
        (spoiled(), {"position": {"lat": 28.2, "lon": 112.97}}, "request: position.datum: is missing"),
        (spoiled(), {"patients": "two"}, "request: patients: must be a whole number"),
        (spoiled(units=[UNIT | {"id": "CS-1\n"}]), {}, r"units\[0\].id: an id is 1 to 64"),
        (spoiled(units=[UNIT | {"id": "\x1b[31mX\u202e"}]), {}, r"units\[0\].id: an id is 1 to 64"),
        (spoiled(units=[UNIT | {"\x1b[2J": 1}]), {}, r"units\[0\].␛\[2J: is not known here"),
        (spoiled(), {"city": "changsha\n"}, "request: city: an id is 1 to 64"),
        (spoiled(now="9999-12-31T23:59:59Z"), {}, "picture: now: a time must lie in the years 2000 to 2100"),
        (spoiled(now="0001-01-01T00:00:00Z"), {}, "picture: now: a time must lie in the years 2000 to 2100"),
        (
            spoiled(units=[UNIT | {"fix": {"lat": 28, "lon": 113, "fixed_at": "9999-12-31T23:59:59Z"}}]),
            {},
            r"units\[0\].fix.fixed_at: a time must lie",
        ),
        (
            spoiled(components=[COMPONENT | {"rule": "nope"}]),
            {},
            r"components\[0\].rule: 'nope' is not one of",
        ),
        (
            spoiled(components=[COMPONENT | {"preparation_min": 1e308}]),
            {},
            r"components\[0\].preparation_min: must be at most 1440",
        ),
        (spoiled(components=[COMPONENT, COMPONENT]), {}, r"components\[1\].code: 'red_cells' stands twice"),
    ],
)
def test_bad_input_is_refused_with_the_place_of_the_fault(
    picture: str, request_changes: dict[str, object], message: str
) -> None:
    with pytest.raises(BadDocument, match=message):
        ask("unit", picture, UNIT_REQUEST | request_changes)


@pytest.mark.parametrize(
    ("key", "again"),
    [("city", '"city": "zhuzhou"'), ("datum", '"datum": "gcj02"'), ("lat", r'"l\u0061t": 1.0')],
)
def test_a_key_that_stands_twice_is_refused_by_name(key: str, again: str) -> None:
    twice = json.dumps(UNIT_REQUEST).replace(f'"{key}"', f'{again}, "{key}"')
    with pytest.raises(BadDocument, match=f"request: the key '{key}' stands twice"):
        recommend("unit", spoiled(), twice, DISPATCH_RULES, BLOOD_RULES)


def test_what_the_live_picture_holds_can_always_be_written_down() -> None:
    picture = full_picture()
    held = picture.stock.banks[BankId("CS-B-0")]
    far_off = held.counted_at.replace(year=9999)
    held.lots[LotId("old")] = lot("old", "A+", 1).model_copy(update={"expires_at": far_off})
    add_unit(picture, "CS-7\n", CHANGSHA, 28.2, 112.97)
    assert "9999-" in document(picture)


def test_an_id_that_would_drive_the_terminal_is_shown_and_not_obeyed() -> None:
    picture = empty_picture()
    add_unit(picture, "\x1b[2JX\u202e", CHANGSHA, 28.2, 112.97)
    add_unit(picture, "\x1b[31mY", CHANGSHA, 28.2, 112.97, state=UnitState.PAUSED)
    add_unit(picture, "\x1b[31mZ", CHANGSHA, 28.201, 112.97, state=UnitState.PAUSED)
    request = UnitRequest(position=at(28.201, 112.97), city=CHANGSHA, priority=Priority(1))
    ranking = rank_units(picture, request, DISPATCH_RULES, NOW)
    assert ranking.why_not_nearer
    text = "".join(ranking_lines(ranking, "en", names_of(picture)))
    assert "␛[2JX" in text
    assert "␛[31mY" in text
    assert not {"\x1b", "\u202e"} & set(text)


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


def test_a_closed_bridge_is_closed_in_the_document_too() -> None:
    picture = random_picture(3, 5)
    bridge = Bridge(id="B1", city=CHANGSHA, name=Name(zh="桥", en="bridge"), position=at(28.2, 112.96))
    picture.bridges = (bridge,)
    assert picture.close_bridges(CHANGSHA, {"B1"})
    assert not picture.close_bridges(CHANGSHA, {"B1"})
    again = PictureDocument.model_validate_json(PictureDocument.from_picture(picture, NOW).model_dump_json())
    assert [one.closed for one in again.to_picture().bridges] == [True]
