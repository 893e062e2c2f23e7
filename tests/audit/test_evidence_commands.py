"""`czt keys`, `czt audit sign`, `verify`, `prove` and `check`, as people call them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatch import language
from dispatch.audit.checkpoint import Checkpoint
from dispatch.audit.connection import reader
from dispatch.audit.leaves import tree_of
from dispatch.audit.notes import Note
from dispatch.audit.witness import Verdict, WitnessBook
from dispatch.cli.app import app
from tests.audit.logs import tamper
from tests.audit.signing import AT_MS, CITIES, note_of, opened

ZHUZHOU = CITIES["zhuzhou"].witness


@pytest.fixture(autouse=True)
def _english() -> object:
    before = language.current()
    language.use("en")
    yield
    language.use(before)


def czt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["--lang", "en", *map(str, arguments)])


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    """A configuration folder that trusts the three cities of the tests."""
    folder = tmp_path / "config"
    folder.mkdir()
    keys = [str(key) for one in CITIES.values() for key in one.public]
    assert czt("keys", "trust", "--config", folder, *keys).exit_code == 0
    return folder


def test_keys_are_made_shown_and_trusted(tmp_path: Path) -> None:
    private, folder = tmp_path / "changsha.key", tmp_path / "config"
    folder.mkdir()
    made = czt("keys", "make", "changsha", private, "--json")
    public = [one["key"] for one in json.loads(made.stdout)]
    assert [one["use"] for one in json.loads(made.stdout)] == ["log", "witness"]
    assert "PRIVATE" not in made.stdout
    shown = czt("keys", "show", private, "--json").stdout
    assert json.loads(shown) == json.loads(made.stdout)
    assert "PRIVATE" not in shown
    assert czt("keys", "trust", "--config", folder, *public).exit_code == 0
    listed = czt("keys", "show", "--config", folder, "--json").stdout
    assert [one["key"] for one in json.loads(listed)] == public
    assert czt("keys").stdout.startswith("# Keys and commands")


def test_a_log_is_signed_and_verified_with_what_each_combination_proves(
    hundred: Path, tmp_path: Path, trusted: Path
) -> None:
    alone = czt("audit", "verify", hundred)
    assert alone.exit_code == 0
    assert "cannot see rows cut off at the end" in alone.stdout
    own = tmp_path / "own.note"
    own.write_text(note_of(hundred, 90).written(), encoding="utf-8")
    signed = czt("audit", "verify", hundred, "--checkpoint", own, "--config", trusted)
    assert signed.exit_code == 0
    assert "rows 1 to 90 are the ones Changsha signed" in signed.stdout
    assert "no other city's cosignature was given" in signed.stdout
    assert "rows 91 to 100 came after the newest checkpoint" in signed.stdout
    seen = tmp_path / "seen.jsonl"
    lines = [{"note": note_of(hundred, size, ("zhuzhou",)).written()} for size in (50, 80)]
    seen.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    both = czt("audit", "verify", hundred, "--checkpoint", own, "--checkpoint", seen, "--config", trusted)
    assert "rows 1 to 80 are the ones Zhuzhou saw and cosigned" in both.stdout
    assert "no other city's" not in both.stdout


def test_a_rewritten_log_fails_with_the_rows_named(hundred: Path, tmp_path: Path, trusted: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    lines = [{"note": note_of(hundred, size).written()} for size in (30, 90)]
    notes.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    tamper(hundred, "DELETE FROM audit WHERE seq > 60")
    found = czt("audit", "verify", hundred, "--checkpoint", notes, "--config", trusted, "--json")
    assert found.exit_code == 1
    said = json.loads(found.stdout)
    assert (said["ok"], said["first_fault"]["code"], said["proved"][0]["size"]) == (False, "cut_signed", 30)
    assert said["first_fault"]["facts"]["expected"] == 90


def test_a_checkpoint_made_here_is_one(tmp_path: Path, hundred: Path) -> None:
    private, out = tmp_path / "changsha.key", tmp_path / "now.note"
    public = json.loads(czt("keys", "make", "changsha", private, "--json").stdout)[0]["key"]
    assert czt("audit", "sign", hundred, "--keys", private, "--out", out).exit_code == 0
    assert czt("audit", "verify", hundred, "--checkpoint", out, "--key", public).exit_code == 0
    other = tmp_path / "zhuzhou.key"
    czt("keys", "make", "zhuzhou", other)
    assert czt("audit", "sign", hundred, "--keys", other).exit_code != 0


def test_a_broken_log_is_not_signed(tmp_path: Path, hundred: Path) -> None:
    private = tmp_path / "changsha.key"
    czt("keys", "make", "changsha", private)
    tamper(hundred, "DELETE FROM audit WHERE seq = 60")
    assert czt("audit", "sign", hundred, "--keys", private).exit_code != 0


def test_one_row_is_proved_to_somebody_without_the_log(hundred: Path, tmp_path: Path, trusted: Path) -> None:
    notes, out = tmp_path / "notes", tmp_path / "row-41.tlog-proof"
    notes.write_text(note_of(hundred, 90, ("zhuzhou", "xiangtan")).written(), encoding="utf-8")
    made = czt("audit", "prove", hundred, "41", out, "--checkpoint", notes, "--config", trusted, "--json")
    assert json.loads(made.stdout)["size"] == 90
    hundred.unlink()
    checked = czt("audit", "check", out, "--config", trusted)
    assert checked.exit_code == 0
    assert "CS-040" in checked.stdout
    assert "Zhuzhou saw and cosigned them" in checked.stdout
    said = json.loads(czt("audit", "check", out, "--config", trusted, "--json").stdout)
    assert (said["ok"], said["row"]["seq"], [one["city"] for one in said["witnesses"]]) == (
        True,
        41,
        ["zhuzhou", "xiangtan"],
    )
    out.write_text(out.read_text(encoding="utf-8").replace("index 40", "index 39"), encoding="utf-8")
    refused = czt("audit", "check", out, "--config", trusted)
    assert (refused.exit_code, "nothing is proved" in refused.stdout) == (1, True)


def test_without_a_trusted_key_nothing_is_claimed(hundred: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.write_text(note_of(hundred, 90).written(), encoding="utf-8")
    (tmp_path / "none.toml").write_text("trusted = []\n", encoding="utf-8")
    found = czt("audit", "verify", hundred, "--checkpoint", notes, "--trusted", tmp_path / "none.toml")
    assert found.exit_code != 0
    assert "are the ones" not in found.stdout


@pytest.fixture
def kept(hundred: Path, tmp_path: Path) -> Path:
    """The checkpoints of Zhuzhou: it saw Changsha's log at 40 and 80 rows, and then another history."""
    path = tmp_path / "witness.db"
    with closing(WitnessBook(path)) as book:
        with tree_of(hundred) as tree:
            for size in (40, 80):
                proofs = {40: tree.consistency(40, 80)} if size == 80 else {}
                seen = book.consider(
                    opened(note_of(hundred, size, at_ms=AT_MS + size)), proofs, ZHUZHOU, AT_MS
                )
                assert seen.verdict.cosigned
        other = Checkpoint("czt/changsha/console-1", 80, bytes(32), AT_MS + 90)
        forged = opened(other.signed(CITIES["changsha"].log))
        assert book.consider(forged, {}, ZHUZHOU, AT_MS).verdict is Verdict.CONFLICT
    return path


