"""`czt audit verify`, `sign`, `prove` and `check`: what an audit log proves, and to whom."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit import proof
from dispatch.audit.checkpoint import Checkpoint, Opened, city_of_key
from dispatch.audit.entry import Head
from dispatch.audit.export import line
from dispatch.audit.held import believed, read_notes
from dispatch.audit.keyring import load_private
from dispatch.audit.leaves import tree_of
from dispatch.audit.notes import BadNote
from dispatch.audit.read import log_name
from dispatch.audit.said_times import china_time
from dispatch.audit.verify import verify
from dispatch.causes import cause
from dispatch.cli.audit_options import AsJson, Key, LogFile, Trusted, there, trusted_keys
from dispatch.cli.options import ConfigDir, text_of
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings.audit import city_names

Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", help=_("file with checkpoints: a signed note, or JSON lines of them")),
]


def verify_log(
    log: LogFile,
    rows_seen: Annotated[
        int | None, typer.Option("--row", help=_("number of a last row noted earlier"))
    ] = None,
    hash_seen: Annotated[str | None, typer.Option("--hash", help=_("hash of that row"))] = None,
    checkpoint: Checkpoints = None,
    trusted: Trusted = None,
    key: Key = None,
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """Proves a log as far as what is given can, and says what that does not prove."""
    if (rows_seen is None) != (hash_seen is None):
        raise DispatchError(_("--row and --hash go together: give both or neither"))
    seen = Head(rows_seen, hash_seen) if rows_seen is not None and hash_seen is not None else None
    there(log)
    notes = believed_of(log, checkpoint, trusted, key, config) if checkpoint else ()
    found = verify(log, seen, notes)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        typer.echo("\n".join(found.lines(current(), city_names(current(), config))))
    if not found.ok:
        raise typer.Exit(1)


def believed_of(
    log: Path,
    files: Sequence[Path],
    trusted: Path | None,
    keys: Sequence[str] | None,
    config: Path | None,
) -> tuple[Opened, ...]:
    """The checkpoints of this log; DispatchError when a signature is wrong, or none is of this log."""
    origin = log_name(log)
    held = believed(read_notes(files), trusted_keys(trusted, keys, config), origin)
    if held.refused:
        raise DispatchError(
            _(
                "{count} checkpoints cannot be believed: {error}",
                count=len(held.refused),
                error=held.refused[0],
            )
        )
    if not held.opened:
        raise DispatchError(
            _("none of these checkpoints is of this log, which calls itself {origin}", origin=origin or "?")
        )
    return held.opened


def sign_log(
    log: LogFile,
    key_file: Annotated[Path, typer.Option("--keys", help=_("private keys of the city (czt keys make)"))],
    out: Annotated[Path | None, typer.Option("--out", help=_("write it to this file"))] = None,
    as_json: AsJson = False,
) -> None:
    """The log is verified first: nobody signs what is broken."""
    found = verify(there(log))
    if found.first_fault is not None:
        raise DispatchError(found.first_fault.text(current()))
    keys, origin = load_private(key_file), log_name(log)
    if origin is None:
        raise DispatchError(_("there are no rows in {file}", file=log))
    with tree_of(log) as tree:
        now_ms = epoch_ms(SystemClock().now())
        checkpoint = Checkpoint(origin, found.rows, tree.root(found.rows), now_ms)
    if checkpoint.city != keys.city:
        raise DispatchError(
            _("this log is of {city}, the keys are of {other}", city=checkpoint.city, other=keys.city)
        )
    note = checkpoint.signed(keys.log).written()
    if out is not None:
        _write(out, note)
    if as_json:
        typer.echo(json.dumps({"origin": origin, "size": checkpoint.size, "note": note}, ensure_ascii=False))
    elif out is None:
        typer.echo(note, nl=False)
    else:
        typer.echo(_("checkpoint of {size} rows written to {file}", size=checkpoint.size, file=out))


def prove_row(
    log: LogFile,
    row: Annotated[int, typer.Argument(min=1, help=_("number of the row"))],
    out: Annotated[Path, typer.Argument(help=_("the file to write, such as row-41.tlog-proof"))],
    checkpoint: Annotated[
        list[Path],
        typer.Option("--checkpoint", help=_("file with checkpoints: a signed note, or JSON lines of them")),
    ],
    trusted: Trusted = None,
    key: Key = None,
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """The checkpoint with the most cosignatures that covers the row is taken."""
    notes = believed_of(there(log), checkpoint, trusted, key, config)
    covering = [one for one in notes if one.checkpoint.size >= row]
    best = max(covering or notes, key=lambda one: (len(one.witnesses), -one.checkpoint.size))
    written = proof.prove(log, row, best)
    size = len(written.encode())
    _write(out, written)
    if as_json:
        facts = {"row": row, "size": best.checkpoint.size, "file": str(out), "bytes": size}
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        typer.echo(
            _(
                "proof of row {row} written to {file}: {size} bytes",
                row=row,
                file=out,
                size=len(written.encode()),
            )
        )


def check_proof(
    file: Annotated[Path, typer.Argument(help=_("the proof; - reads standard input"))],
    trusted: Trusted = None,
    key: Key = None,
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """Needs the proof and the keys of the cities, nothing else."""
    keys = trusted_keys(trusted, key, config)
    try:
        checked = proof.check(text_of(file).decode("utf-8"), keys)
    except (BadNote, UnicodeDecodeError) as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, "error": str(error)}, ensure_ascii=False))
        else:
            typer.echo(_("FAULT, nothing is proved: {error}", error=cause(error)))
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"ok": True, **_facts(checked)}, ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(checked, city_names(current(), config))))


def _facts(checked: proof.Checked) -> dict[str, object]:
    checkpoint = checked.opened.checkpoint
    witnesses = [
        {"city": city_of_key(one.key.name), "at_s": one.at_s, "key": str(one.key)}
        for one in checked.opened.witnesses
    ]
    signed = {"origin": checkpoint.origin, "size": checkpoint.size, "at_ms": checkpoint.at_ms}
    return {
        "row": asdict(checked.row),
        "signed": {**signed, "key": str(checked.opened.log.key)},
        "witnesses": witnesses,
    }


def _lines(checked: proof.Checked, names: Mapping[str, str]) -> list[str]:
    checkpoint = checked.opened.checkpoint
    owner = names.get(checkpoint.city, checkpoint.city)
    said = [
        line(checked.row, current()),
        _(
            "this is row {row} of the log {origin}, word for word: {city} signed its {size} rows on {time}",
            row=checked.row.seq,
            origin=checkpoint.origin,
            city=owner,
            size=checkpoint.size,
            time=china_time(checkpoint.at_ms),
        ),
    ]
    said += [
        _(
            "{witness} saw and cosigned them on {time}",
            witness=names.get(city_of_key(one.key.name), city_of_key(one.key.name)),
            time=china_time((one.at_s or 0) * 1000),
        )
        for one in checked.opened.witnesses
    ]
    if not checked.opened.witnesses:
        said.append(_("no other city has cosigned: it is the word of {city} alone", city=owner))
    return [*said, _("it proves what the log says, not that it is true, nor that nothing is missing from it")]


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=out, error=cause(error))) from error
