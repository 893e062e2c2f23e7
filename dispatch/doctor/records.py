"""What is written down: room on the disk, versions of the tables, where each chain stands."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dispatch.audit import gate
from dispatch.audit.connection import reader
from dispatch.audit.schema import AUDIT, application_of, is_empty
from dispatch.audit.steps import Schema, version_of
from dispatch.centre.versions import SCHEMA as CENTRE
from dispatch.doctor.finding import Finding, Level
from dispatch.doctor.rules import DoctorRules
from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _

CHAINED = {schema.application_id: schema for schema in (AUDIT, CENTRE)}
_MEGABYTE = 1024 * 1024


def look(rules: DoctorRules, folder: Path) -> Iterator[Finding]:
    """Everything about the data folder of a console or a centre. Files are only read."""
    yield _writable(folder)
    yield _room(rules, folder)
    files = sorted(folder.glob("*.db")) + sorted(folder.glob("*/*.db"))
    for file in files:
        yield _database(file, folder)
    if not files:
        said = _("{folder} holds no records yet: the first start makes them", folder=folder)
        yield Finding("records.databases", Level.NOTE, said, facts={"folder": str(folder)})


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _writable(folder: Path) -> Finding:
    there, facts = _there(folder), {"folder": str(folder), "there": folder.is_dir()}
    cure = _("let this account write there (chown), or name another folder: data_dir in settings.toml")
    try:
        if there == folder:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"czt doctor")
                file.flush()
                os.fsync(file.fileno())
        elif not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(0, _("{folder} cannot be made in {there}", folder=folder.name, there=there))
    except OSError as error:
        said = _("{folder} cannot be written: {error}", folder=folder, error=error.strerror or error)
        return Finding("records.writable", Level.FAULT, said, cure, facts)
    said = _("{folder} can be written", folder=folder)
    return Finding("records.writable", Level.GOOD, said, facts=facts)


def _room(rules: DoctorRules, folder: Path) -> Finding:
    free_mb = shutil.disk_usage(_there(folder)).free / _MEGABYTE
    facts = {"free_mb": round(free_mb)}
    said = _("{free:.0f} MB free", free=free_mb)
    if free_mb >= max(rules.disk_warn_mb, rules.disk_fault_mb):
        return Finding("records.room", Level.GOOD, said, facts=facts)
    cure = _("make room: move old drills and backups away, or name a larger disk: data_dir in settings.toml")
    level = Level.FAULT if free_mb < rules.disk_fault_mb else Level.WARNING
    return Finding("records.room", level, said, cure, facts)


def _database(file: Path, folder: Path) -> Finding:
    name = str(file.relative_to(folder))
    check = f"records.{name}"
    try:
        with reader(file) as connection:
            schema = CHAINED.get(application_of(connection))
            if schema is None or is_empty(connection):
                return _plain(check, name, connection, file)
            return _chained(check, name, connection, schema, file)
    except (OSError, sqlite3.Error, AuditUnavailable) as error:
        return Finding(check, Level.FAULT, f"{name}: {error}", _keep(name))


def _keep(name: str) -> str:
    return _(
        "keep {file} as evidence: copy it away, run czt audit verify on it, then move it aside", file=name
    )


def _plain(check: str, name: str, connection: sqlite3.Connection, file: Path) -> Finding:
    damage = gate.integrity(connection, quick=True)
    facts = {"bytes": file.stat().st_size}
    if damage:
        cure = _("restore {file} from a backup (czt backup), or move it aside", file=name)
        return Finding(check, Level.FAULT, f"{name}: {damage}", cure, facts)
    return Finding(check, Level.GOOD, _("{file}: whole", file=name), facts=facts)


def _chained(check: str, name: str, connection: sqlite3.Connection, schema: Schema, file: Path) -> Finding:
    version = version_of(connection)
    facts = {"kind": schema.name, "version": version, "newest": schema.newest}
    named = {"file": name, "kind": _(schema.name), "version": version}
    if version > schema.newest:
        said = _("{file}: {kind}, version {version}: newer than this program", **named)
        cure = _("install the newer czt, or bring the file back: czt database back {file}", file=name)
        return Finding(check, Level.FAULT, said, cure, facts)
    if version < schema.newest:
        said = _("{file}: {kind}, version {version}: the next start brings it forward, after a copy", **named)
        return Finding(check, Level.NOTE, said, facts=facts)
    head = gate.check(connection, file)
    said = _("{file}: {kind}, version {version}, chain whole at row {row}, hash {hash}",
             row=head.seq, hash=head.hash[:12], **named)  # fmt: skip
    return Finding(check, Level.GOOD, said, facts={**facts, "row": head.seq, "hash": head.hash})
