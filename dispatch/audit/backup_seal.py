"""Who made a backup: a signed note beside its manifest, by the key of the city whose log is in it.

    czt/changsha/backup
    manifest.json 5d41402abc4b2a76b9719d911017c592...
    time 1764158400000

    — czt/changsha ...

The manifest names every file with its SHA-256, so the note covers all of them. The second line keeps the text
from ever being read as a checkpoint, which the same key signs.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit.notes import LOG_KEY, BadNote, Note, PrivateKey, PublicKey
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _

MANIFEST, SEAL = "manifest.json", "manifest.note"
_TEXT = re.compile(
    r"(czt/[a-z0-9-]{1,40})/backup\nmanifest\.json ([0-9a-f]{64})\ntime (0|[1-9][0-9]{0,15})\n"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """What a note beside a manifest says; `trusted`: by a key that is believed here, not withdrawn."""

    city: str
    at_ms: int
    trusted: bool


def seal(backup: Path, key: PrivateKey, at_ms: int) -> None:
    """Sign the manifest of a backup; OSError when that cannot be written."""
    text = f"{key.name}/backup\n{MANIFEST} {_digest(backup)}\ntime {at_ms}\n"
    path = backup / SEAL
    path.write_text(Note(text, (key.line(text, at_ms // 1000),)).written(), encoding="utf-8")
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def opened(backup: Path, keys: Iterable[PublicKey]) -> Seal | None:
    """Who signed a backup; None when nobody did. DispatchError: not of this manifest, or forged."""
    path = backup / SEAL
    try:
        if not path.exists():
            return None
        note = Note.parse(path.read_text("utf-8"))
        said = _TEXT.fullmatch(note.text)
        if said is None:
            raise BadNote(_("it is no note about a backup"))
        if said[2] != _digest(backup):
            raise BadNote(_("the list of files is not the one that was signed"))
        signed = note.signed_by(keys)
    except (OSError, ValueError) as error:
        raise DispatchError(_("{file} does not hold: {error}", file=path, error=cause(error))) from error
    trusted = any(
        one.key.name == said[1] and one.key.kind == LOG_KEY and one.key.withdrawn_s is None for one in signed
    )
    return Seal(said[1].removeprefix("czt/"), int(said[3]), trusted)


def _digest(backup: Path) -> str:
    return hashlib.sha256((backup / MANIFEST).read_bytes()).hexdigest()
