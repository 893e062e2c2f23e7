"""`czt blood`: stock, cover, expiring, trend and labels from a picture file, as text and JSON."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatch.cli.app import app
from dispatch.cli.examples import EXAMPLES
from dispatch.decide.picture_document import PictureDocument
from dispatch.domain.blood import ComponentCode, LotId, LotState
from dispatch.domain.errors import DispatchError
from tests.unit.blood.blood_world import (
    HOUSE,
    MAIN,
    NOW,
    O_NEG,
    O_POS,
    RED,
    count,
    lot,
    picture,
    tell,
)


def run(*arguments: str) -> Result:
    found = CliRunner().invoke(app, ["--lang", "en", "blood", *arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Changsha's main bank counted and tells its days; the house never did."""
    here = picture()
    lots = [
        lot(1, 12, 900),
        lot(2, 3, 40),
        lot(3, 4, 900, state=LotState.QUARANTINED),
        lot(4, 1, -2),
        lot(5, 1, 900, group=O_NEG).model_copy(update={"id": LotId("G123417654321")}),
    ]
    count(here, MAIN, lots)
    tell(here, MAIN, {(RED, O_POS): 4})
    path = tmp_path / "picture.json"
    path.write_text(PictureDocument.from_picture(here, NOW).model_dump_json())
    return str(path)


def test_stock_tells_states_apart_and_absent_from_empty(file: str) -> None:
    text = run("stock", "--picture", file).output
    assert "available 15, quarantined 4, expired 1" in text
    assert "never counted" in text
    said = json.loads(run("stock", "--picture", file, "--json").output)
    banks = {one["bank"]: one for one in said["banks"]}
    assert (banks[MAIN]["live"], banks[MAIN]["age_s"]) == (True, 0)
    assert banks[HOUSE] == {"bank": HOUSE, "city": "changsha", "reported": False}


def test_cover_says_days_phase_and_where_the_issue_is_known_from(file: str) -> None:
    text = run("cover", "--picture", file, "--city", "changsha", "--component", "red_cells").output
    assert "15 U, 3.8 days at 4.0 a day" in text
    assert "issue as the bank tells it" in text
    assert "signed by nobody" in text
    said = json.loads(run("cover", "--picture", file, "--json", "--bank", MAIN).output)
    cell = next(one for one in said["rows"][0]["cells"] if (one["component"], one["group"]) == (RED, "O+"))
    assert (cell["days"], cell["source"], cell["phase"]) == (3.75, "bank", "green")
    unknown = next(one for one in said["rows"][0]["cells"] if (one["component"], one["group"]) == (RED, "O-"))
    assert (unknown["days"], unknown["source"], unknown["available"]) == (None, "unknown", 1)


def test_cover_says_plasma_of_both_signs_once(tmp_path: Path) -> None:
    here, plasma = picture(), ComponentCode("fresh_frozen_plasma")
    here.components[plasma] = here.components[RED].model_copy(update={"code": plasma, "rule": "plasma"})
    held = lot(1, 7, 900, group=O_NEG).model_copy(update={"component": plasma})
    count(here, MAIN, [held])
    path = tmp_path / "picture.json"
    path.write_text(PictureDocument.from_picture(here, NOW).model_dump_json())
    asked = ("cover", "--picture", str(path), "--bank", MAIN, "--component", plasma)
    groups = [line.split()[1] for line in run(*asked).output.splitlines() if "7 U" in line]
    assert groups == ["O+", "sum"]
    assert "7 U" in run(*asked, "--group", "O-").output
    cells = json.loads(run(*asked, "--json").output)["rows"][0]["cells"]
    assert [one["group"] for one in cells if one["available"] and not one["twin"]] == ["O+", None]


