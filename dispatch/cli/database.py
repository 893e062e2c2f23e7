"""`czt database`: which version the tables of a file have, forward, and back."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit import connection as connections
from dispatch.audit import gate
from dispatch.audit.entry import Entry, Head, entry
from dispatch.audit.read import Filter, rows
from dispatch.audit.schema import AUDIT, application_of
from dispatch.audit.steps import Schema, version_of
from dispatch.audit.versions import Change, copy_beside, go_back, upgrade
from dispatch.causes import cause
from dispatch.centre.versions import SCHEMA as CENTRE
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings import load_settings

KINDS = {schema.application_id: schema for schema in (AUDIT, CENTRE)}
app = typer.Typer(
    help=_("Versions of the audit logs and centres' databases: forward, and back."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
File = Annotated[
    Path, typer.Argument(help=_("an audit log or a centre's database, such as audit.db or centre.db"))
]


@dataclass(frozen=True, slots=True)
class Found:
    """One file as it lies there; `version` is that of its tables."""

    file: Path
    schema: Schema
    version: int
    size_bytes: int
    copies: tuple[str, ...]


@app.command(help=_("The version of each file's tables, and the copies that were made before changes."))
def show(
    files: Annotated[
        list[Path] | None, typer.Argument(help=_("files; without any: all below the data folder"))
    ] = None,
    config: ConfigDir = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
) -> None:
    """The files are only read."""
    given = files or sorted(load_settings(config).data_dir.rglob("*.db"))
    known = [one for path in given if (one := _look(path, named=bool(files))) is not None]
    if as_json:
        for one in known:
            document = {"file": str(one.file), "kind": one.schema.name, "version": one.version,
                        "newest": one.schema.newest, "size": one.size_bytes,
                        "copies": one.copies}  # fmt: skip
            typer.echo(json.dumps(document, ensure_ascii=False))
        return
    if not known:
        typer.echo(_("no audit log and no centre's database lies there"))
    for one in known:
        typer.echo(f"{one.file}")
        typer.echo(f"    {_line(one)}")
        for copy in one.copies:
            typer.echo(f"    {_('copy: {file}', file=copy)}")


def _line(one: Found) -> str:
    facts = {"kind": _(one.schema.name), "version": one.version, "newest": one.schema.newest}
    if one.version > one.schema.newest:
        return _("{kind}, version {version}: newer than this program, which knows up to {newest}", **facts)
    if one.version < one.schema.newest:
        return _("{kind}, version {version}: the next start brings it to {newest}, after a copy", **facts)
    return _("{kind}, version {version}: up to date", kind=facts["kind"], version=one.version)


def _look(path: Path, *, named: bool) -> Found | None:
    """None for a file that is none of these two kinds, unless somebody named it."""
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=connections.BUSY_MS / 1000)
        try:
            schema, version = KINDS.get(application_of(connection)), version_of(connection)
        finally:
            connection.close()
        size = path.stat().st_size
    except (OSError, sqlite3.Error) as error:
        if named:
            raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
        return None
    if schema is None:
        if named:
            raise _no_such_kind(path)
        return None
    copies = tuple(sorted(copy.name for copy in path.parent.glob(f"{path.name}.v*.bak")))
    return Found(path, schema, version, size, copies)


@app.command("upgrade", help=_("Bring a file to the version of this program now, after a copy of it."))
def upgrade_file(file: File) -> None:
    """The same that the next start of its console or centre does by itself."""
    with _alone(file) as (connection, schema, head):
        _head, change = upgrade(connection, file, schema, head, _note(file), SystemClock().now())
    if change is None:
        typer.echo(_("{file} is up to date: version {version}", file=file, version=schema.newest))
    else:
        _tell(file, change)


@app.command(help=_("Bring a file back to an older version, for an older version of this program."))
def back(
    file: File,
    to: Annotated[int, typer.Option("--to", min=1, help=_("the version that the older program knows"))],
) -> None:
    """Nothing is lost that the older program could read; a copy is made first."""
    with _alone(file) as (connection, schema, head):
        lost = [_(step.loses) for step in schema.between(to, version_of(connection)) if step.loses]
        _head, change = go_back(connection, file, schema, to, head, _note(file), SystemClock().now())
    _tell(file, change)
    for sentence in lost:
        typer.echo(sentence)
    typer.echo(_("now install the older version, before anything of this one opens the file again"))


@app.command(help=_("Make a checked copy beside a file; its console or centre must have ended."))
def copy(file: File) -> None:
    """The copy is whole: what lies in the write-ahead log is in it."""
    with _alone(file) as (connection, _schema, _head):
        made = copy_beside(connection, file, SystemClock().now())
    typer.echo(_("copy: {file}", file=made))


def _tell(file: Path, change: Change) -> None:
    typer.echo(
        _("{file}: from version {before} to {after}", file=file, before=change.before, after=change.after)
    )
    typer.echo(_("copy: {file}", file=change.copy))


@contextmanager
def _alone(file: Path) -> Iterator[tuple[sqlite3.Connection, Schema, Head]]:
    """The one writer of a file that is there, checked as its own program checks it."""
    if not file.is_file():
        raise DispatchError(_("there is no file {file}", file=file))
    held = connections.lock(file)
    try:
        connection = connections.writer(file)
        try:
            schema = KINDS.get(application_of(connection))
            if schema is None:
                raise _no_such_kind(file)
            yield connection, schema, gate.check(connection, file)
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise DispatchError(_("cannot read {file}: {error}", file=file, error=cause(error))) from error
    finally:
        os.close(held)


def _no_such_kind(file: Path) -> DispatchError:
    return DispatchError(_("{file} is neither an audit log nor a centre's database", file=file))


def _note(file: Path) -> "_Noted":
    newest = next(iter(rows(file, Filter(last=1))), None)
    return _Noted(file.name, newest.city if newest else "", newest.drill if newest else False)


@dataclass(frozen=True, slots=True)
class _Noted:
    """The row that tells of a change, in the city and the world of the row before it."""

    file: str
    city: str
    drill: bool

    def __call__(self, change: Change) -> Entry:
        detail = {"from": change.before, "to": change.after, "copy": change.copy.name}
        now_ms = epoch_ms(SystemClock().now())
        return entry("schema.changed", ts=now_ms, city=self.city, console="czt", drill=self.drill,
                     actor="czt", role="program", target=self.file, detail=detail)  # fmt: skip
