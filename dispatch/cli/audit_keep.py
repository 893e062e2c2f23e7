"""`czt audit seal`, `prune` and `datasette`: keeping a log for years, and letting others look into it."""

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit import connection, gate, segments
from dispatch.audit.archive import Segment
from dispatch.audit.datasette import written
from dispatch.causes import cause
from dispatch.cli.audit_options import AsJson, LogFile, there
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.language import _, current
from dispatch.settings.audit import load_audit_rules


def seal_rows(log: LogFile, config: ConfigDir = None, as_json: AsJson = False) -> None:
    """A centre and a console do it by themselves; this is for a log that nobody writes any more."""
    rules, now_ms = load_audit_rules(config).retention, epoch_ms(SystemClock().now())
    held = connection.lock(there(log))
    try:
        with closing(connection.writer(log)) as writing:
            gate.check(writing, log)
            sealed = segments.tidy(log, rules, now_ms, segments.drop_on(writing))
    except (sqlite3.Error, OSError) as error:
        raise AuditUnavailable(
            _("the audit log {file} cannot be opened: {error}", file=log, error=cause(error))
        ) from error
    finally:
        os.close(held)
    _say([] if sealed is None else [sealed], _("nothing is old enough to be sealed"), as_json=as_json)


def prune_segments(log: LogFile, config: ConfigDir = None, as_json: AsJson = False) -> None:
    """The log is verified first; the hashes of what is removed stay, so that checkpoints still hold."""
    rules, now_ms = load_audit_rules(config).retention, epoch_ms(SystemClock().now())
    removed = segments.prune(there(log), rules, now_ms)
    nothing = _("no segment is older than {days} days, as audit.toml has it", days=rules.kept_days)
    _say(removed, nothing, as_json=as_json)


def datasette_metadata(
    log: LogFile,
    out: Annotated[Path, typer.Argument(help=_("the file to write, such as metadata.json"))],
    as_json: AsJson = False,
) -> None:
    """For `datasette -i LOG --metadata FILE`: tables described in your language, other tables hidden."""
    try:
        text = written(there(log), current())
        out.write_text(text, encoding="utf-8")
    except (*connection.DAMAGE, OSError) as error:
        raise DispatchError(_("cannot write {file}: {error}", file=out, error=cause(error))) from error
    if as_json:
        typer.echo(json.dumps({"file": str(out)}, ensure_ascii=False))
    else:
        typer.echo(_("written to {file}; look with: datasette -i {log} --metadata {file}", file=out, log=log))


def _say(found: Sequence[Segment], nothing: str, *, as_json: bool) -> None:
    if as_json:
        rows = [{"file": str(one.path), "first": one.first, "last": one.last} for one in found]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in found:
        typer.echo(_("rows {first} to {last}: {file}", first=one.first, last=one.last, file=one.path))
    if not found:
        typer.echo(nothing)
