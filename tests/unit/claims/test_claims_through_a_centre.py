"""`czt claims` on a centre's database: from a number on a form to a statement that can be printed."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.audit.verify import verify
from dispatch.centre.store import Store
from dispatch.cli.app import app
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.settings import load
from dispatch.settings.donor_keys import add_key

PASSWORD = "Blood-2026-fees\n"
NUMBER = "11010519491231002X"
LINES = [{"id": "20260401001/1", "ml": 400, "fen": 88_000}]
FILING = {
    "id": "CS-1", "channel": "B", "identity": NUMBER, "name": "张三丰", "by": "donor", "hospital": "湘雅医院",
    "used_on": "2026-01-05", "lines": LINES,
}  # fmt: skip
GIFT = {"day": "2024-05-01", "centre": "changsha", "province": "430000", "kind": "whole_blood", "ml": 400}


class Office:
    """One claims desk with a database, a file of keys, and a clerk whose password it knows."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.keys = folder, folder / "centre.db", folder / "donors.toml"
        self.config = folder / "config"
        self.config.mkdir()
        add_key(self.keys)
        configuration = load()
        now_ms = epoch_ms(SystemClock().now())
        Store.open(
            self.data, city=CityCode("changsha"), node="centre", units=configuration.units[:0],
            rules=configuration.centre_rules, now_ms=now_ms,
        ).close()  # fmt: skip
        self.run(
            "operators",
            "add",
            "he.fang",
            "--role",
            "claims_staff",
            "--password-stdin",
            given="Blood-2026-fees\n",
        )

    def run(self, *words: str, given: str = "") -> str:
        found = CliRunner().invoke(app, ["--lang", "en", *words, "--config", str(self.config)], input=given)
        if isinstance(found.exception, DispatchError):
            raise found.exception
        assert found.exit_code == 0, f"{words}: {found.output} {found.exception!r}"
        return found.output

    def claims(self, *words: str, given: str = "") -> str:
        """As the clerk; the password goes first where something else is read from stdin."""
        who = ("--data", str(self.data), "--operator", "he.fang", "--password-stdin")
        return self.run("claims", *words, *who, given=given + PASSWORD)

    def tell(self, command: str, document: Mapping[str, object]) -> str:
        file = self.folder / "document.json"
        file.write_text(json.dumps(document), "utf-8")
        return self.claims(command, str(file), "--keys", str(self.keys))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    one = Office(tmp_path)
    one.tell("donation", {"id": "D-1", "identity": NUMBER, "donation": GIFT})
    return one


def test_a_claim_is_filed_approved_paid_and_shown(office: Office) -> None:
    assert "CS-1: draft" in office.tell("file", FILING)
    office.claims("submit", "CS-1", "--document", "identity", "--document", "invoice")
    office.claims("verify", "CS-1")
    said = office.claims("approve", "CS-1")
    assert "claim approved" in said
    assert "in all 400 mL, 880.00 yuan" in said
    told = json.loads(office.claims("pay", "CS-1", "--reference", "b-7", "--json"))
    assert (told["state"], told["fen"]) == ("posted", 88_000)
    shown = office.run("claims", "show", "CS-1", "--data", str(office.data))
    assert "张**" in shown
    assert "[x] identity" in shown
    assert "next may be: reverse, dispute" in shown
    office.run("claims", "show", "CS-1", "--data", str(office.data), "--out", str(office.folder / "out"))
    sheet = (office.folder / "out" / "claim-CS-1.txt").read_text("utf-8")
    assert "张**" in sheet
    assert "880.00" in sheet
    assert NUMBER not in sheet + (office.folder / "out" / "claim-CS-1.html").read_text("utf-8")
    (listed,) = json.loads(
        office.run("claims", "list", "--data", str(office.data), "--json", "--state", "posted")
    )
    assert listed["id"] == "CS-1"
    quota = office.claims("quota", "--identity-stdin", "--on", "2026-01-06", "--keys", str(office.keys),
                          given=NUMBER + "\n")  # fmt: skip
    assert "donor: quota 800 mL, used 400 mL, left 400 mL" in quota


def test_no_number_and_no_whole_name_is_left_anywhere(office: Office) -> None:
    office.tell("file", FILING)
    (office.folder / "document.json").unlink()
    found = [path.read_bytes() for path in office.folder.rglob("*") if path.is_file()]
    assert not any(
        secret.encode() in content for content in found for secret in (NUMBER, NUMBER[:17], "三丰")
    )
    assert verify(office.data).ok


