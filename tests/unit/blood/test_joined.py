"""Blood for an incident: need by hour, near cover, what is moved, what is missing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.blood.casualties import casualties_of
from dispatch.blood.joined import cover_incident
from dispatch.blood.joined_models import Casualties, JoinedAnswer, JoinedRules
from dispatch.blood.joined_words import joined_lines
from dispatch.cli.app import app
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.reasons import names_of
from dispatch.domain.blood import BloodGroup, Lot
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.units import Capability, UnitState
from dispatch.picture.live import Picture
from dispatch.text import cell_width
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    NOW,
    ZHUZHOU,
    add_unit,
    bank,
    empty_picture,
    hospital,
    lot,
    put_stock,
    shipped,
)

RULES = JoinedRules.model_validate(shipped("blood/joined.toml"))
PLAIN, TRAUMA = HospitalId("CS-H-1"), HospitalId("CS-H-2")
FULL = {"O+": 400, "A+": 400, "B+": 400, "AB+": 400, "O-": 400, "A-": 400}


def world(
    near: dict[str, int], far: dict[str, int], component: str = "red_cells", hours: float = 240
) -> Picture:
    picture = empty_picture(
        [
            hospital(PLAIN, CHANGSHA, 28.20, 112.97),
            hospital(TRAUMA, CHANGSHA, 28.21, 112.98, Capability.TRAUMA),
        ],
        [bank("CS-B-1", CHANGSHA, 28.2, 112.96), bank("ZZ-B-1", ZHUZHOU, 27.83, 113.15)],
    )
    put_stock(picture, "CS-B-1", *lots("c", near, component, hours))
    put_stock(picture, "ZZ-B-1", *lots("z", far, component, hours))
    return picture


def lots(prefix: str, held: dict[str, int], component: str, hours: float) -> list[Lot]:
    signs = {"+": "p", "-": "n"}
    return [
        lot(f"{prefix}-{group[:-1]}{signs[group[-1]]}", group, units, component=component, hours=hours)
        for group, units in held.items()
    ]


def ask(picture: Picture, *casualties: Casualties) -> JoinedAnswer:
    return cover_incident(picture, casualties, RULES, BLOOD_RULES, NOW)


def red(count: int, at: HospitalId = PLAIN) -> Casualties:
    return Casualties(hospital=at, red=count)


def test_ten_red_patients_need_sixty_units_by_the_planning_rule_and_at_a_trauma_centre_twice_that() -> None:
    for where, units in ((PLAIN, 60), (TRAUMA, 120)):
        (cover,) = (c for c in ask(world(FULL, {}), red(10, where)).cover if c.component == "red_cells")
        needed = [hour.needed for hour in cover.hours]
        assert needed[-1] == units
        assert needed == sorted(needed)
        assert needed[0] == units * 0.30
        assert all(hour.gap == 0 for hour in cover.hours)
        assert cover.missing == 0


def test_yellow_patients_need_their_share_and_green_ones_nothing() -> None:
    rules = RULES.model_copy(update={"yellow": 0.3})
    casualties = Casualties(hospital=PLAIN, yellow=10, green=50)
    found = cover_incident(world(FULL, {}), (casualties,), rules, BLOOD_RULES, NOW).cover
    (cover,) = (c for c in found if c.component == "red_cells")
    assert cover.hours[-1].needed == 18
    assert not ask(world(FULL, {}), Casualties(hospital=PLAIN, green=50)).cover


def test_near_banks_cover_first_and_farther_ones_are_moved_for_the_rest() -> None:
    answer = ask(world({"O+": 20, "A+": 5, "B+": 5}, FULL), red(10))
    near = [one for one in answer.sendings if one.near]
    moved = [one for one in answer.sendings if not one.near]
    assert {one.bank for one in near} == {"CS-B-1"}
    assert {one.bank for one in moved} == {"ZZ-B-1"}
    assert sum(one.quantity for one in answer.sendings if one.component == "red_cells") == 60
    (cover,) = (c for c in answer.cover if c.component == "red_cells")
    last = cover.hours[-1]
    assert (last.near + last.moved, last.gap) == (60, 0)
    assert last.moved == sum(one.quantity for one in moved)


def test_the_groups_of_patients_add_up_to_the_hours_and_each_says_what_it_lacks() -> None:
    answer = ask(world({"O+": 20, "A+": 5}, {"O+": 40}), red(10), red(4, TRAUMA))
    for cover in answer.cover:
        assert cover.groups[0].patient_group is None, "the first hour's patients"
        for number, hour in enumerate(cover.hours):
            for name in ("needed", "near", "moved", "gap"):
                parts = sum(getattr(one.hours[number], name) for one in cover.groups)
                assert parts == getattr(hour, name)
        assert sum(one.hours[-1].gap for one in cover.groups) == cover.missing
    red_cells = next(c for c in answer.cover if c.component == "red_cells" and c.hospital == PLAIN)
    needed = {one.patient_group: one.hours[-1].needed for one in red_cells.groups}
    assert needed == {None: 18, "O": 14, "A": 13, "B": 11, "AB": 4}


def test_a_group_that_nothing_suits_is_short_while_the_others_are_covered() -> None:
    answer = ask(world({"A+": 400, "B+": 400, "AB+": 400}, {}), red(10))
    (cover,) = (c for c in answer.cover if c.component == "red_cells")
    short = {one.patient_group: one.hours[-1].gap for one in cover.groups}
    assert short["O"] == 14
    assert (short["A"], short["B"], short["AB"]) == (0, 0, 0)
    names = names_of(world({}, {}))
    picture = world({}, {})
    for language in ("en", "zh_CN"):
        lines = joined_lines(answer, picture.components, names, language)
        (line,) = (one for one in lines if one.startswith("  O ") and "14" in one)
        assert line.endswith(" 14(-14)")
        assert cell_width(line) < 74


def test_what_nobody_holds_is_said_to_be_missing_and_never_hidden() -> None:
    answer = ask(world({"O+": 7}, {}), red(10))
    (cover,) = (c for c in answer.cover if c.component == "red_cells")
    assert cover.hours[-1].gap == cover.missing == 53
    plasma = next(c for c in answer.cover if c.component == "fresh_frozen_plasma")
    assert plasma.missing == 2000


def test_rhd_negative_stock_is_never_drawn_and_the_lender_keeps_its_floor() -> None:
    answer = ask(world({}, FULL), red(300))
    sent: dict[BloodGroup, int] = {}
    for line in (line for one in answer.sendings for line in one.lines):
        assert line.group.rhd_positive
        sent[line.group] = sent.get(line.group, 0) + line.quantity
    assert sent
    assert all(units <= 400 - 20 for units in sent.values())
    assert answer.rhd_negative_expected == pytest.approx(1.5)


def test_no_lot_is_sent_twice_though_two_hospitals_ask() -> None:
    answer = ask(world({"O+": 30, "A+": 30}, {"O+": 60}), red(10), red(10, TRAUMA), red(3))
    sent: dict[str, int] = {}
    for line in (line for one in answer.sendings for line in one.lines):
        sent[line.lot] = sent.get(line.lot, 0) + line.quantity
    assert sent["c-Op"] <= 30
    assert sent["c-Ap"] <= 30
    assert sent["z-Op"] <= 40
    assert answer.casualties == 23


def test_units_that_would_expire_before_use_are_no_cover() -> None:
    answer = ask(world({"O+": 100}, {}, hours=2), red(5))
    assert not answer.sendings


def test_a_patient_of_unknown_group_gets_what_the_rules_give_and_later_the_own_group() -> None:
    lines = [line for one in ask(world(FULL, {}), red(20)).sendings for line in one.lines]
    assert {line.group for line in lines if line.patient_group is None} == {BloodGroup.O_POS}
    assert all(line.group.abo == line.patient_group for line in lines if line.patient_group)


def test_a_bank_with_an_old_count_is_left_out_by_name_and_an_unknown_hospital_is_refused() -> None:
    picture = world(FULL, FULL)
    picture.stock.banks[next(iter(picture.banks))].counted_at = NOW - timedelta(hours=5)
    assert [bank_id for bank_id, _reason in ask(picture, red(1)).left_out] == ["CS-B-1"]
    with pytest.raises(UnknownName):
        ask(picture, red(1, HospitalId("nowhere")))


def test_the_command_answers_from_a_file_alone(tmp_path: Path) -> None:
    document = PictureDocument.from_picture(world(FULL, FULL), NOW).model_dump(mode="json")
    file = tmp_path / "incident.json"
    file.write_text(json.dumps({**document, "casualties": [{"hospital": PLAIN, "red": 2}]}), "utf-8")
    said = CliRunner().invoke(app, ["blood", "incident", "--question", str(file), "--json"])
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["casualties"] == 2
    assert CliRunner().invoke(app, ["blood", "incident", "--question", str(file)]).exit_code == 0
    file.write_text(json.dumps({**document, "casualties": [{"hospital": "XX", "red": 2}]}), "utf-8")
    wrong = CliRunner().invoke(app, ["blood", "incident", "--question", str(file)])
    assert "casualties[0].hospital" in str(wrong.exception)


def incident(patients: int, priority: int = 1) -> Incident:
    return Incident(
        id=IncidentId("CS-1"),
        city=CHANGSHA,
        position=Position(lat=28.2, lon=112.97),
        place="",
        priority=Priority(priority),
        patients=patients,
        opened_at=NOW,
    )


def test_untriaged_patients_go_in_turn_to_the_first_hospitals_the_gravest_dealt_out_evenly() -> None:
    found = casualties_of(world({}, {}), incident(10), [PLAIN, TRAUMA], RULES)
    assert sum(one.count for one in found) == 10
    assert {one.hospital: one.count for one in found} == {PLAIN: 5, TRAUMA: 5}
    assert [sum(getattr(one, grave) for one in found) for grave in ("red", "yellow", "green")] == [3, 3, 4]
    assert abs(found[0].red - found[1].red) <= 1


def test_a_unit_that_names_a_hospital_brings_one_patient_there() -> None:
    picture = world({}, {})
    unit = add_unit(picture, "CS-001", CHANGSHA, 28.2, 112.97, state=UnitState.TRANSPORTING, incident="CS-1")
    status = picture.fleet.view(unit).status
    assert status is not None
    picture.fleet.apply_status(unit, status.model_copy(update={"destination": TRAUMA, "since": NOW}))
    sent = incident(2).model_copy(update={"units": (unit,)})
    found = casualties_of(picture, sent, [PLAIN], RULES)
    assert {one.hospital: (one.red, one.count) for one in found} == {PLAIN: (1, 1), TRAUMA: (1, 1)}


def test_one_or_two_patients_go_by_the_priority_and_without_a_hospital_nobody_is_placed() -> None:
    (routine,) = casualties_of(world({}, {}), incident(1, priority=3), [PLAIN], RULES)
    assert (routine.red, routine.green) == (0, 1)
    assert casualties_of(world({}, {}), incident(5), [], RULES) == []