def test_checkpoints_of_a_centre_are_listed_and_prove_its_neighbours_log(
    hundred: Path, kept: Path, tmp_path: Path, trusted: Path
) -> None:
    listed = czt("audit", "checkpoints", kept)
    assert listed.exit_code == 0
    assert listed.stdout.count("cosigned by Zhuzhou") == 2
    out = tmp_path / "out.jsonl"
    assert czt("audit", "checkpoints", kept, "--city", "changsha", "--out", out).exit_code == 0
    for given in (kept, out):
        found = czt("audit", "verify", hundred, "--checkpoint", given, "--config", trusted, "--json")
        assert found.exit_code == 0
        assert [(one["witness"], one["size"]) for one in json.loads(found.stdout)["proved"]] == [
            ("", 80),
            ("zhuzhou", 80),
        ]


def test_a_conflict_is_shown_with_both_notes(kept: Path) -> None:
    said = czt("audit", "conflicts", kept)
    assert "czt/changsha/console-1" in said.stdout
    (one,) = json.loads(czt("audit", "conflicts", kept, "--json").stdout)
    for name in ("held", "other"):
        assert opened(Note.parse(one[name])).checkpoint.size == 80


def test_another_history_is_accepted_by_somebody_for_a_reason(kept: Path) -> None:
    with closing(WitnessBook(kept)) as book:
        note = Checkpoint("czt/changsha/centre", 9, bytes(32), AT_MS).signed(CITIES["changsha"].log)
        book.consider(opened(note), {}, ZHUZHOU, AT_MS)
    assert czt("audit", "accept", kept, "changsha", "--by", " ", "--reason", "x").exit_code != 0
    done = czt("audit", "accept", kept, "changsha", "--by", "li", "--reason", "restored", "--json")
    assert json.loads(done.stdout)["accepted"]
    again = czt("audit", "accept", kept, "changsha", "--by", "li", "--reason", "restored")
    assert again.exit_code != 0
    assert len(json.loads(czt("audit", "conflicts", kept, "--json").stdout)) == 1  # evidence stays