def test_what_is_wrong_is_one_sentence_without_the_number(office: Office) -> None:
    wrong = NUMBER[:17] + "1"
    for document, says in (
        ({**FILING, "identity": wrong}, "check character"),
        ({**FILING, "identity": ""}, "one of them"),
        ({**FILING, "hospital": NUMBER}, "must not be kept"),
        ({**FILING, "lines": [*LINES, *LINES]}, "twice"),
        ({**FILING, "lines": [{"id": "1", "ml": 1, "fen": 10**13}]}, "fen"),
        ({**FILING, "lines": [{"id": "1", "ml": 1.5, "fen": 1}]}, "ml"),
        ({**FILING, "channel": "D"}, "channel"),
        ({**FILING, "id": "a" * 49}, "48"),
    ):
        with pytest.raises(DispatchError, match=says) as error:
            office.tell("file", document)
        assert NUMBER[:17] not in str(error.value)
    with pytest.raises(DispatchError, match="no claim CS-9"):
        office.claims("verify", "CS-9")
    office.tell("file", FILING)
    with pytest.raises(DispatchError, match="submit, withdraw"):
        office.claims("pay", "CS-1")
    with pytest.raises(DispatchError, match="password"):
        office.run("claims", "verify", "CS-1", "--data", str(office.data), "--operator", "he.fang",
                   "--password-stdin", given="guess\n")  # fmt: skip
    with pytest.raises(DispatchError, match=r"he\.fang"):
        office.run("claims", "verify", "CS-1", "--data", str(office.data), "--operator", "nobody")


def test_a_month_is_netted_and_stated_as_text_csv_and_a_page_to_print(office: Office) -> None:
    office.tell("file", FILING)
    office.claims("submit", "CS-1", "--document", "identity", "--document", "invoice")
    for deed in ("verify", "approve", "pay"):
        office.claims(deed, "CS-1")
    with pytest.raises(DispatchError, match="not over"):
        office.claims("net", "--month", "2099-01")
    with pytest.raises(DispatchError, match="no month"):
        office.claims("net", "--month", "January")
    assert "0 entries" in office.claims("net", "--month", "2025-12")
    journal = json.loads(office.run("claims", "journal", "--data", str(office.data)))
    assert journal == {"entries": []}, "it was paid in a later month"


def test_a_page_to_print_holds_everything_in_both_languages(tmp_path: Path) -> None:
    entries = [
        {"id": "CS-1/1", "month": "2026-10", "liable": "changsha", "advanced_by": "zhuzhou", "fen": 88_000},
        {"id": "<b>=1+1</b>", "month": "2026-10", "liable": "zhuzhou", "advanced_by": "changsha", "fen": 1},
    ]
    file = tmp_path / "journal.json"
    file.write_text(json.dumps({"entries": entries}), "utf-8")
    page = (
        CliRunner()
        .invoke(
            app,
            ["--lang", "en", "claims", "statement", "--journal", str(file), "--centre", "zhuzhou", "--html"],
        )
        .output
    )
    for part in ("株洲", "Zhuzhou", "879.99", "2026-10", "&lt;b&gt;=1+1", "结算单", "Payments"):
        assert part in page
    assert "<b>=1" not in page
    assert "http" not in page, "nothing is fetched"


def test_a_database_of_no_centre_is_refused_and_one_in_use_says_so(office: Office, tmp_path: Path) -> None:
    with pytest.raises(DispatchError, match="no records"):
        office.run("claims", "list", "--data", str(tmp_path / "none.db"))
    sqlite3.connect(tmp_path / "other.db").close()
    (tmp_path / "other.db").write_bytes(b"")
    with pytest.raises(DispatchError, match="cannot be read"):
        office.run("claims", "list", "--data", str(tmp_path / "other.db"))
    configuration = load()
    store = Store.open(
        office.data, city=CityCode("changsha"), node="centre", units=(), rules=configuration.centre_rules,
        now_ms=epoch_ms(SystemClock().now()),
    )  # fmt: skip
    try:
        with pytest.raises(DispatchError, match="leave --data out"):
            office.claims("verify", "CS-1")
    finally:
        store.close()
