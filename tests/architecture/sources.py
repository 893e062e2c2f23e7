"""The project's own sources, parsed once for all tests of the architecture."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("dispatch", "simulators")


@cache
def parsed() -> dict[str, ast.Module]:
    """Path from the root -> syntax tree, for every module that is shipped."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_bytes(), str(file)) for file in files}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in every module, with the module's path."""
    for path, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node


def called_name(call: ast.Call) -> str:
    """`f` for f(...) and for anything.f(...)."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def project_files() -> list[Path]:
    """Every file that belongs to the project, built and ignored ones left out."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        found = [file for file in ROOT.rglob("*") if file.is_file()]
        return [
            file for file in found if not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
        ]
    command = [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted(ROOT / name for name in listed if name and (ROOT / name).is_file())
