"""The wheel, built once, and an environment that holds it and knows no checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, project_files

Ran = subprocess.CompletedProcess[str]
Command = Callable[..., Ran]
EPOCH = "1764000000"


def built(source: Path, out: Path, *targets: str, umask: int = 0o022) -> dict[str, bytes]:
    """Name -> bytes of what hatchling makes of a folder, at one fixed time."""
    chosen = [word for target in targets for word in ("-t", target)]
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *chosen, "-d", str(out)],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        umask=umask,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return {path.name: path.read_bytes() for path in out.iterdir()}


def copied(to: Path) -> Path:
    """The project's files alone: no .git, nothing that was built."""
    for file in project_files():
        target = to / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return to


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the project's files."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    built(copied(source), out, "wheel")
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the wheel; the libraries are those of this one, the project is not."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-index", str(wheel)], check=True, timeout=120)
    inside = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # a .pth file adds folders; the .pth files inside those, such as that of an editable project, are not read
    places = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (inside / "libraries.pth").write_text("".join(f"{place}\n" for place in places), "utf-8")
    nats = shutil.which("nats-server", path=sysconfig.get_path("scripts"))
    if nats:
        (folder / "bin" / "nats-server").symlink_to(nats)
    return folder


@pytest.fixture
def czt(environment: Path, tmp_path: Path) -> Command:
    """Run the installed `czt` in an empty folder with an environment of nothing but a path and a home."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments: str, **more: str) -> Ran:
        return subprocess.run(
            [str(environment / "bin" / "czt"), *arguments],
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), **more},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
