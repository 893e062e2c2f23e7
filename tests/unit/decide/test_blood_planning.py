"""Plans from files alone: stock written by hand, packs, many patients, antibodies, scheduled rounds."""

import json
from datetime import datetime, timedelta
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import language
from dispatch.decide.blood import BloodNeed, rank_blood
from dispatch.decide.blood_demand import demand
from dispatch.decide.blood_plan import BloodPlanning
from dispatch.decide.blood_stock_document import BloodPlanDocument, BloodStockDocument, plan, to_json
from dispatch.decide.documents import BadDocument, read
from dispatch.decide.reasons import names_of
from dispatch.decide.render_planning import planning_lines
from dispatch.domain.blood import BloodGroup
from dispatch.domain.errors import DispatchError, UnknownName
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    NOW,
    ZHUZHOU,
    bank,
    empty_picture,
    hospital,
    lot,
    put_stock,
)

RULES = BLOOD_RULES
LOT: dict[str, object] = {
    "id": "L1", "component": "red_cells", "group": "A+", "quantity": 8, "expires_at": "2026-12-01",
}  # fmt: skip
REQUEST: dict[str, object] = {
    "component": "red_cells", "quantity": 4, "group": "A+", "hospital": "CS-H-1",
    "need_by": "2026-11-24T12:00:00+08:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


def stock(*lots: dict[str, object], **bank_facts: object) -> dict[str, object]:
    return {"now": "2026-11-24T10:00:00+08:00", "banks": [{"id": "CS-B", "lots": list(lots)} | bank_facts]}


def planned(stock_document: object, request: object) -> BloodPlanning:
    banks = [bank("CS-B", CHANGSHA, 28.21, 112.97), bank("ZZ-B", ZHUZHOU, 28.10, 113.02)]
    picture = empty_picture([hospital("CS-H-1", CHANGSHA, 28.20, 112.97)], banks, live=False)
    return plan(json.dumps(stock_document), json.dumps(request), picture, RULES)


# --- stock and requests as files


def test_a_stock_file_needs_no_more_than_a_time_ids_and_lots() -> None:
    (part,) = planned(stock(LOT), REQUEST).parts
    (best,) = part.plans
    assert [(step.bank, step.quantity) for step in best.steps] == [("CS-B", 4)]
    assert best.in_time == 4
    assert best.steps[0].lines[0].expires_at.isoformat() == "2026-12-01T23:59:00+08:00"


def test_a_bank_that_nobody_configured_says_where_it_is() -> None:
    place = {"lat": 28.2, "lon": 112.98, "datum": "wgs84"}
    own = stock(LOT, id="MINE", city="changsha", position=place)
    assert planned(own, REQUEST).ladder[0].bank == "MINE"
    with pytest.raises(BadDocument, match=r"stock: banks\[0\]: .*city and position are missing"):
        planned(stock(LOT, id="MINE"), REQUEST)


@pytest.mark.parametrize(
    ("more", "where", "what"),
    [
        ({"quantity": -1}, "quantity", "at least 0"),
        ({"quantity": 1.5}, "quantity", "whole number"),
        ({"quantity": float("nan")}, "quantity", "whole number"),
        ({"quantity": True}, "quantity", "whole number"),
        ({"quantity": "8"}, "quantity", "whole number"),
        ({"quantity": 10**30}, "quantity", "at most"),
        ({"group": "C+"}, "group", "'O-', 'O\\+'"),
        ({"group": None}, "group", "'O-', 'O\\+'"),
        ({"expires_at": "2026-12-01T10:00:00"}, "expires_at", "needs its offset"),
        ({"expires_at": "tomorrow"}, "expires_at", "a time with its offset, or a date"),
        ({"expires_at": 1795000000}, "expires_at", "a time with its offset, or a date"),
        ({"expires_at": "9999-12-31T23:59:00+08:00"}, "expires_at", "2000 to 2100"),
        ({"component": "whole_milk"}, "component", "'whole_milk' is not one of red_cells"),
        ({"id": "a b"}, "id", "an id is"),
        ({"state": "lost"}, "state", "'available'"),
        ({"colour": "red"}, "colour", "is not known here"),
        ({"attributes": ["\x1b[31m"]}, "attributes", "an id is"),
    ],
)
def test_a_lot_that_cannot_be_is_refused_by_its_place(more: dict[str, object], where: str, what: str) -> None:
    with pytest.raises(BadDocument, match=rf"stock: banks\[0\].lots\[0\].{where}.*{what}"):
        planned(stock(LOT | more), REQUEST)


def test_lots_and_banks_that_stand_twice_are_refused() -> None:
    with pytest.raises(BadDocument, match=r"lots\[1\].id: 'L1' stands twice"):
        planned(stock(LOT, LOT | {"quantity": 1}), REQUEST)
    twice = stock(LOT)
    twice["banks"] = [*twice["banks"], *twice["banks"]]  # type: ignore[misc]
    with pytest.raises(BadDocument, match=r"banks\[1\].id: 'CS-B' stands twice"):
        planned(twice, REQUEST)


def test_a_count_of_the_future_a_naive_now_and_a_broken_file_are_refused() -> None:
    with pytest.raises(BadDocument, match="is later than now"):
        planned(stock(LOT, counted_at="2026-11-24T10:00:01+08:00"), REQUEST)
    with pytest.raises(BadDocument, match="stock: now"):
        planned(stock(LOT) | {"now": "2026-11-24T10:00:00"}, REQUEST)
    picture = empty_picture()
    for text in ("", "[]", "{", '{"now": NaN}', '{"now": "2026-11-24T10:00:00+08:00", "banks": [[]]}'):
        with pytest.raises(BadDocument, match=r"^stock"):
            plan(text, json.dumps(REQUEST), picture, RULES)


def test_an_old_or_broken_count_is_left_out_with_the_reason() -> None:
    (part,) = planned(stock(LOT, counted_at="2026-11-24T07:00:00+08:00", complete=False), REQUEST).parts
    assert not part.plans
    assert [reason.code for reason in part.excluded[0].reasons] == ["count_incomplete", "count_old"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": None}, "quantity is missing"),
        ({"component": None, "quantity": None}, "one of component with quantity, pack, or patients"),
        ({"pack": "massive"}, "one of component with quantity, pack, or patients"),
        ({"component": "plasma_x"}, "no component is called 'plasma_x'"),
        ({"hospital": "CS-H-9"}, "no hospital is called 'CS-H-9'"),
        ({"hospital": None}, "say where to"),
        ({"need_by": "2026-11-24T12:00:00"}, "need_by"),
        ({"group": "Z"}, "group"),
        ({"antibodies": ["Q"]}, "no antigen is called 'Q'"),
        ({"antibodies": ["D"]}, "transfusion department"),
        ({"mode": "drone"}, "'stock'"),
    ],
)
def test_a_request_that_cannot_be_is_refused(more: dict[str, object], message: str) -> None:
    asked = {key: value for key, value in (REQUEST | more).items() if value is not None}
    with pytest.raises(DispatchError, match=message):
        planned(stock(LOT), asked)


