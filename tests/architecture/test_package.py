"""What is shipped: everything that is needed, nothing of the machine it was built on."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.architecture.test_house_rules import TRACES


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    out = tmp_path_factory.mktemp("built")
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return out


def wheel_files(built: Path) -> dict[str, bytes]:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sdist_files(built: Path) -> dict[str, bytes]:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        opened = {
            member.name.partition("/")[2]: archive.extractfile(member) for member in archive.getmembers()
        }
        return {name: file.read() for name, file in opened.items() if file is not None}


def test_the_wheel_holds_the_programs_the_settings_and_the_catalogues(built: Path) -> None:
    names = set(wheel_files(built))
    expected = {"dispatch/__init__.py", "simulators/__init__.py", "dispatch/_config/settings.toml"}
    expected |= {f"dispatch/locale/zh_CN/{path.name}" for path in ROOT.glob("dispatch/locale/zh_CN/*.po")}
    assert expected <= names
    assert {"LICENSE", "NOTICE"} <= {name.rpartition("/")[2] for name in names}
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def test_the_sdist_holds_what_a_checkout_needs_to_be_tested(built: Path) -> None:
    names = set(sdist_files(built))
    assert {"Makefile", "requirements.txt", "requirements-dev.txt", "pyproject.toml", "README.md"} <= names
    assert {"tests/conftest.py", "config/settings.toml"} <= names


def test_nothing_shipped_names_the_machine_it_was_built_on(built: Path) -> None:
    files = wheel_files(built) | {f"sdist:{name}": content for name, content in sdist_files(built).items()}
    traces = {**TRACES, "the checkout": re.compile(rf"(?<![\w./-]){re.escape(str(ROOT))}/")}
    found = [
        f"{name}: {what}"
        for name, content in files.items()
        for what, trace in traces.items()
        if not name.endswith("test_house_rules.py") and trace.search(content.decode("utf-8", "replace"))
    ]
    assert not found, "\n".join(found)
