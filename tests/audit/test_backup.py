"""Backups are taken while programs write, are read back before they are called good, and come back whole."""

import errno
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.audit import backup
from dispatch.audit.backup_seal import MANIFEST, SEAL, opened
from dispatch.audit.keyring import make_keys
from dispatch.audit.log import AuditLog
from dispatch.audit.read import rows
from dispatch.audit.verify import verify
from dispatch.cli.app import app
from dispatch.clock import ManualClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from tests.audit.logs import tamper
from tests.audit.signing import CITIES, TRUSTED


@pytest.fixture
def data(hundred: Path, tmp_path: Path) -> Path:
    """A data folder with a log, another database, callers' numbers, and a file that is none."""
    folder = tmp_path / "data"
    (folder / "centres").mkdir(parents=True)
    shutil.copy(hundred, folder / "audit.db")
    for name in ("desk.db", "calls.db", "centres/witness.db"):
        with closing(sqlite3.connect(folder / name)) as connection, connection:
            connection.execute("CREATE TABLE kept (value TEXT)")
            connection.execute("INSERT INTO kept VALUES (?)", (name,))
    (folder / "centre.log").write_text("not a database\n", encoding="utf-8")
    return folder


@pytest.fixture
def made(data: Path, tmp_path: Path, clock: ManualClock) -> Path:
    out = tmp_path / "backup"
    backup.make(data, out, clock)
    return out


def test_a_backup_comes_back_as_it_was(data: Path, made: Path, tmp_path: Path) -> None:
    back = tmp_path / "back"
    backup.restore(made, back)
    assert list(rows(back / "audit.db")) == list(rows(data / "audit.db"))
    assert verify(back / "audit.db").ok
    with closing(sqlite3.connect(back / "centres/witness.db")) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [("centres/witness.db",)]
    for path in back.rglob("*.db"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_restored_log_is_written_on(made: Path, tmp_path: Path, clock: ManualClock) -> None:
    back = tmp_path / "back"
    backup.restore(made, back)
    log = AuditLog.open(back / "audit.db", clock=clock, city=CityCode("changsha"), console="console-1")
    log.append_soon("session.start", actor="li")
    log.close_now()
    assert verify(back / "audit.db").rows == 101


def test_callers_numbers_are_in_no_backup_unless_asked_for(
    data: Path, made: Path, tmp_path: Path, clock: ManualClock
) -> None:
    assert not (made / "calls.db").exists()
    found = backup.make(data, tmp_path / "all", clock, with_callers=True)
    assert "calls.db" in {one.name for one in found.files}


def test_a_log_is_copied_while_it_is_written(tmp_path: Path, clock: ManualClock) -> None:
    folder = tmp_path / "live"
    log = AuditLog.open(folder / "audit.db", clock=clock, city=CityCode("changsha"), console="console-1")
    enough, stop = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            log.append_soon("unit.chosen", actor="op", detail={"number": number})
            if log.head.seq > 500:
                enough.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert enough.wait(30)
        found = [backup.make(folder, tmp_path / f"copy-{number}", clock) for number in range(3)]
    finally:
        stop.set()
        writer.join()
        log.close_now()
    counts = [one.files[0].rows for one in found]
    assert counts == sorted(counts)
    assert counts[0] > 500
    whole = list(rows(folder / "audit.db"))
    for number, count in enumerate(counts):
        assert list(rows(tmp_path / f"copy-{number}" / "audit.db")) == whole[:count]


def test_a_broken_log_is_never_called_a_good_backup(data: Path, tmp_path: Path, clock: ManualClock) -> None:
    tamper(data / "audit.db", "DELETE FROM audit WHERE seq = 40")
    with pytest.raises(DispatchError, match=r"audit\.db"):
        backup.make(data, tmp_path / "bad", clock)
    assert not (tmp_path / "bad").exists()
    assert not (tmp_path / "bad.part").exists()


def test_a_full_disk_leaves_nothing_that_looks_like_a_backup(
    data: Path, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DispatchError, match="磁盘空间不足"):
        backup.make(data, tmp_path / "bad", clock)
    assert list(tmp_path.glob("bad*")) == []


def test_nothing_is_overwritten(data: Path, made: Path, clock: ManualClock) -> None:
    with pytest.raises(DispatchError):
        backup.make(data, made, clock)
    with pytest.raises(DispatchError):
        backup.restore(made, data)


def flips(path: Path, count: int) -> Iterator[int]:
    chance = random.Random(7)
    for _number in range(count):
        yield chance.randrange(path.stat().st_size * 8)


def test_every_flipped_bit_of_a_backup_is_found(made: Path) -> None:
    path = made / "audit.db"
    good = path.read_bytes()
    for bit in flips(path, 60):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(changed))
        with pytest.raises(DispatchError):
            backup.check(made)
    path.write_bytes(good)
    backup.check(made)


