"""The wheel in a fresh environment, far from any checkout."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from dispatch import __version__
from tests.architecture.sources import ROOT
from tests.packaging.conftest import Command

PLACES = """
import dispatch, simulators
from dispatch.settings import config_dir
print(dispatch.__file__, simulators.__file__, config_dir())
"""


def test_the_program_and_its_settings_come_from_the_environment_alone(
    environment: Path, czt: Command
) -> None:
    said = czt("--version")
    assert (said.returncode, said.stdout.strip()) == (0, f"czt {__version__}")
    run = subprocess.run(
        [str(environment / "bin" / "python"), "-c", PLACES],
        capture_output=True, text=True, check=True, cwd="/",
    )  # fmt: skip
    for place in run.stdout.split():
        assert Path(place).is_relative_to(environment), f"{place} is not in the new environment"
        assert not Path(place).is_relative_to(ROOT)


def test_the_help_names_every_command_in_both_languages(czt: Command) -> None:
    chinese, english = czt("--help"), czt("--lang", "en", "--help")
    assert (chinese.returncode, english.returncode) == (0, 0)
    names = re.findall(r"^  ([a-z-]+) {2,}\S", english.stdout, re.MULTILINE)
    assert {"drill", "console", "centre", "config", "init", "database"} <= set(names)
    assert "演练" in chinese.stdout


def test_config_check_reads_what_the_wheel_brought(environment: Path, czt: Command) -> None:
    said = czt("config", "check", CZT_LANG="en")
    assert said.returncode == 0, said.stderr
    assert str(environment) in said.stdout.splitlines()[0]


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}])
def test_chinese_comes_out_whole_whatever_the_locale(czt: Command, locale: dict[str, str]) -> None:
    said = czt("drills", PYTHONIOENCODING="utf-8", **locale)
    assert said.returncode == 0, said.stderr
    assert "平稳班次" in said.stdout


@pytest.mark.slow
def test_a_short_drill_runs_from_another_folder(czt: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = czt("drill", "--headless", "--minutes", "1", "--speed", "2", "--seed", "7", "--out", str(out))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert told["audit"]["verified"] is True
    assert set(told["console"]["cities"]) == set(told["centres"]) == {"changsha", "zhuzhou", "xiangtan"}
    assert all(centre["verified"] for centre in told["centres"].values())
    checked = czt("audit", "verify", str(out / "audit.db"))
    assert checked.returncode == 0, checked.stdout


def test_a_machine_without_a_home_says_what_to_do_or_works(environment: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [str(environment / "bin" / "czt"), "config", "check"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        umask=0o077,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
