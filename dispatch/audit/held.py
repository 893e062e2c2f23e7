"""Checkpoints out of files: one note, many as JSON lines, or the database in which a centre keeps them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit.checkpoint import Checkpoint, Opened, open_note
from dispatch.audit.notes import BadNote, Note, PublicKey
from dispatch.audit.witness import notes_in
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _


@dataclass(frozen=True, slots=True)
class Held:
    """What files hold: checkpoints that are believed, and why others are not."""

    opened: tuple[Opened, ...]
    refused: tuple[str, ...]


def read_notes(paths: Iterable[Path]) -> list[str]:
    """Every note in these files, as written; DispatchError names a file that holds none."""
    return [note for path in paths for note in _notes_in(path)]


def _notes_in(path: Path) -> list[str]:
    try:
        if path.read_bytes()[:15] == b"SQLite format 3":
            return notes_in(path)
        text = path.read_text("utf-8")
    except BadNote as error:
        raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
    if not text.startswith("{"):
        return [text]
    try:
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [str(line["note"]) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise DispatchError(
            _("{file} holds no checkpoints: give a signed note or JSON lines with a note each", file=path)
        ) from error


def believed(notes: Iterable[str], trusted: Sequence[PublicKey], origin: str | None = None) -> Held:
    """Check the signatures of notes; with `origin`, leave out the checkpoints of other logs.

    The signatures of several notes with the same text are brought together first.
    """
    texts: dict[str, Note] = {}
    refused: list[str] = []
    for written in notes:
        try:
            note = Note.parse(written)
            if origin is not None and Checkpoint.parse(note.text).origin != origin:
                continue
        except BadNote as error:
            refused.append(str(error))
            continue
        known = texts.get(note.text)
        texts[note.text] = note if known is None else known.with_signatures(note.signatures)
    opened: list[Opened] = []
    for note in texts.values():
        try:
            opened.append(open_note(note.written(), trusted))
        except BadNote as error:
            refused.append(str(error))
    opened.sort(key=lambda one: one.checkpoint.size)
    return Held(tuple(opened), tuple(refused))
