"""`czt export`: audit logs, and tracks where they are kept, as Parquet files for a warehouse."""

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.checkpoint import Opened
from dispatch.audit.log import AuditLog
from dispatch.cli.audit_options import there
from dispatch.cli.audit_proof import Checkpoints, believed_of
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings import load_settings
from dispatch.settings.export import load_export_rules
from dispatch.warehouse.driven import Driven, export_tracks
from dispatch.warehouse.rows import Sieve
from dispatch.warehouse.segments import Written, export_log
from dispatch.warehouse.tables import TABLES

LOG = "exports.db"
"""The log of exports, an audit log of its own beside the first log that is exported."""


def export(
    logs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="LOG...", help=_("audit logs, such as centre.db and audit.db")),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help=_("folder of the Parquet files"))] = None,
    by: Annotated[str, typer.Option("--by", help=_("who exports; it is logged"))] = "",
    with_open: Annotated[
        bool, typer.Option("--with-open", help=_("also the rows that are not sealed yet"))
    ] = False,
    personal: Annotated[
        bool, typer.Option("--personal", help=_("with operators, free texts and places; needs --reason"))
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help=_("what persons are needed for; it is logged"))
    ] = "",
    tracks: Annotated[
        list[Path] | None,
        typer.Option("--tracks", help=_("where vehicles drove, a centre's tracks.db; needs --personal")),
    ] = None,
    checkpoint: Checkpoints = None,
    schema: Annotated[
        bool, typer.Option("--schema", help=_("print the columns of the files and export nothing"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Each log is verified before anything is taken out; what was written before is not written again."""
    if schema:
        _print_schema(as_json=as_json)
        return
    if not (logs or tracks) or out is None or not by.strip():
        raise DispatchError(_("czt export LOG --out FOLDER --by NAME: all three are needed"))
    if tracks and not personal:
        raise DispatchError(_("tracks tell where persons were: --tracks needs --personal and a --reason"))
    if personal and not reason.strip():
        raise DispatchError(_("--personal needs a --reason: it is written into the log of exports"))
    logs = logs or []
    sieve = Sieve(load_export_rules(config), personal=personal)
    notes = [believed_of(there(log), checkpoint, None, None, config) if checkpoint else () for log in logs]
    asked = _Asked(tuple(logs), tuple(tracks or ()), out, sieve, by.strip(), reason.strip())
    found, driven = asyncio.run(_logged(asked, notes, config, with_open=with_open))
    for city in driven:
        typer.echo(json.dumps(_driven(city), ensure_ascii=False) if as_json else _driven_line(city))
    for one in found:
        if as_json:
            typer.echo(json.dumps(_said(one), ensure_ascii=False))
        else:
            typer.echo(
                _(
                    "{log}: {rows} rows in {files} files, {fresh} of them written now; the log is whole",
                    log=one.log,
                    rows=one.rows,
                    files=len(one.parts),
                    fresh=one.fresh,
                )
            )
            if not one.parts:
                typer.echo(_("nothing of it is sealed yet: --with-open takes what is not"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be exported, where to, by whom and why."""

    logs: tuple[Path, ...]
    tracks: tuple[Path, ...]
    out: Path
    sieve: Sieve
    by: str
    reason: str


async def _logged(
    asked: _Asked, notes: list[tuple[Opened, ...]], config: Path | None, *, with_open: bool
) -> tuple[list[Written], list[Driven]]:
    """Say it first: what cannot be logged is not exported."""
    settings, sieve, out = load_settings(config), asked.sieve, asked.out
    place = (*asked.logs, *asked.tracks)[0].resolve().parent / LOG
    book = AuditLog.open(place, clock=SystemClock(), city=settings.home_city, console=settings.node)
    try:
        told: dict[str, object] = {
            "logs": [one.name for one in (*asked.logs, *asked.tracks)],
            "folder": out.name,
            "personal": sieve.personal,
            "reason": asked.reason,
            "edition": sieve.rules.edition,
        }
        await book.append("export.asked", actor=asked.by, role="operator", target=out.name, detail=told)
        found = [
            await asyncio.to_thread(export_log, log, out, sieve, with_open=with_open, notes=signed)
            for log, signed in zip(asked.logs, notes, strict=True)
        ]
        driven = [
            await asyncio.to_thread(export_tracks, file, out, sieve.rules.edition) for file in asked.tracks
        ]
        made: dict[str, object] = {
            "rows": sum(one.rows for one in found) + sum(one.rows for one in driven),
            "written": sum(one.fresh for one in found) + sum(one.fresh for one in driven),
            "heads": {one.log: one.verified.head_hash for one in found},
            "personal": sieve.personal,
        }
        await book.append("export.made", actor=asked.by, role="operator", target=out.name, detail=made)
    finally:
        await book.close()
    return found, driven


def _driven(one: Driven) -> dict[str, object]:
    files = [asdict(part) for part in one.parts]
    return {"tracks": one.city, "rows": one.rows, "written": one.fresh, "files": files}


def _driven_line(one: Driven) -> str:
    return _(
        "tracks of {city}: {rows} positions in {files} files of whole days, {fresh} of them written now",
        city=one.city,
        rows=one.rows,
        files=len(one.parts),
        fresh=one.fresh,
    )


def _said(one: Written) -> dict[str, object]:
    return {
        "log": one.log,
        "rows": one.rows,
        "written": one.fresh,
        "verified_rows": one.verified.rows,
        "files": [asdict(part) for part in one.parts],
    }


def _print_schema(*, as_json: bool) -> None:
    for table in TABLES:
        if as_json:
            typer.echo(
                json.dumps({"schema": table.schema_name, "columns": [asdict(one) for one in table.columns]})
            )
            continue
        typer.echo(table.schema_name)
        for one in table.columns:
            typer.echo(f"    {one.name:<10} {one.kind:<10} {one.meaning}")
