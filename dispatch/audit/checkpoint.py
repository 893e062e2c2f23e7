"""Checkpoints: how long a log is and the root of its tree, signed (C2SP tlog-checkpoint).

    czt/changsha/centre
    1204
    qZ2o...=
    time 1764158400000

    — czt/changsha ...
    — czt/zhuzhou/witness ...

The first line names the log. The fourth is the time of whoever made it, milliseconds since 1970 UTC.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.audit.merkle import HASH_BYTES
from dispatch.audit.notes import LOG_KEY, WITNESS_KEY, BadNote, Note, PrivateKey, PublicKey, Signed
from dispatch.language import _

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_TIME = re.compile(r"time (0|[1-9][0-9]{0,15})")
_ORIGIN = re.compile(r"czt/[a-z0-9-]{1,40}/[A-Za-z0-9][A-Za-z0-9_.-]{0,60}(/drill)?")


def key_name(city: str, kind: int) -> str:
    """What the key of a city is called on a note."""
    return f"czt/{city}" if kind == LOG_KEY else f"czt/{city}/witness"


def origin_of(city: str, node: str, *, drill: bool) -> str:
    """The name of the log that `node` of `city` writes; a drill's can never be taken for a real one."""
    return f"czt/{city}/{node}" + ("/drill" if drill else "")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log as it stood: its name, its rows, their root (32 bytes), and when (ms since 1970 UTC)."""

    origin: str
    size: int
    root: bytes
    at_ms: int

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise BadNote(_("{origin} names no log", origin=repr(self.origin[:80])))
        if len(self.root) != HASH_BYTES:
            raise BadNote(_("the root is no SHA-256"))

    @property
    def city(self) -> str:
        """Whose log it is."""
        return self.origin.split("/")[1]

    @property
    def drill(self) -> bool:
        """Whether it is the log of a drill."""
        return self.origin.count("/") == 3

    def text(self) -> str:
        """The text that is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {self.at_ms}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a text; BadNote unless it is exactly what `text` writes."""
        lines = text.split("\n")
        if len(lines) != 5 or not _SIZE.fullmatch(lines[1]):
            raise BadNote(_("a checkpoint is a name, a number of rows, a root and a time"))
        when = _TIME.fullmatch(lines[3])
        try:
            root = base64.b64decode(lines[2], validate=True)
        except ValueError as error:
            raise BadNote(_("the root is not base64")) from error
        if when is None:
            raise BadNote(_("a checkpoint has a line with its time"))
        found = cls(lines[0], int(lines[1]), root, int(when[1]))
        if found.text() != text:
            raise BadNote(_("not written as a checkpoint is"))
        return found

    def signed(self, key: PrivateKey) -> Note:
        """The note of the log itself."""
        text = self.text()
        return Note(text, (key.line(text, self.at_ms // 1000),))


@dataclass(frozen=True, slots=True)
class Opened:
    """A note whose signatures were checked: the log's own, and those of witnesses, each key once.

    `note` holds no line of a key that is not trusted.
    """

    checkpoint: Checkpoint
    note: Note
    log: Signed
    witnesses: tuple[Signed, ...]


def open_note(written: str, trusted: Iterable[PublicKey]) -> Opened:
    """A checkpoint signed by its own city's trusted log key; BadNote says why it is not to be believed.

    A witness counts when its key is trusted and not withdrawn, and once. A city is no witness of its own log.
    What a withdrawn log key signed is believed when a witness had seen it before that.
    """
    note, keys = Note.parse(written), tuple(trusted)
    checkpoint = Checkpoint.parse(note.text)
    signed = note.signed_by(keys)
    known = {(key.name, key.hash) for key in keys}
    note = Note(note.text, tuple(one for one in note.signatures if (one.name, one.key_hash) in known))
    owner = key_name(checkpoint.city, LOG_KEY)
    own = key_name(checkpoint.city, WITNESS_KEY)
    witnesses = {
        one.key: one
        for one in signed
        if one.key.kind == WITNESS_KEY and one.key.name != own and one.key.withdrawn_s is None
    }
    logs = [one for one in signed if one.key.kind == LOG_KEY and one.key.name == owner]
    if not logs:
        raise BadNote(_("no signature of a trusted key called {key}", key=owner))
    log = next((one for one in logs if _stands(one.key, witnesses.values())), None)
    if log is None:
        raise BadNote(
            _("{key} was withdrawn, and no other city is shown to have seen this before that", key=owner)
        )
    return Opened(checkpoint, note, log, tuple(witnesses.values()))


def _stands(key: PublicKey, witnesses: Iterable[Signed]) -> bool:
    """Whoever holds a withdrawn key can write any time he likes into what he signs."""
    since = key.withdrawn_s
    return since is None or any(one.at_s is not None and one.at_s < since for one in witnesses)


def city_of_key(name: str) -> str:
    """The city that a key of ours belongs to; the whole name for any other."""
    parts = name.split("/")
    return parts[1] if len(parts) in (2, 3) and parts[0] == "czt" else name
