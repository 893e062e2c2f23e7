"""The sheet for the day the screens are dark: all that is open is on it, in both languages, kept fresh."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Priority
from dispatch.handover import PLAIN
from dispatch.handover.page import WIDTH
from dispatch.handover.paper import (
    JSON_FILE,
    TEXT_FILE,
    Paper,
    keep_paper,
    names_on_paper,
    paper,
    paper_text,
    read_paper,
)
from dispatch.text import cell_width
from tests.console.fakes import CHANGSHA, XIANGTAN, ZHUZHOU, FakeDesk, fake_desk
from tests.console.fakes_blood import a_morning_of_blood
from tests.scenarios.three_cities import three_cities, until


@pytest.fixture
def desk() -> FakeDesk:
    one = fake_desk()
    a_morning_of_blood(one.picture, one.clock.now())
    return one


def made(desk: FakeDesk) -> Paper:
    return paper(desk.picture, CHANGSHA, desk.clock.now(), drill=True)


def printed(desk: FakeDesk, language: str) -> str:
    return paper_text(made(desk), language, PLAIN, names_on_paper(desk.picture, language))


def test_every_unit_every_open_incident_and_all_blood_under_way_is_on_it(desk: FakeDesk) -> None:
    picture, sheet = desk.picture, made(desk)
    assert [one.unit for one in sheet.units if one.city == CHANGSHA] == sorted(
        unit.id for unit in picture.fleet.units if unit.city == CHANGSHA
    )
    assert {one.unit for one in sheet.units} == {unit.id for unit in picture.fleet.units}
    assert {one.id for one in sheet.incidents} == {one.id for one in picture.open_incidents()}
    unsettled = {one.id for one in picture.blood_orders.values() if not one.state.settled}
    assert {one.id for one in sheet.blood} == unsettled
    assert unsettled
    assert [one.city for one in sheet.cities] == [CHANGSHA, ZHUZHOU, XIANGTAN]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_it_fits_a_page_names_all_and_carries_no_control(desk: FakeDesk, language: str) -> None:
    text = printed(desk, language)
    lines = text.splitlines()
    assert all(cell_width(line) <= WIDTH for line in lines)
    for unit in desk.picture.fleet.units:
        assert any(line.startswith(unit.id) for line in lines), unit.id
    for incident in desk.picture.open_incidents():
        assert incident.id in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert re.search(r"[\u4e00-\u9fff]", "".join(lines[:4])) if language == "zh_CN" else "Paper" in lines[0]


def test_it_is_kept_whole_for_its_owner_and_read_again(desk: FakeDesk, tmp_path: Path) -> None:
    sheet = made(desk)
    for words in ("first\n", printed(desk, "en")):
        keep_paper(tmp_path, sheet, words)
    assert (tmp_path / TEXT_FILE).read_text("utf-8") == printed(desk, "en")
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in (TEXT_FILE, JSON_FILE)} == {0o600}
    again = read_paper(tmp_path)
    assert paper_text(again, "en", PLAIN, names_on_paper(desk.picture, "en")) == printed(desk, "en")
    assert {path.name for path in tmp_path.iterdir()} == {TEXT_FILE, JSON_FILE}


def test_the_command_prints_it_and_says_when_nobody_keeps_it(desk: FakeDesk, tmp_path: Path) -> None:
    old = made(desk).model_copy(update={"drill": False})
    keep_paper(tmp_path, old, "")
    said = CliRunner().invoke(app, ["--lang", "en", "paper", "--folder", str(tmp_path)])
    assert said.exit_code == 1
    assert "no console keeps it" in said.output
    assert desk.picture.open_incidents()[0].id in said.output
    told = CliRunner().invoke(app, ["paper", "--folder", str(tmp_path), "--json"])
    assert Paper.model_validate_json(told.stdout.splitlines()[0]).incidents == old.incidents


@pytest.mark.parametrize(("content", "words"), [(None, "--folder"), ("{", TEXT_FILE)])
def test_no_sheet_and_a_damaged_one_are_told(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / JSON_FILE).write_text(content)
    with pytest.raises(DispatchError, match=words):
        read_paper(tmp_path)


@pytest.mark.slow
async def test_a_console_keeps_it_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.runtime.PAPER_EVERY_S", 0.1)
    async with three_cities(tmp_path) as cities:
        number = await cities.desk.open_incident(
            Position(lat=28.196, lon=112.977), Datum.WGS84, "五一广场", Priority.URGENT
        )
        await until(lambda: number in (tmp_path / TEXT_FILE).read_text("utf-8"))
    assert len(read_paper(tmp_path).units) == len(cities.configuration.units)
