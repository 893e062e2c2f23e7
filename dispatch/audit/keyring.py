"""The keys of a city: a private file that only its centre reads, and the list of those that are trusted."""

import json
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dispatch.audit.checkpoint import key_name
from dispatch.audit.notes import LOG_KEY, WITNESS_KEY, BadNote, PrivateKey, PublicKey
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _

_CITY = re.compile(r"[a-z0-9-]{1,40}")
_HEAD = """# The private keys of {city}: who has this file can sign audit logs in its name.
# It belongs to the centre of {city} alone. Never send it; `czt keys show` prints what others need.
"""
_TRUST_HEAD = """# The public keys of the three cities, as each of them handed its own over (czt keys show).
# Only what these keys signed is believed. A key that was replaced stays: older logs are checked with it.
# One that may have been stolen stays too, as withdrawn (czt keys withdraw): what others saw earlier holds.
"""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Since when a key is no longer its city's alone, with an offset from UTC, and why."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CityKeys:
    """What a city signs with: its own log, and what it saw of the others'."""

    city: str
    log: PrivateKey
    witness: PrivateKey

    @property
    def public(self) -> tuple[PublicKey, PublicKey]:
        """What others check with."""
        return self.log.public, self.witness.public


def make_keys(city: str, path: Path) -> CityKeys:
    """New keys in a new file that only its owner reads; DispatchError when the file is there already."""
    if not _CITY.fullmatch(city):
        raise DispatchError(_("{city} is no code of a city: write one such as changsha", city=city))
    keys = CityKeys(
        city,
        PrivateKey.make(key_name(city, LOG_KEY), LOG_KEY),
        PrivateKey.make(key_name(city, WITNESS_KEY), WITNESS_KEY),
    )
    text = f"{_HEAD.format(city=city)}{keys.log.written()}\n{keys.witness.written()}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise DispatchError(
            _("{file} is there already: keys are never overwritten, name another file", file=path)
        ) from None
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=path, error=cause(error))) from error
    return keys


def load_private(path: Path) -> CityKeys:
    """The keys in a private file; DispatchError when it is none, or when others may read it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise DispatchError(_("{file} can be read by others: chmod 600 {file}", file=path))
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
    try:
        keys = [PrivateKey.parse(one) for one in lines if one.strip() and not one.startswith("#")]
    except BadNote as error:
        raise DispatchError(
            _(
                "{file} holds no private keys: {error}; `czt keys make` makes them",
                file=path,
                error=cause(error),
            )
        ) from None
    by_kind = {key.kind: key for key in keys}
    if len(keys) != 2 or by_kind.keys() != {LOG_KEY, WITNESS_KEY}:
        raise DispatchError(_("{file} must hold one key for the log and one for witnessing", file=path))
    city = by_kind[LOG_KEY].name.removeprefix("czt/")
    if (by_kind[LOG_KEY].name, by_kind[WITNESS_KEY].name) != (
        key_name(city, LOG_KEY),
        key_name(city, WITNESS_KEY),
    ):
        raise DispatchError(_("the keys in {file} are not of one city", file=path))
    return CityKeys(city, by_kind[LOG_KEY], by_kind[WITNESS_KEY])


def load_trusted(path: Path) -> tuple[PublicKey, ...]:
    """The keys that are believed, with since when they are withdrawn; DispatchError names what is wrong."""
    return tuple(_marked(key, gone) for key, gone in _read_trusted(path).items())


def parse_public(text: str) -> PublicKey:
    """A public key that somebody handed over; DispatchError says what is wrong with it."""
    try:
        return PublicKey.parse(text)
    except BadNote as error:
        raise DispatchError(
            _(
                "{key} is no public key: {error}; copy a line of `czt keys show`",
                key=text[:80],
                error=cause(error),
            )
        ) from None


def trust(path: Path, keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
    """Add keys to the list at `path`, which is made when it is not there; what is then trusted."""
    known = _read_trusted(path) if path.exists() else {}
    _write_trusted(path, known | {key: None for key in keys if key not in known})
    return load_trusted(path)


def withdraw(path: Path, key: PublicKey, gone: Withdrawn) -> tuple[PublicKey, ...]:
    """Note that a trusted key is its city's alone no longer; what the list then is.

    An earlier time replaces a later one, never the other way round: that would believe a stranger again.
    DispatchError: the key is not in the list.
    """
    known = _read_trusted(path) if path.exists() else {}
    if key not in known:
        raise DispatchError(_("{key} is not among the trusted keys in {file}", key=key, file=path))
    before = known[key]
    if before is None or gone.since < before.since:
        _write_trusted(path, {**known, key: gone})
    return load_trusted(path)


def _read_trusted(path: Path) -> dict[PublicKey, Withdrawn | None]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
    listed, gone = content.get("trusted", []), content.get("withdrawn", [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise DispatchError(_('{file}: write trusted = ["...", "..."]', file=path))
    known: dict[PublicKey, Withdrawn | None] = dict.fromkeys(parse_public(one) for one in listed)
    if not isinstance(gone, list):
        raise _not_withdrawn(path)
    for one in gone:
        since = one.get("since") if isinstance(one, dict) else None
        if not isinstance(since, datetime) or since.tzinfo is None or not isinstance(one.get("key"), str):
            raise _not_withdrawn(path)
        key = parse_public(one["key"])
        if key not in known:
            raise DispatchError(_("{key} is not among the trusted keys in {file}", key=key, file=path))
        known[key] = Withdrawn(since, str(one.get("reason", "")))
    return known


def _not_withdrawn(path: Path) -> DispatchError:
    return DispatchError(
        _(
            '{file}: write [[withdrawn]] with key = "...", since = 2026-11-20T08:00:00+08:00, reason = "..."',
            file=path,
        )
    )


def _marked(key: PublicKey, gone: Withdrawn | None) -> PublicKey:
    return key if gone is None else replace(key, withdrawn_s=int(gone.since.timestamp()))


def _write_trusted(path: Path, known: Mapping[PublicKey, Withdrawn | None]) -> None:
    listed = "".join(f'    "{one}",\n' for one in known)
    tables = "".join(
        f"\n[[withdrawn]]\nkey = {_toml(str(key))}\nsince = {gone.since.isoformat()}\n"
        f"reason = {_toml(gone.reason)}\n"
        for key, gone in known.items()
        if gone is not None
    )
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(f"{_TRUST_HEAD}trusted = [\n{listed}]\n{tables}", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=path, error=cause(error))) from error


def _toml(text: str) -> str:
    """A basic string of TOML: what JSON escapes, TOML reads, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