def test_an_answer_is_json_that_reads_back_as_it_was() -> None:
    found = planned(stock(LOT), REQUEST)
    assert to_json(BloodPlanDocument.model_validate_json(to_json(found)).root) == to_json(found)


def test_a_stock_file_of_no_bank_has_no_plan_and_says_so() -> None:
    found = planned({"now": "2026-11-24T10:00:00+08:00"}, REQUEST)
    assert (found.ladder, found.missing, found.in_time) == ((), {"red_cells": 4}, False)
    assert read("stock", BloodStockDocument, '{"now": "2026-11-24T10:00:00Z"}').banks == ()


# --- packs and many patients


def test_a_pack_is_planned_component_by_component_and_joined_by_arrival() -> None:
    plasma = LOT | {
        "id": "P",
        "component": "fresh_frozen_plasma",
        "quantity": 900,
        "expires_at": "2027-03-01",
    }
    wish = {key: value for key, value in REQUEST.items() if key not in ("component", "quantity")}
    found = planned(stock(LOT, plasma), wish | {"pack": "first", "packs": 2})
    assert [(part.component.code, part.need.quantity) for part in found.parts] == [
        ("red_cells", 8), ("fresh_frozen_plasma", 800),
    ]  # fmt: skip
    assert [(step.component, step.quantity) for step in found.ladder] == [
        ("red_cells", 8), ("fresh_frozen_plasma", 800),
    ]  # fmt: skip
    assert found.missing == {}
    for spoken in ("en", "zh_CN"):
        picture = empty_picture()
        lines = planning_lines(found, spoken, names_of(picture), picture.components, RULES.demand)
        assert len([line for line in lines if line.startswith("== ")]) == 2
    with pytest.raises(UnknownName, match="no pack is called 'huge'"):
        planned(stock(LOT), wish | {"pack": "huge"})


