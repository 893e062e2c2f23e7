"""operators.toml: read strictly, written whole, never shown."""

import os
import stat
import threading
from functools import partial
from pathlib import Path

import pytest

from dispatch import language
from dispatch.domain.errors import BadConfiguration, DispatchError
from dispatch.domain.model import Name
from dispatch.domain.operators import Operator, Role
from dispatch.settings import config_dir, load
from dispatch.settings.operators import change_operators, load_operators, operators_file

HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"
GOOD = f"""\
[[operator]]
id = "wang.fang"
name = {{ zh = "王芳", en = "Wang Fang" }}
role = "dispatcher"
password = "{HASH}"
"""


@pytest.fixture(autouse=True)
def _english_and_nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    language.use("en")
    monkeypatch.delenv("CZT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def person(operator: str, **changes: object) -> Operator:
    made = Operator(id=operator, name=Name(zh="某人", en="Some One"), role=Role.DISPATCHER, password=HASH)
    return made.model_copy(update=changes)


def test_people_are_never_shipped() -> None:
    assert not (config_dir() / "operators.toml").exists()
    assert operators_file() is None


def test_a_folder_with_operators_is_a_good_folder(tmp_path: Path) -> None:
    (tmp_path / "operators.toml").write_text(GOOD, "utf-8")
    assert operators_file(tmp_path) == tmp_path / "operators.toml"
    assert load(tmp_path).settings.language == "zh_CN"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "operators.toml"
    odd = Name(zh='欧阳"修\\', en="O'Yang \x7f #1")
    written = [person("a.b"), person("c-d", name=odd, role=Role.OBSERVER, active=False)]
    change_operators(file, lambda _none: written)
    assert list(load_operators(file)) == written
    assert [one.password for one in load_operators(file)] == [HASH, HASH]


def test_the_file_is_its_owners_alone_whatever_it_was_before(tmp_path: Path) -> None:
    file = tmp_path / "operators.toml"
    file.write_text(GOOD, "utf-8")
    file.chmod(0o644)
    change_operators(file, lambda held: held)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["operators.toml"]


def test_a_change_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "operators.toml"
    file.write_text(GOOD, "utf-8")

    def full(_descriptor: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DispatchError, match="no space left"):
        change_operators(file, lambda held: [*held, person("li.na")])
    assert file.read_text("utf-8") == GOOD
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["operators.toml"]


def _with(operator: str, held: tuple[Operator, ...]) -> list[Operator]:
    return [*held, person(operator)]


def test_two_writers_lose_nobody(tmp_path: Path) -> None:
    file = tmp_path / "operators.toml"

    def add(letter: str) -> None:
        for number in range(10):
            change_operators(file, partial(_with, f"{letter}{number}"))

    writers = [threading.Thread(target=add, args=(letter,)) for letter in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(load_operators(file)) == 30


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('id = "wang.fang"', 'id = "Wang"', 2, "operator[1].id: must look like"),
        ('role = "dispatcher"', 'role = "boss"', 4, "operator[1].role: is 'boss'; allowed: "),
        ('zh = "王芳"', 'zh = " "', 3, "wang.fang: needs a name in Chinese and English"),
        ("password =", "pasword =", 5, "operator[1].pasword: is no setting; did you mean password?"),
        (f'password = "{HASH}"', "", 1, "no usable password; set one: czt operators passwd wang.fang"),
        (f'"{HASH}"', '"hunter2-hunter2"', 5, "no usable password"),
        (f'"{HASH}"', "20261124", 5, "no usable password"),
        (GOOD, GOOD + GOOD, 7, "wang.fang: stands here twice"),
        ("[[operator]]", "[operator]", 1, "each operator is a table of its own"),
        ("[[operator]]", "[[operators]]", 1, "operators: is no setting; did you mean operator?"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_without_the_password(
    tmp_path: Path, old: str, new: str, line: int, sentence: str
) -> None:
    file = tmp_path / "operators.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(BadConfiguration) as raised:
        load_operators(file)
    assert sentence in raised.value.message
    assert raised.value.line == line
    for secret in (HASH, "hunter2", "20261124"):
        assert secret not in str(raised.value)
