"""`czt audit checkpoints`, `conflicts` and `accept`: what a centre keeps of all cities' audit logs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.checkpoint import Checkpoint, city_of_key, origin_of
from dispatch.audit.notes import BadNote, Note
from dispatch.audit.said_times import china_time
from dispatch.audit.witness import WitnessBook, conflicts_in, notes_in
from dispatch.causes import cause
from dispatch.cli.audit_options import AsJson
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings.audit import city_names
from dispatch.text import safe_text

BookFile = Annotated[Path, typer.Argument(help=_("a centre's checkpoints, a file such as witness.db"))]
City = Annotated[str | None, typer.Option("--city", help=_("only of this city's log"))]


def show_checkpoints(
    file: BookFile,
    city: City = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help=_("write the notes to this file, as JSON lines for --checkpoint")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Oldest first; nothing is checked here, czt audit verify does that."""
    notes = [note for note in _read(file) if city is None or _checkpoint(note).city == city]
    lines = [json.dumps({"note": note}, ensure_ascii=False) for note in notes]
    if out is not None:
        try:
            out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            raise DispatchError(_("cannot write {file}: {error}", file=out, error=cause(error))) from error
        typer.echo(_("{count} checkpoints written to {file}", count=len(notes), file=out))
    elif as_json:
        typer.echo("".join(f"{line}\n" for line in lines), nl=False)
    else:
        typer.echo("".join(f"{_line(note)}\n" for note in notes), nl=False)


def show_conflicts(file: BookFile, as_json: AsJson = False) -> None:
    """Each with both notes, so that anybody can check their signatures."""
    found = conflicts_in(_there(file))
    if as_json:
        rows = [{"origin": o.origin, "held": o.held, "other": o.other, "found_ms": o.found_ms} for o in found]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not found:
        typer.echo(_("no conflicting history was ever found"))
    for one in found:
        typer.echo(_("{origin}, found on {time}:", origin=one.origin, time=china_time(one.found_ms)))
        typer.echo(f"  {_line(one.held)}\n  {_line(one.other)}")


def accept_history(
    file: BookFile,
    city: Annotated[str, typer.Argument(help=_("code of the city, such as changsha"))],
    by: Annotated[str, typer.Option("--by", help=_("who decides it"))],
    reason: Annotated[str, typer.Option("--reason", help=_("why, as that city explained it"))],
    drill: Annotated[bool, typer.Option("--drill", help=_("the log of a drill"))] = False,
    as_json: AsJson = False,
) -> None:
    """For a log that was restored from a backup or begun anew; what was held stays as evidence."""
    if not by.strip() or not reason.strip():
        raise DispatchError(_("--by and --reason must say who and why: both are logged"))
    origin = origin_of(city, "centre", drill=drill)
    book = WitnessBook(_there(file))
    try:
        done = book.accept(origin, by.strip(), reason.strip(), epoch_ms(SystemClock().now()))
    finally:
        book.close()
    if not done:
        raise DispatchError(_("no history of {origin} is held in {file}", origin=origin, file=file))
    if as_json:
        typer.echo(json.dumps({"origin": origin, "accepted": True}, ensure_ascii=False))
    else:
        typer.echo(
            _("the next checkpoint of {origin} counts as a new beginning; the centre logs it", origin=origin)
        )


def _there(file: Path) -> Path:
    if not file.is_file():
        raise DispatchError(_("there are no checkpoints at {file}", file=file))
    return file


def _read(file: Path) -> list[str]:
    try:
        return notes_in(_there(file))
    except BadNote as error:
        raise DispatchError(_("cannot read {file}: {error}", file=file, error=cause(error))) from error


def _checkpoint(note: str) -> Checkpoint:
    return Checkpoint.parse(Note.parse(note).text)


def _line(note: str) -> str:
    one = _checkpoint(note)
    known = city_names(current())
    codes = sorted({city_of_key(line.name) for line in Note.parse(note).signatures} - {one.city})
    cities = ", ".join(safe_text(known.get(code, code)) for code in codes)
    seen = _("cosigned by {cities}", cities=cities) if codes else _("not cosigned")
    rows = _("{size} rows", size=one.size)
    return f"{china_time(one.at_ms)}  {one.origin}  {rows}  {one.root.hex()[:16]}  {seen}"