def test_a_bank_that_sends_already_is_preferred_where_all_else_is_equal() -> None:
    near = [lot("P1", "AB+", 400, component="fresh_frozen_plasma", hours=999)]
    far = [lot("R", "A+", 60), lot("P2", "AB+", 4000, component="fresh_frozen_plasma", hours=999)]
    banks = [bank("CS-B", CHANGSHA, 28.21, 112.97), bank("ZZ-B", ZHUZHOU, 28.10, 113.02)]
    picture = empty_picture([hospital("CS-H-1", CHANGSHA, 28.20, 112.97)], banks)
    put_stock(picture, "CS-B", *near)
    put_stock(picture, "ZZ-B", *far)
    need = BloodNeed.model_validate(
        {"component": "fresh_frozen_plasma", "group": "AB+", "quantity": 200, "hospital": "CS-H-1",
         "need_by": NOW + timedelta(minutes=200)}
    )  # fmt: skip
    rules = RULES.model_copy(update={"sourcing": RULES.sourcing.model_copy(update={"floors": ()})})
    alone = rank_blood(picture, need, rules, NOW).plans[0].steps[0].bank
    together = rank_blood(picture, need, rules, NOW, frozenset([banks[1].id])).plans[0].steps[0].bank
    assert (alone, together) == ("CS-B", "ZZ-B")


@pytest.mark.parametrize(
    ("patients", "place", "amounts"),
    [
        ({"red": 1}, "general", {"red_cells": 6, "fresh_frozen_plasma": 200, "platelets": 1}),
        ({"red": 4}, "general", {"red_cells": 24, "fresh_frozen_plasma": 800, "platelets": 1}),
        ({"red": 4, "yellow": 1}, "general", {"red_cells": 30, "fresh_frozen_plasma": 1000, "platelets": 2}),
        ({"red": 1}, "trauma_centre", {"red_cells": 12, "fresh_frozen_plasma": 800, "platelets": 1}),
        ({"red": 3, "green": 40, "black": 2}, "trauma_centre",
         {"red_cells": 36, "fresh_frozen_plasma": 2400, "platelets": 2}),
        ({"green": 9}, "general", {}),
        ({}, "general", {}),
    ],
)  # fmt: skip
def test_many_patients_need_what_the_planning_rule_says(
    patients: dict[str, int], place: str, amounts: dict[str, int]
) -> None:
    assert demand(patients, place, RULES.demand).amounts == amounts  # type: ignore[arg-type]


