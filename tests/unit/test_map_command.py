"""`czt map`: a picture as text, GeoJSON and SVG, as the console's map shows it."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.decide.picture_document import PictureDocument
from tests.console.fakes import fake_desk

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    desk = fake_desk()
    bridges = [one.model_copy(update={"closed": one.id == "CS-R-HEISHIPU"}) for one in desk.picture.bridges]
    desk.picture.bridges = tuple(bridges)
    document = PictureDocument.from_picture(desk.picture, desk.clock.now())
    written = tmp_path / "picture.json"
    written.write_text(document.model_dump_json(), "utf-8")
    return written


def said(*words: str) -> str:
    result = CliRunner().invoke(app, ["map", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_line_a_unit_and_incident_with_where_it_is_and_how_old_that_is(file: Path) -> None:
    desk = fake_desk()
    lines = said("--picture", str(file)).splitlines()
    for unit in desk.picture.fleet.units:
        (line,) = [line for line in lines if line.startswith(f"{unit.id}  ")]
        fix = desk.picture.fleet.view(unit.id).fix
        assert (f"{fix.position.lat:.6f},{fix.position.lon:.6f}" in line) if fix else ("上报位置" in line)
    for incident in desk.picture.open_incidents():
        assert any(line.startswith(incident.id) for line in lines)
    assert lines[-1]  # whose map data it is


def test_geojson_holds_every_unit_and_incident_and_whose_data_it_is(file: Path) -> None:
    desk = fake_desk()
    found = json.loads(said("--picture", str(file), "--json"))
    assert found["type"] == "FeatureCollection"
    assert found["attribution"]
    assert found["as_of"].startswith(str(desk.clock.now().date()))
    ids = {one["properties"].get("id") for one in found["features"]}
    placed = {unit.id for unit in desk.picture.fleet.units if desk.picture.fleet.view(unit.id).fix}
    assert placed <= ids
    assert {incident.id for incident in desk.picture.open_incidents()} <= ids


def test_the_svg_is_well_formed_and_a_city_brings_it_closer(file: Path, tmp_path: Path) -> None:
    wide, close = tmp_path / "wide.svg", tmp_path / "close.svg"
    assert said("--picture", str(file), "--svg", str(wide)) == ""
    said("--picture", str(file), "--svg", str(close), "--city", "changsha", "--theme", "night")
    drawn = [ET.parse(one).getroot() for one in (wide, close)]  # noqa: S314 - our own file
    assert all(root.tag == f"{SVG}svg" for root in drawn)
    assert wide.read_text("utf-8") != close.read_text("utf-8")


@pytest.mark.parametrize("wrong", [("--city", "yueyang"), ("--theme", "pink")])
def test_a_name_that_does_not_exist_is_refused_with_those_that_do(file: Path, wrong: tuple[str, str]) -> None:
    result = CliRunner().invoke(app, ["map", "--picture", str(file), *wrong])
    assert result.exit_code != 0
    assert wrong[1] in str(result.exception)
