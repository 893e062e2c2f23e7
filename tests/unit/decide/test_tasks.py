"""A free unit's next incident, and units shared out among many hurt, with reasons for everything."""

import json
import random
from datetime import timedelta

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import language
from dispatch.decide.ambulances import rank_units
from dispatch.decide.documents import BadDocument
from dispatch.decide.mass import lately, places_of, plan_mass
from dispatch.decide.mass_models import MassPlace, MassPlan, MassRequest
from dispatch.decide.next_task import NextRanking, NextRequest, missing_units, next_for_unit, request_for
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.reasons import names_of
from dispatch.decide.render_tasks import mass_lines, next_lines
from dispatch.decide.task_documents import SCHEMAS, TaskKind, advice_json, advise
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CENTRES,
    CHANGSHA,
    DISPATCH_RULES,
    NOW,
    PREFIXES,
    XIANGTAN,
    ZHUZHOU,
    add_unit,
    at,
    empty_picture,
    hospital,
    random_picture,
)

RULES, UNITS = DISPATCH_RULES, DISPATCH_RULES.units


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


def add_incident(
    picture: Picture,
    name: str,
    city: CityCode,
    lat: float,
    lon: float,
    *,
    priority: int = 2,
    waits_min: float = 5,
    patients: int = 1,
    state: IncidentState = IncidentState.WAITING,
    units: tuple[str, ...] = (),
    telephoned: tuple[str, ...] = (),
) -> IncidentId:
    incident = Incident(
        id=IncidentId(name),
        city=city,
        position=at(lat, lon),
        place=name,
        priority=Priority(priority),
        patients=patients,
        opened_at=NOW - timedelta(minutes=waits_min),
        waiting_since=NOW - timedelta(minutes=waits_min),
        state=state,
        units=tuple(UnitId(unit) for unit in units),
        telephoned=tuple(UnitId(unit) for unit in telephoned),
    )
    picture.incidents[incident.id] = incident
    return incident.id


def for_unit(picture: Picture, unit: str) -> NextRanking:
    return next_for_unit(picture, NextRequest(unit=UnitId(unit)), RULES, NOW)


def order(ranking: NextRanking) -> list[str]:
    return [task.incident for task in ranking.candidates]


def codes(ranking: NextRanking, incident: str) -> list[str]:
    return [r.code for left in ranking.excluded if left.incident == incident for r in left.reasons]


def busy_world(seed: int, units: int = 24, incidents: int = 6) -> Picture:
    """Few free units and several incidents of all cities, states and priorities."""
    picture, rng = random_picture(seed, units), random.Random(seed)
    for number in range(incidents):
        city = rng.choice(list(CENTRES))
        lat, lon = CENTRES[city]
        add_incident(
            picture,
            f"{PREFIXES[city]}-1124-{number:04d}",
            city,
            lat + rng.uniform(-0.2, 0.2),
            lon + rng.uniform(-0.2, 0.2),
            priority=rng.randint(1, 3),
            waits_min=rng.uniform(0, 40),
            patients=rng.choice([1, 1, 2, 5]),
            state=rng.choice([IncidentState.WAITING] * 4 + [IncidentState.HELD, IncidentState.CLOSED]),
        )
    return picture


# --- a free unit


def test_priority_comes_before_the_own_city_and_the_own_city_before_the_longer_wait() -> None:
    picture = empty_picture()
    for number in range(4):
        add_unit(picture, f"ZZ-00{number}", ZHUZHOU, 27.9, 113.1)
    add_incident(picture, "ZZ-OLD", ZHUZHOU, 27.92, 113.1, waits_min=30)
    add_incident(picture, "ZZ-NEW", ZHUZHOU, 27.91, 113.1, waits_min=2)
    add_incident(picture, "CS-OLD", CHANGSHA, 27.95, 113.1, waits_min=50)
    add_incident(picture, "CS-ONE", CHANGSHA, 27.95, 113.1, priority=1, waits_min=1)
    ranking = for_unit(picture, "ZZ-000")
    assert order(ranking) == ["CS-ONE", "ZZ-OLD", "ZZ-NEW", "CS-OLD"]
    assert ranking.candidates[0].lender is not None
    assert ranking.candidates[0].lender.free_left == 3


def test_the_queue_pull_across_a_city_line_is_bound_like_a_loan() -> None:
    picture = empty_picture()
    add_unit(picture, "ZZ-001", ZHUZHOU, 27.83, 113.15)
    add_unit(picture, "ZZ-002", ZHUZHOU, 27.83, 113.15, state=UnitState.ON_SCENE)
    add_incident(picture, "CS-FAR", CHANGSHA, 28.6, 112.97, priority=1)
    add_incident(picture, "CS-NEAR", CHANGSHA, 27.9, 113.1, priority=1)
    ranking = for_unit(picture, "ZZ-001")
    assert order(ranking) == []
    assert codes(ranking, "CS-FAR") == ["over_cap", "reserve"]  # 10 % of two units is one
    assert codes(ranking, "CS-NEAR") == ["reserve"]
    assert [reason.code for reason in ranking.advice] == ["none_suits"]


