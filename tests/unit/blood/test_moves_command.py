"""`czt blood moves` on files alone."""

import json
from pathlib import Path

from typer.testing import CliRunner

from dispatch.blood.move_documents import MovesQuestion
from dispatch.blood.move_models import MoveAnswer
from dispatch.cli.app import app
from dispatch.decide.picture_document import PictureDocument
from tests.unit.blood.move_world import CS, XT, ZZ, ask, doses, use, world
from tests.unit.decide.decide_world import NOW


def question(tmp_path: Path, **changes: object) -> Path:
    picture = world(ZZ=(doses("old", 6, 30), doses("fresh", 4, 90)))
    document = PictureDocument.from_picture(picture, NOW).model_dump(mode="json")
    forecasts = [use(ZZ, 1.0), use(CS, 7.0), use(XT, 0.5)]
    document["forecasts"] = [one.model_dump(mode="json") for one in forecasts]
    file = tmp_path / "stock.json"
    file.write_text(json.dumps(document | changes), "utf-8")
    return file


def run(file: Path, *more: str) -> str:
    done = CliRunner().invoke(app, ["blood", "moves", "--stock", str(file), *more])
    return done.stdout if done.exit_code == 0 else str(done.exception)


def test_the_command_proposes_from_a_file_what_the_function_proposes(tmp_path: Path) -> None:
    answer = MoveAnswer.model_validate_json(run(question(tmp_path), "--json"))
    picture = world(ZZ=(doses("old", 6, 30), doses("fresh", 4, 90)))
    expected = ask(picture, use(ZZ, 1.0), use(CS, 7.0), use(XT, 0.5))
    assert [one.transfer.lines for one in answer.proposals] == [
        one.transfer.lines for one in expected.proposals
    ]
    assert answer.proposals[0].saving == expected.proposals[0].saving


def test_the_text_names_banks_quantity_and_saving_in_both_languages(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--lang", "en", "blood", "moves", "--stock", str(question(tmp_path))])
    assert "ZZ-B-1 → CS-B-1" in done.stdout
    assert "saves about" in done.stdout
    done = CliRunner().invoke(app, ["--lang", "zh_CN", "blood", "moves", "--stock", str(question(tmp_path))])
    assert "约可避免过期" in done.stdout


def test_a_forecast_twice_or_for_no_bank_is_refused_with_its_place(tmp_path: Path) -> None:
    one = use(CS, 1.0).model_dump(mode="json")
    assert "forecasts[1]" in run(question(tmp_path, forecasts=[one, one]))
    assert "forecasts[0].bank" in run(question(tmp_path, forecasts=[one | {"bank": "nowhere"}]))
    assert "forecasts[0].daily_issue" in run(question(tmp_path, forecasts=[one | {"daily_issue": -1}]))


def test_an_empty_picture_proposes_nothing_and_says_so(tmp_path: Path) -> None:
    answer = MoveAnswer.model_validate_json(run(question(tmp_path, banks=[], forecasts=[]), "--json"))
    assert (answer.proposals, answer.stays, answer.left_out) == ((), (), ())


def test_both_documents_have_a_schema() -> None:
    for name in ("blood-moves-question", "blood-moves", "blood-incident-question", "blood-incident"):
        said = CliRunner().invoke(app, ["schema", name])
        assert said.exit_code == 0
        assert json.loads(said.stdout)["properties"]
    assert "forecasts" in MovesQuestion.model_json_schema()["properties"]
