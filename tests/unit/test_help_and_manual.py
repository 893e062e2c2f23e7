"""Every command has an example that it takes; help, manual page and completion in both languages."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from typer._click import Command, Context
from typer._click.exceptions import BadParameter

from dispatch.cli.examples import EXAMPLES
from dispatch.cli.helping import translated, wrapped
from dispatch.cli.man import plain
from dispatch.cli.tree import leaves, tree
from dispatch.text import cell_width

DOCS = Path(__file__).parents[2] / "docs"
FRAME = re.compile(r"Usage:|Options:|Arguments:|Commands:|Examples:|Show this|\[required|\[default:|list\[")
PAGES: tuple[list[str], ...] = (
    [],
    ["drill"],
    ["audit"],
    ["audit", "show"],
    ["claims", "keys", "new"],
    ["doctor"],
    ["roads", "eta"],
    ["keys", "pki"],
)


@cache
def known() -> dict[str, Command]:
    """Every command that does something by itself, imported once."""
    return dict(leaves())


def czt(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`czt` in a process of its own, whose output is no terminal; 80 columns wide."""
    return subprocess.run(
        [sys.executable, "-m", "dispatch", *words],
        env={**os.environ, "COLUMNS": "80", **environment},
        capture_output=True,
        timeout=300,
        check=False,
    )


def test_every_command_has_an_example_and_no_example_is_left_over() -> None:
    assert known().keys() == EXAMPLES.keys()


def taken(command: Command, path: str, words: list[str]) -> None:
    """Raises what a person would be told; a file that is not on this machine is no fault of the line."""
    try:
        command.make_context(path, words, parent=Context(command, info_name="czt"))
    except BadParameter as error:
        if "exist" not in str(error) and "readable" not in str(error):
            raise


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_is_a_line_that_its_command_takes(path: str) -> None:
    command = known()[path]
    for line in EXAMPLES[path]:
        words = shlex.split(line.partition(" > ")[0])
        begin = ["czt", *path.split()]
        assert words[: len(begin)] == begin, line
        taken(command, path, words[len(begin) :])


def test_an_option_that_a_command_does_not_know_is_found_by_that_test() -> None:
    with pytest.raises(Exception, match="No such option"):
        taken(known()["doctor"], "doctor", ["--nosuch"])


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_a_help_page_in_chinese_is_chinese_to_its_frame_and_fits_its_width(page: list[str]) -> None:
    shown = czt("--lang", "zh_CN", *page, "--help").stdout.decode()
    assert not FRAME.search(shown), shown
    assert "示例" in shown
    prose = [line for line in shown.splitlines() if not line.lstrip().startswith("czt ")]
    assert max(map(cell_width, prose)) <= 80, max(prose, key=cell_width)


def test_a_help_page_in_english_shows_its_examples_as_they_are_typed() -> None:
    shown = czt("--lang", "en", "audit", "show", "--help").stdout.decode()
    for line in EXAMPLES["audit show"]:
        assert f"    {line}\n" in shown


def test_words_of_the_library_in_a_line_are_translated() -> None:
    assert translated("city  [required]") == "city  [必填]"
    assert translated("pace  [default: 1.0; 0.1<=x<=60]").startswith("pace  [默认：1.0")


@pytest.mark.parametrize("room", [10, 17, 40])
def test_wrapped_text_loses_nothing_and_is_never_too_wide(room: int) -> None:
    text = "由审计记录生成事后评估报告：HTML、JSON、CSV 或文本。 Rank units and hospitals"
    lines = list(wrapped(text, room))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_width(line) <= room for line in lines)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_manual_page_names_every_command_and_is_the_one_in_docs(language: str) -> None:
    page = czt("--lang", language, "man", "--roff").stdout.decode()
    name = {"en": "czt.1", "zh_CN": "czt.zh_CN.1"}[language]
    assert (DOCS / "man" / name).read_text("utf-8") == page, "make it anew: make docs"
    text = plain(page)
    for path, _command in tree():
        assert f"  czt {path}\n" in text
    for lines in EXAMPLES.values():
        assert all(line in text for line in lines)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff checks the page")
@pytest.mark.parametrize("name", ["czt.1", "czt.zh_CN.1"])
def test_groff_has_nothing_to_say_against_the_page(name: str) -> None:
    file = DOCS / "man" / name
    run = subprocess.run(
        ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", str(file)], capture_output=True, timeout=300, check=True
    )
    laid_out = ("cannot break line", "cannot adjust line")  # Chinese has no spaces to give way at
    said = run.stderr.decode().splitlines()
    complaints = [line for line in said if not any(one in line for one in laid_out)]
    assert complaints == []
    assert "czt audit verify" in re.sub(r"\x1b\[[\d;]*m|.\x08", "", run.stdout.decode())


LOCALES = {
    "Chinese": {"LC_ALL": "zh_CN.UTF-8"},
    "none": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX", "LANG": ""},
    "not UTF-8": {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_bash_completes_commands_and_options_whatever_the_locale(locale: str, tmp_path: Path) -> None:
    program = tmp_path / "czt"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m dispatch "$@"\n')
    program.chmod(0o755)
    script = tmp_path / "completion.bash"
    script.write_bytes(czt("completion", "bash").stdout)
    ask = f"""
    . {script}
    complete -p czt >&2
    ask() {{
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _czt_completion {program}; echo "${{COMPREPLY[*]}}"
    }}
    ask czt aud
    ask czt audit ver
    ask czt drill --to
    """
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", **LOCALES[locale]}
    run = subprocess.run(["bash", "-c", ask], capture_output=True, env=environment, timeout=300, check=True)
    assert run.stdout.decode().split() == ["audit", "verify", "--tour"], run.stderr.decode()
    assert "Traceback" not in run.stderr.decode()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_are_told_what_a_command_does(locale: str, shell: str) -> None:
    asked = {"_CZT_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "czt aud",
             "_TYPER_COMPLETE_FISH_ACTION": "get-args"}  # fmt: skip
    run = czt(**asked, **LOCALES[locale])
    said = run.stdout.decode()
    assert run.returncode == 0, run.stderr
    assert "audit" in said
    assert ("log" in said) if locale == "not UTF-8" else ("审计" in said)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_by_the_variable_that_czt_hears(shell: str) -> None:
    assert f"_CZT_COMPLETE=complete_{shell}" in czt("completion", shell).stdout.decode()


def test_a_terminal_that_takes_no_chinese_is_answered_in_english() -> None:
    run = czt("--lang", "zh_CN", "nosuch", **LOCALES["not UTF-8"])
    assert run.returncode == 2
    assert b"there is no command nosuch" in run.stderr