def test_a_pull_that_gains_little_over_a_free_own_unit_is_left_out() -> None:
    picture = empty_picture()
    for number in range(5):
        add_unit(picture, f"ZZ-00{number}", ZHUZHOU, 27.9, 113.1)
    add_unit(picture, "CS-001", CHANGSHA, 27.91, 113.1)
    add_incident(picture, "CS-0001", CHANGSHA, 27.92, 113.1, priority=3)
    assert codes(for_unit(picture, "ZZ-000"), "CS-0001") == ["no_gain"]
    assert order(for_unit(picture, "CS-001")) == ["CS-0001"]


def test_held_served_and_telephoned_incidents_are_left_out_with_their_reason() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.2, 112.97)
    add_unit(picture, "CS-002", CHANGSHA, 28.2, 112.97, state=UnitState.EN_ROUTE, incident="CS-B")
    add_incident(picture, "CS-A", CHANGSHA, 28.2, 113.0, state=IncidentState.HELD)
    add_incident(picture, "CS-B", CHANGSHA, 28.2, 113.0, state=IncidentState.DISPATCHED, units=("CS-002",))
    add_incident(picture, "CS-C", CHANGSHA, 28.2, 113.0, telephoned=("ZZ-001",))
    ranking = for_unit(picture, "CS-001")
    assert [(left.incident, left.reasons[0].code) for left in ranking.excluded] == [
        ("CS-A", "held"),
        ("CS-B", "enough_sent"),
        ("CS-C", "telephoned_sent"),
    ]
    assert [reason.code for reason in ranking.advice] == ["none_waits"]


def test_an_incident_with_more_patients_than_units_still_wants_one() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.2, 112.97)
    add_incident(
        picture, "CS-B", CHANGSHA, 28.2, 113.0, state=IncidentState.ON_SCENE, units=("CS-9",), patients=4
    )
    assert order(for_unit(picture, "CS-001")) == ["CS-B"]
    assert missing_units(picture.incidents[IncidentId("CS-B")], UNITS) == 3


def test_a_unit_that_is_not_free_takes_nothing_and_one_that_is_not_known_is_named() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.2, 112.97, state=UnitState.PAUSED, reason="refuelling")
    add_incident(picture, "CS-A", CHANGSHA, 28.2, 113.0)
    assert codes(for_unit(picture, "CS-001"), "CS-A") == ["paused"]
    with pytest.raises(UnknownName):
        for_unit(picture, "CS-404")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_every_open_incident_is_ranked_or_has_a_reason_and_no_pull_violates_a_bound(seed: int) -> None:
    picture = busy_world(seed)
    for unit in list(picture.fleet.units)[:6]:
        ranking = for_unit(picture, unit.id)
        assert ranking == for_unit(picture, unit.id)
        left = {one.incident for one in ranking.excluded}
        assert left | set(order(ranking)) == {one.id for one in picture.open_incidents()}
        assert not left & set(order(ranking))
        assert all(one.reasons for one in ranking.excluded)
        keys = [(t.priority, t.city != unit.city, -t.waits_s) for t in ranking.candidates]
        assert keys == sorted(keys)
        for task in ranking.candidates:
            incident = picture.incidents[task.incident]
            units = rank_units(picture, request_for(incident), RULES, NOW).candidates
            here = next(one for one in units if one.unit == unit.id)  # offered for it by the rule itself
            assert (here.eta, here.rank) == (task.eta, task.unit_rank)
            if task.cross_city:
                assert task.lender is not None
                assert task.eta.minutes <= UNITS.lending_cap_min[task.priority - 1]
                share = UNITS.lending_reserve[task.priority - 1]
                assert task.lender.free_left >= share * task.lender.fleet - 1e-9


# --- many hurt at once


def place(name: str, city: CityCode, lat: float, lon: float, *patients: int, sent: int = 0) -> MassPlace:
    red, yellow, green = patients
    return MassPlace(id=name, position=at(lat, lon), city=city, patients=(red, yellow, green), sent=sent)


def plan(picture: Picture, *places: MassPlace) -> MassPlan:
    return plan_mass(picture, MassRequest(places=places), RULES, NOW)


def random_places(seed: int) -> tuple[MassPlace, ...]:
    rng, found = random.Random(seed), []
    for number in range(rng.randint(1, 4)):
        city = rng.choice(list(CENTRES))
        lat, lon = CENTRES[city]
        where = lat + rng.uniform(-0.3, 0.3), lon + rng.uniform(-0.3, 0.3)
        found.append(place(f"P{number}", city, *where, *(rng.choice([0, 1, 2, 5]) for _triage in range(3))))
    return tuple(found)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 40))
