"""`czt claims`: files alone, in both languages, as text, JSON and comma-separated values."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatch.cli.app import app
from dispatch.domain.errors import BadConfiguration, DispatchError
from dispatch.settings import config_dir

DONATION = {"day": "2019-05-01", "centre": "changsha", "province": "430000", "kind": "whole_blood", "ml": 400}
OWED = [("changsha", "zhuzhou", 1_248_000), ("zhuzhou", "changsha", 916_000)]


def czt(*arguments: str, given: str | None = None) -> Result:
    found = CliRunner().invoke(app, ["--lang", "en", "claims", *arguments], input=given)
    if isinstance(found.exception, DispatchError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def journal(*months: str) -> str:
    entries = [
        {"id": f"{month} {at}", "month": month, "liable": liable, "advanced_by": by, "fen": fen}
        for month in months
        for at, (liable, by, fen) in enumerate(OWED)
    ]
    return json.dumps({"entries": entries})


def test_a_quota_says_its_policy_its_figures_and_why(tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_text(json.dumps({"on": "2024-06-01", "donations": [DONATION]}), "utf-8")
    said = czt("quota", str(question)).output
    assert "hunan-2015" in said
    assert "donor: quota 800 mL, used 0 mL, left 800 mL" in said
    assert "2 times what was given" in said
    told = json.loads(czt("quota", str(question), "--json").output)
    assert (told["policy"], told["donor"]["left_ml"], told["relatives"]["left_ml"]) == (
        "hunan-2015",
        800,
        400,
    )
    other = json.loads(czt("quota", str(question), "--policy", "sichuan-1997", "--json").output)
    assert other["credited_ml"] == 0, "given in Hunan"


def test_a_claim_is_assessed_and_says_who_is_liable() -> None:
    lines = [{"id": "red cells", "ml": 1000, "fen": 100_000}]
    claim = {"by": "donor", "used_on": "2026-03-01", "donations": [DONATION], "lines": lines}
    said = czt("assess", "-", given=json.dumps(claim)).output
    assert "approved in part" in said
    assert "Changsha is liable for 800.00 yuan" in said


def test_a_month_is_netted_as_text_json_and_csv() -> None:
    said = czt("net", "--journal", "-", given=journal("2026-10")).output
    assert "Changsha pays Zhuzhou" in said
    assert "3,320.00" in said
    told = json.loads(czt("net", "--journal", "-", "--json", given=journal("2026-10")).output)
    assert told["nets"] == {"changsha": -332_000, "zhuzhou": 332_000}
    rows = czt("net", "--journal", "-", "--csv", given=journal("2026-10")).output.splitlines()
    assert rows[:2] == ["kind,from,to,fen", "payment,changsha,zhuzhou,332000"]


def test_a_statement_is_one_centres_month() -> None:
    said = czt("statement", "--journal", "-", "--centre", "zhuzhou", given=journal("2026-10")).output
    assert "Statement of Zhuzhou for 2026-10" in said
    rows = czt(
        "statement", "--journal", "-", "--centre", "zhuzhou", "--csv", given=journal("2026-10")
    ).output.splitlines()
    assert rows[1:] == ["2026-10 0,changsha,advance,1248000", "2026-10 1,changsha,advance,-916000"]


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("net", "--journal", "-"), journal("2026-10", "2026-11"), "--month"),
        (("net", "--journal", "-", "--month", "2026-01"), journal("2026-10"), "2026-10"),
        (("statement", "--journal", "-", "--centre", "wuhan"), journal("2026-10"), "changsha"),
        (("net", "--journal", "-"), '{"entries": [{"id": "a"}]}', "entries[0]"),
        (("quota", "-", "--policy", "no-such"), '{"on": "2024-06-01", "donations": []}', "no-such"),
        (("quota", "-"), '{"on": "1999-06-01", "donations": []}', "1999-06-01"),
        (("quota", "-"), '{"on": "9999-06-01", "donations": []}', "claims-quota-question: on"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_allowed(
    arguments: tuple[str, ...], given: str, says: str
) -> None:
    with pytest.raises(DispatchError, match=re.escape(says)):
        czt(*arguments, given=given)


def test_another_provinces_policy_is_one_more_file(tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    shipped = (config_dir() / "claims" / "sichuan-1997.toml").read_text("utf-8")
    (folder / "guangxi.toml").write_text(shipped.replace("510000", "450000"), "utf-8")
    assert "guangxi" in czt("policies", "--config", str(tmp_path)).output
    (folder / "guangxi.toml").write_text(shipped + "\n[[relatives]]\ntimes = -1\n", "utf-8")
    with pytest.raises(BadConfiguration, match=r"guangxi\.toml:"):
        czt("policies", "--config", str(tmp_path))


def test_a_statement_is_written_as_text_and_as_a_page_to_print(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    czt("statement", "--journal", "-", "--centre", "zhuzhou", "--out", str(folder), given=journal("2026-11"))
    assert "3,320.00" in (folder / "statement-zhuzhou-2026-11.txt").read_text("utf-8")
    assert "3,320.00" in (folder / "statement-zhuzhou-2026-11.html").read_text("utf-8")


def test_an_empty_journal_is_said_to_be_empty() -> None:
    for command in (("net",), ("statement", "--centre", "zhuzhou"), ("net", "--month", "2026-11")):
        with pytest.raises(DispatchError, match=r"no entries|没有任何记录"):
            czt(*command, "--journal", "-", given='{"entries": []}')
