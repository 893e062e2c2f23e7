"""The container file: what it copies is there, and what it runs makes a program that works."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.packaging.conftest import copied

FILE = ROOT / "config" / "container" / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """(word, rest) of each instruction, with its lines joined."""
    text = re.sub(r"^#.*\n", "", FILE.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [
        (line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()
    ]


def test_everything_that_is_copied_is_there() -> None:
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, _target = shlex.split(rest)
            for source in sources:
                assert (ROOT / source).exists(), source


def test_it_runs_without_rights_and_ends_politely() -> None:
    said = dict(instructions())
    assert said["USER"] == "czt"
    assert said["STOPSIGNAL"] == "SIGTERM"
    assert said["ENTRYPOINT"] == '["czt"]'


@pytest.mark.slow
def test_the_steps_that_build_the_wheel_do(tmp_path: Path) -> None:
    """The step of the first stage, in a folder that holds what was copied and nothing else."""
    source, whole = tmp_path / "src", copied(tmp_path / "whole")
    source.mkdir()
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *names, _target = shlex.split(rest)
            for name in names:
                (whole / name).rename(source / Path(name).name)
    (step,) = [rest for word, rest in instructions() if word == "RUN" and "hatchling build" in rest]
    build = step.split("&&")[1].strip()
    command = shlex.split(
        build.replace("/build/bin/hatchling", f"{sys.executable} -m hatchling").replace("/src", str(source))
    )
    run = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    assert list((source / "dist").glob("*.whl"))
