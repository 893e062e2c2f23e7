"""`czt database`: look at versions, go forward and back, make a copy."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from dispatch.audit import connection as connections
from dispatch.audit.read import rows
from dispatch.audit.schema import CENTRE_VERSION
from dispatch.audit.steps import version_of
from dispatch.audit.verify import verify
from dispatch.centre.store import Store
from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId
from tests.unit.centre.centre_world import rules

NOW_MS = 1_790_000_000_000


def czt(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dispatch", "--lang", "en", "database", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """A centre's database of today, closed."""
    path = tmp_path / "changsha" / "centre.db"
    city = CityCode("changsha")
    units = (Unit(id=UnitId("CS-001"), city=city),)
    Store.open(path, city=city, node="centre", units=units, rules=rules(), now_ms=NOW_MS).close()
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return version_of(connection)


def test_back_and_forward_again_with_a_copy_of_each(centre: Path) -> None:
    went = czt("back", str(centre), "--to", "1")
    assert went.returncode == 0, went.stderr
    assert "from version 2 to 1" in went.stdout
    assert "older version" in went.stdout
    assert version(centre) == 1
    came = czt("upgrade", str(centre))
    assert came.returncode == 0, came.stderr
    assert version(centre) == CENTRE_VERSION
    assert "up to date" in czt("upgrade", str(centre)).stdout
    assert [row.detail["to"] for row in rows(centre) if row.action == "schema.changed"] == [1, 2]
    assert {row.city for row in rows(centre)} == {"changsha"}
    assert verify(centre).ok
    (told,) = [json.loads(line) for line in czt("show", str(centre), "--json").stdout.splitlines()]
    assert (told["version"], told["newest"], len(told["copies"])) == (CENTRE_VERSION, CENTRE_VERSION, 2)


def test_a_newer_file_is_shown_as_such_and_not_touched(centre: Path) -> None:
    with closing(sqlite3.connect(centre)) as connection:
        connection.execute("PRAGMA user_version = 9")
    before = centre.read_bytes()
    assert "newer than this program" in czt("show", str(centre)).stdout
    refused = czt("upgrade", str(centre))
    assert refused.returncode == 2
    assert f"czt database back {centre} --to {CENTRE_VERSION}" in refused.stderr
    assert centre.read_bytes() == before


def test_a_file_in_use_and_a_file_that_is_no_database_of_ours_are_left_alone(
    centre: Path, tmp_path: Path
) -> None:
    held = connections.lock(centre)
    try:
        busy = czt("back", str(centre), "--to", "1")
    finally:
        os.close(held)
    assert busy.returncode == 2
    assert "is in use by process" in busy.stderr
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE x (y)")
    for command in (("show",), ("upgrade",), ("copy",), ("back", "--to", "1")):
        refused = czt(command[0], str(other), *command[1:])
        assert refused.returncode == 2
        assert "neither an audit log" in refused.stderr
    assert czt("copy", str(tmp_path / "none.db")).returncode == 2
    assert not (tmp_path / "none.db").exists()


def test_a_copy_is_a_whole_database(centre: Path) -> None:
    made = czt("copy", str(centre))
    assert made.returncode == 0, made.stderr
    (copy,) = centre.parent.glob("centre.db.v2-*.bak")
    assert verify(copy).ok
