"""A command line that cannot be run is answered in the language in use, by `czt` and not by its library."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch import cli, language
from dispatch.cli.helping import Page
from dispatch.text import cell_width

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


ENGLISH_HELP = re.compile(
    r"Usage|Options|OPTIONS|Arguments|Commands|COMMAND|default:|required|env var|Show |Install "
)


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["drill"],
        ["audit", "export"],
        ["blood", "plan"],
        ["feed", "replay"],
        ["operators", "add"],
        ["study"],
    ],
)
def test_the_help_of_a_command_is_chinese_with_its_headings_and_hints(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["czt", "--lang", "zh_CN", *command, "--help"])
    spoken = language.current()
    try:
        cli.main()
    finally:
        language.use(spoken)
    said = capsys.readouterr().out
    assert said.startswith("用法：czt")
    assert "选项：" in said
    assert not ENGLISH_HELP.search(said)
    assert max(map(cell_width, said.splitlines())) <= 80


def test_the_help_is_laid_out_by_the_cells_that_chinese_takes() -> None:
    with_kind = "--minutes <数字>"
    formatter = Page(width=40)
    formatter.write_dl(
        [("--minutes <float>", "在若干分钟演练时间后结束，并写出小结"), ("--json", "以 JSON 输出")]
    )
    lines = formatter.getvalue().splitlines()
    assert [cell_width(line[: line.index("在") if "在" in line else 0]) for line in lines[:1]] == [
        cell_width(with_kind) + 2
    ]
    assert max(map(cell_width, lines)) <= 40
    assert not any(line.strip().startswith("，") for line in lines)


def test_an_exit_code_of_a_command_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _err = answered(["audit", "show", str(tmp_path / "none.db")], monkeypatch, capsys)
    assert code == 2