@given(red=st.integers(0, 9999), yellow=st.integers(0, 9999))
def test_demand_never_shrinks_with_patients_and_is_rounded_up_once(red: int, yellow: int) -> None:
    found = demand({"red": red, "yellow": yellow}, "general", RULES.demand)
    more = demand({"red": red + 1, "yellow": yellow}, "general", RULES.demand)
    assert isclose(found.admissions, red + yellow)
    assert found.amounts.get("platelets", 0) == -(-(red + yellow) // 4)  # type: ignore[call-overload]
    assert all(more.amounts[code] >= amount for code, amount in found.amounts.items())


def test_patients_in_a_request_become_amounts_and_those_who_need_none_are_refused() -> None:
    wish = {key: value for key, value in REQUEST.items() if key not in ("component", "quantity", "group")}
    found = planned(stock(LOT | {"group": "O+", "quantity": 90}), wish | {"patients": {"red": 2}})
    assert found.demand is not None
    assert [part.need.quantity for part in found.parts] == [12, 400, 1]
    assert {line.group for step in found.parts[0].plans[0].steps for line in step.lines} == {BloodGroup.O_POS}
    assert found.missing == {"fresh_frozen_plasma": 400, "platelets": 1}
    with pytest.raises(BadDocument, match="need no blood by the planning rule"):
        planned(stock(LOT), wish | {"patients": {"green": 2}})
    with pytest.raises(UnknownName, match="no triage class is called 'blue'"):
        planned(stock(LOT), wish | {"patients": {"blue": 2}})


# --- antibodies and rounds


def test_a_lot_that_is_not_typed_for_an_antibody_is_never_offered_and_it_is_said() -> None:
    typed = LOT | {"id": "L2", "quantity": 3, "attributes": ["K_negative", "Jka_negative"]}
    half = LOT | {"id": "L3", "quantity": 3, "attributes": ["K_negative"]}
    (part,) = planned(stock(LOT, typed, half), REQUEST | {"antibodies": ["K", "Jka"]}).parts
    assert [line.lot for step in part.plans[0].steps for line in step.lines] == ["L2"]
    untyped = next(reason for reason in part.candidates[0].reasons if reason.code == "antigen")
    assert untyped.facts == {"quantity": 11, "antigens": "Jka K"}
    assert part.candidates[0].required == ("Jka_negative", "K_negative")


def test_big_and_little_antigens_are_not_mixed_up() -> None:
    little = LOT | {"attributes": ["c_negative"]}
    (part,) = planned(stock(little), REQUEST | {"antibodies": ["C"]}).parts
    assert not part.plans
    assert planned(stock(little), REQUEST | {"antibodies": ["c"]}).parts[0].plans


def test_antibodies_to_red_cells_keep_no_plasma_back() -> None:
    plasma = LOT | {"component": "fresh_frozen_plasma", "quantity": 900}
    wish = REQUEST | {"component": "fresh_frozen_plasma", "quantity": 200, "antibodies": ["K"]}
    assert planned(stock(plasma), wish).parts[0].plans


def test_d_among_the_antibodies_is_anti_d() -> None:
    negative = LOT | {"id": "L2", "group": "O-", "quantity": 3}
    wish = REQUEST | {"group": "A-", "antibodies": ["D"], "recipient": "general"}
    (part,) = planned(stock(LOT, negative), wish).parts
    assert {line.group.value for step in part.plans[0].steps for line in step.lines} == {"O-"}


def test_stock_waits_for_the_next_round_and_packing_must_be_done_by_then() -> None:
    wish = REQUEST | {"mode": "stock", "need_by": "2026-11-24T18:00:00+08:00"}
    (part,) = planned(stock(LOT), wish).parts
    eta = part.plans[0].steps[0].eta
    assert isclose(eta.minutes - eta.components["travel"], 270, abs_tol=0.01)  # 10:00 to 14:30
    late = stock(LOT) | {"now": "2026-11-24T14:20:00+08:00"}
    eta = planned(late, wish).parts[0].plans[0].steps[0].eta
    assert isclose(eta.minutes - eta.components["travel"], 17 * 60 + 40, abs_tol=0.01)  # 8:00 next day


def test_a_friday_round_to_another_city_waits_for_monday_and_no_round_is_said() -> None:
    friday = stock(LOT | {"quantity": 90}, id="ZZ-B") | {"now": "2026-11-27T09:25:00+08:00"}
    wish = REQUEST | {"mode": "stock", "need_by": "2026-11-30T12:00:00+08:00"}
    step = planned(friday, wish).parts[0].plans[0].steps[0]
    leaves = step.arrives_at - timedelta(minutes=step.eta.components["travel"])
    monday = datetime.fromisoformat("2026-11-30T09:30:00+08:00")
    assert abs(leaves - monday) < timedelta(seconds=1)
    sourcing = RULES.sourcing.model_copy(update={"rounds": ()})
    rules = RULES.model_copy(update={"sourcing": sourcing})
    picture = empty_picture([hospital("CS-H-1", CHANGSHA, 28.20, 112.97)], [bank("ZZ-B", ZHUZHOU, 28.1, 113)])
    (part,) = plan(json.dumps(friday), json.dumps(wish), picture, rules).parts
    assert [reason.code for reason in part.excluded[0].reasons] == ["no_round"]
