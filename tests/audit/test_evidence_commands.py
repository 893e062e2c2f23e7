"""`czt keys`, `czt audit sign`, `verify`, `prove` and `check`, as people call them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatch import language
from dispatch.cli.app import app
from tests.audit.logs import tamper
from tests.audit.signing import CITIES, note_of


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
    assert "rows 1 to 90 are the ones changsha signed" in signed.stdout
    assert "no other city's cosignature was given" in signed.stdout
    assert "rows 91 to 100 came after the newest checkpoint" in signed.stdout
    seen = tmp_path / "seen.jsonl"
    lines = [{"note": note_of(hundred, size, ("zhuzhou",)).written()} for size in (50, 80)]
    seen.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    both = czt("audit", "verify", hundred, "--checkpoint", own, "--checkpoint", seen, "--config", trusted)
    assert "rows 1 to 80 are the ones zhuzhou saw and cosigned" in both.stdout
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
    assert "zhuzhou saw and cosigned them" in checked.stdout
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