def test_every_patient_and_every_unit_is_used_or_has_a_reason_within_the_bounds(
    seed: int, units: int
) -> None:
    picture, places = random_picture(seed, units), random_places(seed)
    found = plan(picture, *places)
    assert found == plan(picture, *places)
    told = sum(task.patients for task in found.tasks) + sum(one.patients for one in found.uncovered)
    assert told == sum(sum(one.patients) for one in places)
    used, unused = [task.unit for task in found.tasks], [one.unit for one in found.unused]
    assert sorted([*used, *unused]) == sorted(unit.id for unit in picture.fleet.units)
    assert all(one.reasons for one in found.unused)
    assert all(one.reasons for one in found.uncovered)
    lenders = {one.city: one for one in found.lenders}
    for task in found.tasks:
        urgency = task.priority - 1
        if task.cross_city:
            lender = lenders[task.city]
            assert task.eta.minutes <= UNITS.lending_cap_min[urgency]
            left = lender.free - lender.lent - lender.own_first
            assert left >= lender.reserve >= UNITS.lending_reserve[urgency] * lender.fleet - 1e-9
    for spoken in ("en", "zh_CN"):
        assert all("{" not in line for line in mass_lines(found, spoken, names_of(picture)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_other_names_for_units_and_places_change_nothing_else(seed: int) -> None:
    picture, places = random_picture(seed, 20, messy=False), random_places(seed)
    other = random_picture(seed, 0, messy=False)
    renamed = {u.id: f"{u.id[:2]}-{99999 - int(u.id[3:]):05d}" for u in picture.fleet.units}
    for view in picture.fleet:
        assert view.fix is not None
        where = view.fix.position
        add_unit(other, renamed[view.unit.id], view.unit.city, where.lat, where.lon, age_s=1,
                 capabilities=tuple(view.unit.capabilities), speed_kmh=view.fix.speed_kmh)  # fmt: skip
    called = tuple(one.model_copy(update={"id": f"X{one.id}"}) for one in places)
    here, there = plan(picture, *places), plan(other, *called)
    mine = {(renamed[t.unit], f"X{t.place}", t.priority, t.patients) for t in here.tasks}
    assert mine == {(t.unit, t.place, t.priority, t.patients) for t in there.tasks}


def test_the_plan_covers_no_fewer_of_the_gravest_than_one_by_one() -> None:
    for seed in range(30):
        found = plan(random_picture(seed, 30), *random_places(seed))
        for way in (found.in_triage_order, found.in_order_given):
            assert [-one.covered for one in found.optimal] <= [-one.covered for one in way]


def test_one_by_one_wastes_minutes_that_the_assignment_saves() -> None:
    picture = empty_picture()
    add_unit(picture, "CS-001", CHANGSHA, 28.20, 112.97)
    add_unit(picture, "CS-002", CHANGSHA, 28.20, 112.80)
    near, far = place("A", CHANGSHA, 28.20, 112.96, 1, 0, 0), place("B", CHANGSHA, 28.20, 113.02, 1, 0, 0)
    found = plan(picture, near, far)
    # A's nearest is CS-001, which B needs more: together they wait less
    assert {(task.place, task.unit) for task in found.tasks} == {("A", "CS-002"), ("B", "CS-001")}
    ours, theirs = found.optimal[0].mean_min, found.in_triage_order[0].mean_min
    assert ours is not None
    assert theirs is not None
    assert ours < theirs


def test_units_sent_before_are_counted_for_the_gravest_patients() -> None:
    picture = empty_picture()
    for number in range(4):
        add_unit(picture, f"CS-00{number}", CHANGSHA, 28.2, 112.97)
    found = plan(picture, place("A", CHANGSHA, 28.2, 113.0, 2, 1, 0, sent=2))
    assert [(task.priority, task.patients) for task in found.tasks] == [(2, 1)]


def test_patients_are_spread_over_hospitals_and_never_taken_to_one_that_diverts() -> None:
    hospitals = [
        hospital("CS-H-1", CHANGSHA, 28.2, 112.98),
        hospital("CS-H-2", CHANGSHA, 28.2, 113.00),
        hospital("CS-H-3", CHANGSHA, 28.2, 112.975),
        hospital("CS-H-4", CHANGSHA, 28.2, 112.974, emergency=False),
    ]
    picture = empty_picture(hospitals)
    for one in hospitals:
        diverting = one.id == "CS-H-3"
        picture.hospital_status[one.id] = HospitalStatus(diverting=diverting, waiting=0, said_at=NOW)
    found = plan(picture, place("A", CHANGSHA, 28.2, 112.97, 5, 0, 0))
    dealt = {one.hospital: one.patients[0] for one in found.receiving}
    assert dealt == {"CS-H-1": 3, "CS-H-2": 2}  # three is the most of priority 1 for one hospital
    full = plan(picture, place("A", CHANGSHA, 28.2, 112.97, 9, 0, 0))
    assert sum(one.patients[0] for one in full.receiving) == 9  # beyond the share nobody is left out
    assert any(reason.code == "hospital_full" for one in full.receiving for reason in one.reasons)


def test_nobody_nothing_and_very_many_are_answered() -> None:
    picture = empty_picture()
    assert plan(picture).tasks == ()
    alone = plan(picture, place("A", CHANGSHA, 28.2, 113.0, 0, 0, 3))
    assert [(one.patients, one.reasons[0].code) for one in alone.uncovered] == [(3, "mass_none_free")]
    add_unit(picture, "CS-001", CHANGSHA, 28.2, 112.97)
    flood = plan(picture, place("A", CHANGSHA, 28.2, 113.0, 3000, 0, 0))
    assert (len(flood.tasks), flood.uncovered[0].patients) == (1, 2999)


def test_incidents_of_the_last_ten_minutes_make_one_event() -> None:
    picture = empty_picture()
    add_incident(picture, "CS-2", CHANGSHA, 28.2, 113.0, waits_min=3, priority=1, patients=2)
    add_incident(picture, "CS-1", CHANGSHA, 28.2, 113.0, waits_min=9)
    add_incident(picture, "CS-0", CHANGSHA, 28.2, 113.0, waits_min=11)
    add_incident(picture, "ZZ-1", ZHUZHOU, 27.8, 113.0, waits_min=1)
    assert [one.id for one in lately(picture, CHANGSHA, RULES, NOW)] == ["CS-1", "CS-2"]
    assert [one.id for one in lately(picture, None, RULES, NOW)] == ["CS-1", "CS-2", "ZZ-1"]
    assert [one.patients for one in places_of(picture, [IncidentId("CS-2"), IncidentId("CS-1")])] == [
        (2, 0, 0),
        (0, 1, 0),
    ]
    with pytest.raises(UnknownName):
        places_of(picture, [IncidentId("CS-404")])


# --- from files


def ask(kind: TaskKind, picture: Picture, request: object) -> str:
    text = PictureDocument.from_picture(picture, NOW).model_dump_json()
    advice, _seen = advise(kind, text, json.dumps(request), DISPATCH_RULES, BLOOD_RULES)
    return advice_json(advice)


def test_files_give_the_same_answers_as_the_live_picture_and_fit_their_schemas() -> None:
    picture = busy_world(5)
    unit = picture.fleet.units[0].id
    said = json.loads(ask("next", picture, {"unit": unit}))
    jsonschema.validate(said, SCHEMAS["next-ranking"].model_json_schema(mode="serialization"))
    assert [task["incident"] for task in said["candidates"]] == order(for_unit(picture, unit))
    waiting = [one.id for one in picture.open_incidents() if missing_units(one, UNITS)]
    document = {
        "incidents": waiting,
        "places": [
            {
                "id": "bridge",
                "position": {"lat": 28.2, "lon": 112.96, "datum": "wgs84"},
                "city": "changsha",
                "red": 2,
                "green": 3,
                "needs": [Capability.TRAUMA],
            }
        ],
    }
    plan_said = json.loads(ask("mass", picture, document))
    jsonschema.validate(plan_said, SCHEMAS["mass-plan"].model_json_schema(mode="serialization"))
    assert plan_said["tasks"] or plan_said["uncovered"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "name places, incidents or both"),
        ({"incidents": ["CS-1", "CS-1"]}, "stands twice"),
        ({"places": [{"id": "x", "city": "changsha", "red": -1}]}, "places[0]"),
    ],
)
def test_a_bad_request_says_what_is_wrong(request_: object, words: str) -> None:
    with pytest.raises(BadDocument, match=words.replace("[", r"\[")):
        ask("mass", empty_picture(), request_)


def test_a_place_of_a_city_nobody_knows_is_named() -> None:
    where = place("A", CityCode("atlantis"), 28.2, 113.0, 1, 1, 1)
    with pytest.raises(UnknownName):
        plan(empty_picture(), where)


def test_both_answers_are_said_in_both_languages() -> None:
    picture = busy_world(7)
    add_unit(picture, "XT-999", XIANGTAN, 27.83, 112.93)
    for spoken in ("en", "zh_CN"):
        lines = next_lines(for_unit(picture, "XT-999"), spoken, names_of(picture))
        assert any("XT-999" in line for line in lines)
        assert all("{" not in line for line in lines)