def test_expiring_lists_what_is_past_too_the_first_first(file: str) -> None:
    lines = run("expiring", "--picture", file, "--within", "72").output.splitlines()
    assert [line.rsplit("  ", 1)[1] for line in lines] == ["L4", "L2"]
    assert "expired" in lines[0]
    assert "nothing expires" in run("expiring", "--picture", file, "--bank", HOUSE).output


def test_a_trend_leaves_unknown_days_open(file: str) -> None:
    said = json.loads(
        run("trend", "--picture", file, "--component", "red_cells", "--group", "O-", "--json").output
    )
    assert said["on_hand"] == [None] * 28
    said = json.loads(run("trend", "--picture", file, "--component", "red_cells", "--json").output)
    assert (said["issued"], said["banks"], said["of"]) == ([4] * 28, 1, 3)


@pytest.mark.parametrize("what", ["--city", "--bank", "--component", "--group"])
def test_a_name_that_there_is_not_is_refused_with_those_that_there_are(file: str, what: str) -> None:
    with pytest.raises(DispatchError, match="there are"):
        run("cover", "--picture", file, what, "nowhere")


def test_labels_are_read_and_looked_up(file: str) -> None:
    text = run("label", "=G12341765432100", "=%6200", "--picture", file).output
    for part in (
        "G123417654321, check character A",
        "Blood group A+",
        MAIN,
        "the label says A+, the stock O-",
    ):
        assert part in text
    said = json.loads(run("label", "G123417654321A", "--json").output)
    assert (said["checked"], said["group"]) == (True, None)
    with pytest.raises(DispatchError, match="check character is A"):
        run("label", "G123417654321B")


def test_publishing_is_checked_before_anything_is_sent(tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_text(
        "lot,component,group,quantity,expires\nG1,red_cells,O+,2,2036-11-30\nG2,red_cells,O,2,2036-11-30\n"
    )
    with pytest.raises(DispatchError, match="1 rows cannot be read: nothing was published"):
        run("publish", str(table), "--bank", "CS-B-CENTRE", "--check")
    skipped = run("publish", str(table), "--bank", "CS-B-CENTRE", "--check", "--skip-bad")
    assert skipped.exit_code == 0
    assert "1 rows would be left out" in skipped.output
    table.write_text("lot,component,group,quantity,expires\n")
    with pytest.raises(DispatchError, match="--allow-empty"):
        run("publish", str(table), "--bank", "CS-B-CENTRE", "--check")
    with pytest.raises(DispatchError, match="--bank must name one of"):
        run("publish", str(table), "--check")


def test_a_table_without_a_fault_is_said_to_be_one_with_what_was_read(tmp_path: Path) -> None:
    table = tmp_path / "stock.csv"
    table.write_text(
        "lot,component,group,quantity,expires,state\n"
        "G1,red_cells,O+,2,2036-11-30,available\nG2,red_cells,O-,3,2036-11-29,quarantined\n"
        "P1,fresh_frozen_plasma,AB+,400,2036-12-01,\nG3,red_cells,O+,0,2036-11-30,\n"
    )
    whole = run("publish", str(table), "--bank", "CS-B-CENTRE", "--check").output
    assert "suspended red cells: 5 U in 2 lots, the first expires 2036-11-29 23:59" in whole
    assert "3 U of it not available" in whole
    assert "fresh frozen plasma: 400 mL in 1 lots" in whole
    assert "the whole count of Changsha Blood Centre: 3 lots" in whole
    change = run("publish", str(table), "--bank", "CS-B-CENTRE", "--check", "--change").output
    assert "a difference of Changsha Blood Centre: 3 lots put and 1 taken off" in change
    assert "nothing was published" in change
    with pytest.raises(DispatchError, match="name one"):
        run("publish", "--watch", str(tmp_path), "--bank", "CS-B-CENTRE", "--check")


def test_the_examples_of_reading_a_label_are_labels() -> None:
    for line in EXAMPLES["blood label"]:
        found = CliRunner().invoke(app, line.split()[1:])
        assert found.exit_code == 0, f"{line}: {found.output}"
