"""Keys and checkpoints for tests: three cities, and the log of a console signed by Changsha."""

from collections.abc import Iterable
from pathlib import Path

from dispatch.audit.checkpoint import Checkpoint, Opened, key_name, open_note
from dispatch.audit.keyring import CityKeys
from dispatch.audit.leaves import tree_of
from dispatch.audit.notes import LOG_KEY, WITNESS_KEY, Note, PrivateKey, PublicKey
from dispatch.audit.read import log_name

AT_MS = 1_764_158_400_000


def city_keys(city: str) -> CityKeys:
    """Fresh keys of a city, not in any file."""
    log = PrivateKey.make(key_name(city, LOG_KEY), LOG_KEY)
    return CityKeys(city, log, PrivateKey.make(key_name(city, WITNESS_KEY), WITNESS_KEY))


CITIES = {city: city_keys(city) for city in ("changsha", "zhuzhou", "xiangtan")}
TRUSTED: tuple[PublicKey, ...] = tuple(key for keys in CITIES.values() for key in keys.public)


def note_of(
    path: Path, size: int, witnesses: Iterable[str] = (), keys: CityKeys | None = None, at_ms: int = AT_MS
) -> Note:
    """A checkpoint of the first `size` rows of the log at `path` as they are now."""
    with tree_of(path) as tree:
        checkpoint = Checkpoint(log_name(path) or "", size, tree.root(size), at_ms)
    note = checkpoint.signed((keys or CITIES["changsha"]).log)
    return note.with_signatures(CITIES[city].witness.line(note.text, at_ms // 1000) for city in witnesses)


def opened(note: Note) -> Opened:
    """The same as somebody who trusts the three cities reads it."""
    return open_note(note.written(), TRUSTED)
