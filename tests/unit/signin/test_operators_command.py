"""`czt operators`: accounts are made, listed, disabled; a password is never shown."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatch import language
from dispatch.cli import operators as command
from dispatch.domain.errors import DispatchError
from dispatch.domain.operators import Role
from dispatch.settings.operators import load_operators
from tests.unit.signin.people import QUICK

PASSWORD = "horse-staple-72"


@pytest.fixture(autouse=True)
def _english_and_quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    language.use("en")
    monkeypatch.delenv("CZT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(command, "Passwords", lambda: QUICK)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    made.mkdir()
    return made


def czt(folder: Path, *words: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(command.app, [*words, "--config", str(folder)], input=typed)


def add(folder: Path, name: str, *words: str, password: str = PASSWORD) -> Result:
    return czt(folder, "add", name, "--password-stdin", *words, typed=f"{password}\n")


def refused(result: Result) -> str:
    assert isinstance(result.exception, DispatchError), result.output
    return str(result.exception)


def test_an_account_is_made_with_its_role_and_names(folder: Path) -> None:
    result = add(folder, "wang.fang", "--role", "supervisor", "--name-zh", "王芳", "--name-en", "Wang Fang")
    assert result.exit_code == 0, result.output
    assert "ask everybody to sign in" in result.output
    (one,) = load_operators(folder / "operators.toml")
    assert (one.id, one.name.zh, one.name.en, one.role) == (
        "wang.fang", "王芳", "Wang Fang", Role.SUPERVISOR,
    )  # fmt: skip
    assert QUICK.fits(one.password, PASSWORD)
    assert PASSWORD not in (folder / "operators.toml").read_text("utf-8")
    assert stat.S_IMODE((folder / "operators.toml").stat().st_mode) == 0o600


def test_the_first_account_makes_the_folder_where_there_is_none(tmp_path: Path) -> None:
    result = CliRunner().invoke(command.app, ["add", "li.na", "--password-stdin"], input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    file = tmp_path / "home" / ".config" / "czt" / "operators.toml"
    assert [one.id for one in load_operators(file)] == ["li.na"]
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_everybody_is_listed_with_role_and_state_and_without_a_password(folder: Path) -> None:
    assert "without signing in" in czt(folder, "list").output
    add(folder, "wang.fang", "--name-zh", "王芳")
    add(folder, "li.na", "--role", "observer")
    czt(folder, "disable", "li.na")
    listed = czt(folder, "list").output.splitlines()
    assert listed[0].split() == ["wang.fang", "王芳", "王芳", "dispatcher"]
    assert listed[1].split() == ["li.na", "li.na", "li.na", "observer", "disabled"]
    told = json.loads(czt(folder, "list", "--json").output)
    assert [one["active"] for one in told] == [True, False]
    assert "argon2" not in czt(folder, "list", "--json").output


def test_a_file_that_others_may_read_is_told(folder: Path) -> None:
    add(folder, "wang.fang")
    (folder / "operators.toml").chmod(0o644)
    assert "chmod 600" in czt(folder, "list").stderr


def test_a_name_is_taken_once(folder: Path) -> None:
    add(folder, "wang.fang")
    assert "there already" in refused(add(folder, "wang.fang"))
    assert len(load_operators(folder / "operators.toml")) == 1


@pytest.mark.parametrize("name", ["Wang", "王芳", "w", "1wang", "wang fang", "w" * 33])
def test_a_name_that_cannot_be_an_account_is_refused(folder: Path, name: str) -> None:
    assert "cannot be an account" in refused(add(folder, name))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-1", "8 to 128 characters"),
        ("", "8 to 128 characters"),
        ("x" * 129, "8 to 128 characters"),
        ("my-wang.fang-1", "the operator's own name"),
        ("\uff37\uff21\uff2e\uff27.FANG-123", "the operator's own name"),
        ("aaaaaaaaabab", "four different"),
        ("tab\there-and-there", "control characters"),
    ],
)
def test_a_weak_password_is_refused_and_not_repeated(folder: Path, password: str, why: str) -> None:
    result = add(folder, "wang.fang", password=password)
    told = refused(result)
    assert why in told
    assert not password or password not in told + result.output
    assert not (folder / "operators.toml").exists()


def test_a_password_is_changed(folder: Path) -> None:
    add(folder, "wang.fang")
    add(folder, "li.na")
    czt(folder, "passwd", "wang.fang", "--password-stdin", typed="another-road-33\r\nrest\n")
    wang, li = load_operators(folder / "operators.toml")
    assert QUICK.fits(wang.password, "another-road-33")
    assert QUICK.fits(li.password, PASSWORD)


def test_a_disabled_account_stays_and_can_be_enabled(folder: Path) -> None:
    add(folder, "wang.fang")
    disabled = czt(folder, "disable", "wang.fang")
    assert "only break-glass" in disabled.stderr
    assert not load_operators(folder / "operators.toml")[0].active
    assert czt(folder, "enable", "wang.fang").exit_code == 0
    assert load_operators(folder / "operators.toml")[0].active


def test_whoever_is_not_there_is_told_who_is(folder: Path) -> None:
    add(folder, "wang.fang")
    for verb in ("passwd", "disable", "enable"):
        assert "there are: wang.fang" in refused(czt(folder, verb, "zhao"))


def test_without_a_terminal_the_password_must_come_from_standard_input(folder: Path) -> None:
    assert "--password-stdin" in refused(czt(folder, "add", "wang.fang", typed=f"{PASSWORD}\n"))
    assert "UTF-8" in refused(czt(folder, "add", "wang.fang", "--password-stdin", typed=b"\xff\xfe\n"))


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "operators.toml.lock").mkdir()
    assert "cannot write" in refused(add(folder, "wang.fang"))
