"""A command line that cannot be run is answered in the language in use, by `czt` and not by its library."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch import cli, language

ENGLISH = re.compile(r"Usage|Error|Try|Missing|Invalid|No such|Input|should|option\b|valid")


def answered(
    line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """(exit code, what stands on standard error) of `czt` with these words."""
    monkeypatch.setattr("sys.argv", ["czt", *line])
    spoken = language.current()
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        language.use(spoken)
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["nosuch"], "没有 nosuch 这个命令"),
        (["drill", "--nosuch"], "没有 --nosuch 这个选项"),
        (["drill", "--seed", "abc"], "--seed：必须是整数"),
        (["drill", "--seed", "-1"], "--seed：不得小于 0"),
        (["drill", "--minutes", "x"], "--minutes：必须是数字"),
        (["drill", "--speed", "61"], "--speed：不得大于 60"),
        (["drill", "--seed"], "--seed 后面缺少值"),
        (["drill", "--join=1"], "--join 不带值"),
        (["drills", "x", "y"], "多余的参数：x y"),
        (["recommend", "unit"], "缺少 --picture"),
        (["recommend", "nosuch"], "没有 nosuch 这个命令"),
        (["operators", "add"], "缺少 NAME"),
    ],
)
def test_a_wrong_command_line_is_answered_in_chinese(
    line: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = answered(["--lang", "zh_CN", *line], monkeypatch, capsys)
    assert code == 2
    first = err.splitlines()[0]
    assert first.startswith("czt: ")
    assert said in first
    assert not ENGLISH.search(first.replace(" ".join(line), ""))
    assert "--help" in err


def test_a_wrong_command_line_is_answered_in_english() -> None:
    line = [sys.executable, "-m", "dispatch", "--lang", "en", "drill", "--seed", "abc"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    said = ["czt: --seed: must be a whole number", "czt drill --help shows how it is called"]
    assert (done.returncode, done.stderr.splitlines()) == (2, said)


def test_an_exit_code_of_a_command_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _err = answered(["audit", "show", str(tmp_path / "none.db")], monkeypatch, capsys)
    assert code == 2
