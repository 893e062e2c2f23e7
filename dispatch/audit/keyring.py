"""The keys of a city: a private file that only its centre reads, and the list of those that are trusted."""

import os
import re
import stat
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
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
"""


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
    """The keys that are believed; DispatchError says what is wrong with the file."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
    listed = content.get("trusted", [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise DispatchError(_('{file}: write trusted = ["...", "..."]', file=path))
    return tuple(parse_public(one) for one in listed)


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
    old = load_trusted(path) if path.exists() else ()
    known = tuple(dict.fromkeys((*old, *keys)))
    listed = "".join(f'    "{one}",\n' for one in known)
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(f"{_TRUST_HEAD}trusted = [\n{listed}]\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=path, error=cause(error))) from error
    return known