def test_a_file_that_is_missing_or_strange_is_named(made: Path) -> None:
    (made / "extra.db").write_bytes(b"")
    with pytest.raises(DispatchError, match=r"extra\.db"):
        backup.check(made)
    (made / "extra.db").unlink()
    (made / "desk.db").unlink()
    with pytest.raises(DispatchError, match=r"desk\.db"):
        backup.check(made)


def test_a_damaged_backup_is_not_restored(made: Path, tmp_path: Path) -> None:
    with (made / "audit.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xa5" * 100)
    with pytest.raises(DispatchError):
        backup.restore(made, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("name", ["../outside.db", "/outside.db"])
def test_a_manifest_that_leads_out_of_the_folder_is_refused(made: Path, tmp_path: Path, name: str) -> None:
    path = made / MANIFEST
    said = json.loads(path.read_text(encoding="utf-8"))
    said["files"][0]["name"] = name
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(DispatchError):
        backup.restore(made, tmp_path / "back")


def test_the_commands_say_what_they_did(data: Path, tmp_path: Path) -> None:
    def czt(*arguments: object) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--lang", "en", "backup", *map(str, arguments)])
        return done.exit_code, done.stdout

    out, back = tmp_path / "out", tmp_path / "back"
    code, said = czt("make", data, out, "--json")
    assert code == 0
    assert {one["name"]: one["rows"] for one in json.loads(said)["files"]}["audit.db"] == 100
    assert czt("check", out)[0] == 0
    code, said = czt("restore", out, back)
    assert code == 0
    assert "czt audit accept" in said
    assert czt("restore", out, back)[0] != 0


@pytest.fixture
def sealed(data: Path, tmp_path: Path, clock: ManualClock) -> Path:
    out = tmp_path / "sealed"
    backup.make(data, out, clock, key=CITIES["changsha"].log)
    return out


def test_a_signed_backup_says_whose_it_is(sealed: Path, made: Path) -> None:
    backup.check(sealed)
    seal = opened(sealed, TRUSTED)
    assert seal is not None
    assert (seal.city, seal.trusted) == ("changsha", True)
    assert opened(made, TRUSTED) is None
    unknown = opened(sealed, CITIES["zhuzhou"].public)
    assert unknown is not None
    assert not unknown.trusted


def test_a_backup_is_not_vouched_for_by_a_withdrawn_key(sealed: Path) -> None:
    seal = opened(sealed, [replace(key, withdrawn_s=1) for key in TRUSTED])
    assert seal is not None
    assert not seal.trusted


def test_a_manifest_written_anew_is_not_the_signed_one(sealed: Path) -> None:
    database = sealed / "desk.db"
    database.write_bytes(database.read_bytes()[:-1] + b"\xff")
    said = json.loads((sealed / MANIFEST).read_text("utf-8"))
    for one in said["files"]:
        if one["name"] == "desk.db":
            one["sha256"] = hashlib.sha256(database.read_bytes()).hexdigest()
    (sealed / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(DispatchError, match=re.escape(SEAL)):
        opened(sealed, TRUSTED)


def test_every_flipped_bit_of_a_seal_is_found(sealed: Path) -> None:
    """It is refused, or nobody who is trusted has signed it any more."""
    good = (sealed / SEAL).read_bytes()
    for place in range(len(good)):
        (sealed / SEAL).write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        try:
            seal = opened(sealed, TRUSTED)
        except DispatchError:
            continue
        assert seal is None or not seal.trusted, place


def test_an_unsigned_backup_is_refused_where_a_signature_is_asked_for(
    data: Path, made: Path, tmp_path: Path
) -> None:
    private = tmp_path / "changsha.key"
    public = [str(one) for one in make_keys("changsha", private).public]
    run, out = CliRunner(), tmp_path / "signed"
    signed = run.invoke(app, ["--lang", "en", "backup", "make", str(data), str(out), "--sign", str(private)])
    assert "signed by Changsha" in signed.stdout
    asked = ["--signed", "--key", public[0]]
    assert run.invoke(app, ["--lang", "en", "backup", "check", str(out), *asked]).exit_code == 0
    for place in (made, out):
        keys = asked if place == made else ["--signed", "--key", str(TRUSTED[0])]
        refused = run.invoke(app, ["backup", "restore", str(place), str(tmp_path / "back"), *keys])
        assert refused.exit_code != 0
        assert not (tmp_path / "back").exists()
    loose = run.invoke(app, ["backup", "check", str(made), "--json"])
    assert json.loads(loose.stdout)["seal"] is None
