"""`czt blood plan` and `czt blood demand`: the shipped rules, files alone, both languages, text and JSON."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError

STOCK = {
    "now": "2026-11-24T10:00:00+08:00",
    "banks": [
        {
            "id": "CS-B-CENTRE",
            "lots": [
                {
                    "id": "L1",
                    "component": "red_cells",
                    "group": "A+",
                    "quantity": 2,
                    "expires_at": "2026-12-01",
                }
            ],
        },
        {
            "id": "ZZ-B-CENTRE",
            "lots": [
                {
                    "id": "L1",
                    "component": "red_cells",
                    "group": "A+",
                    "quantity": 26,
                    "expires_at": "2026-12-01",
                }
            ],
        },
    ],
}
REQUEST = {
    "component": "red_cells",
    "group": "A+",
    "quantity": 6,
    "hospital": "CS-H-XIANGYA",
    "need_by": "2026-11-24T10:40:00+08:00",
}


def czt(*arguments: str, language: str = "en") -> str:
    found = CliRunner().invoke(app, ["--lang", language, *arguments])
    if isinstance(found.exception, DispatchError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    stock, request = tmp_path / "stock.json", tmp_path / "request.json"
    stock.write_text(json.dumps(STOCK), "utf-8")
    request.write_text(json.dumps(REQUEST), "utf-8")
    return "--stock", str(stock), "--request", str(request)


def test_a_plan_is_a_ladder_with_reasons_lots_and_what_the_lender_keeps(files: tuple[str, ...]) -> None:
    said = czt("blood", "plan", *files)
    assert "Plan 1, by the order of merit: 2 U in 21 min, 6 U in" in said
    assert "4 come late on a slow day" in said
    assert "Zhuzhou keeps 22 of A+, floor 20" in said
    assert "+4 U Zhuzhou Central Blood Station  4 U A+ lot L1 expires 12-01 23:59" in said
    assert "confirmation 3 + packing 12 + drive" in said


def test_a_plan_in_json_holds_everything_and_fits_its_schema(files: tuple[str, ...]) -> None:
    found = json.loads(czt("blood", "plan", *files, "--json"))
    schema = json.loads(czt("schema", "blood-plan"))
    assert set(found) == set(schema["$defs"]["BloodPlanning"]["properties"])
    best = found["parts"][0]["plans"][0]
    assert [(step["bank"], step["quantity"], step["total"]) for step in best["steps"]] == [
        ("CS-B-CENTRE", 2, 2),
        ("ZZ-B-CENTRE", 4, 6),
    ]
    assert (best["in_time"], best["missing"], best["merit"]["by_arrival"]) == (2, 0, [2, 4])
    assert found["in_time"] is False


def test_a_plan_is_said_in_chinese_too(files: tuple[str, ...]) -> None:
    said = czt("blood", "plan", *files, language="zh_CN")
    assert "方案 1（按优选次序）：21 分内到 2 U" in said


def test_demand_is_counted_from_patients_by_triage_class() -> None:
    assert "suspended red cells 24 U" in czt("blood", "demand", "--patients", "red=3,yellow=1")
    found = json.loads(
        czt("blood", "demand", "--patients", "red=1", "--patients", "green=7", "--trauma-centre", "--json")
    )
    assert found["amounts"] == {"red_cells": 12, "fresh_frozen_plasma": 800, "platelets": 1}


@pytest.mark.parametrize(
    "typed", ["", "blue=1", "red", "red=-1", "red=1.5", "red=99999", "red=1,red=2", "=3"]
)
def test_patients_that_make_no_sense_are_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(DispatchError, match=r"there are: red, yellow, green, black|write a number"):
        czt("blood", "demand", "--patients", typed)


def test_ranking_takes_one_component_and_says_where_a_pack_is_planned(tmp_path: Path) -> None:
    picture, wish = tmp_path / "picture.json", tmp_path / "request.json"
    picture.write_text(
        json.dumps(
            {
                "now": STOCK["now"],
                "datum": "wgs84",
                "cities": [
                    {
                        "code": "changsha",
                        "name": {"zh": "长沙", "en": "Changsha"},
                        "prefix": "CS",
                        "centre": {"lat": 28.2, "lon": 112.97},
                        "population_million": 10.5,
                    }
                ],
            }
        ),
        "utf-8",
    )
    pack = {key: value for key, value in REQUEST.items() if key not in ("component", "quantity")}
    wish.write_text(json.dumps(pack | {"pack": "massive"}), "utf-8")
    with pytest.raises(DispatchError, match="czt blood plan"):
        czt("recommend", "blood", "--picture", str(picture), "--request", str(wish))