@pytest.mark.parametrize("of_the_old_one_ms", [-1, 0])
def test_what_was_signed_before_another_history_was_accepted_never_brings_the_old_one_back(
    hundred: Path, kept: Path, of_the_old_one_ms: int
) -> None:
    """A broker may keep a checkpoint of the old history that this city never saw."""
    accepted_ms, log = AT_MS + 1_000, CITIES["changsha"].log
    new = opened(Checkpoint("czt/changsha/console-1", 12, bytes(32), accepted_ms + 1).signed(log))
    with closing(WitnessBook(kept)) as book:
        assert book.accept("czt/changsha/console-1", "li", "restored", accepted_ms)
        kept_by_broker = opened(note_of(hundred, 90, at_ms=accepted_ms + of_the_old_one_ms))
        for late in (kept_by_broker, opened(note_of(hundred, 80, at_ms=AT_MS + 80))):
            seen = book.consider(late, {}, ZHUZHOU, accepted_ms + 5)
            assert (seen.verdict, seen.held) == (Verdict.OLD, None)
        assert book.consider(new, {}, ZHUZHOU, accepted_ms + 6).verdict is Verdict.FIRST
        assert not book.consider(kept_by_broker, {}, ZHUZHOU, accepted_ms + 7).verdict.cosigned


def test_a_file_that_keeps_no_checkpoints_is_refused(hundred: Path, tmp_path: Path) -> None:
    for file in (hundred, tmp_path / "nothing.db"):
        assert czt("audit", "checkpoints", file).exit_code != 0
        assert czt("audit", "conflicts", file).exit_code != 0


def test_datasette_is_told_how_to_show_a_log_and_nothing_else(hundred: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(hundred)) as connection, connection:
        connection.execute("CREATE TABLE orders (request TEXT)")
    out = tmp_path / "metadata.json"
    assert czt("audit", "datasette", hundred, out).exit_code == 0
    (database,) = json.loads(out.read_text(encoding="utf-8"))["databases"].values()
    assert database["allow_sql"] is False
    assert database["tables"]["orders"] == {"hidden": True, "allow": False}
    with reader(hundred) as connection:
        names = {row[1] for row in connection.execute("PRAGMA table_xinfo(audit)")}
        assert set(database["tables"]["audit"]["columns"]) == names
        assert set(database["tables"]["audit"]["facets"]) <= names
        story = connection.execute(database["queries"]["story"]["sql"], {"target": "CS-040"}).fetchall()
        assert [row[0] for row in story] == [41]
        assert connection.execute(database["queries"]["counts"]["sql"]).fetchall() == [("unit.chosen", 100)]
