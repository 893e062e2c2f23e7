"""Signed notes (C2SP signed-note): a text and the signatures below it, each by a named Ed25519 key.

A key has one purpose. A log's key (type 0x01) signs the text itself; a witness's key (type 0x04, C2SP
tlog-cosignature) signs the text and the time at which it was seen. Public keys are written as
`name+hash+base64`, private ones as `PRIVATE+KEY+name+hash+base64`, as other programs for such notes do.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dispatch.language import _

LOG_KEY, WITNESS_KEY = 0x01, 0x04
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}")
_LINE = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]+={0,2})")
_CAP = 65_536
_SIGNATURES_CAP = 64


class BadNote(ValueError):
    """A note, or a key, that is not one; the text says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who may have signed: `kind` is LOG_KEY or WITNESS_KEY, `raw` the 32 bytes of an Ed25519 key."""

    name: str
    kind: int
    raw: bytes
    withdrawn_s: int | None = field(default=None, compare=False)
    """Since when it may be in a stranger's hands, in seconds since 1970; else None."""

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature line names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(bytes([self.kind]) + self.raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """A key as it is written; BadNote says what is wrong with it."""
        name, given, raw = _key_parts(text)
        key = cls(name, raw[0], raw[1:])
        if key.hash.hex() != given:
            raise BadNote(_("the hash in the key does not belong to it: it was copied wrongly"))
        return key

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs. It never shows in a log: its `repr` is its public half."""

    name: str
    kind: int
    seed: bytes

    def __repr__(self) -> str:
        return f"PrivateKey({self.public})"

    @classmethod
    def make(cls, name: str, kind: int) -> "PrivateKey":
        """A new key from the machine's randomness; BadNote for a name that no note can carry."""
        if not _NAME.fullmatch(name):
            raise BadNote(_("{name} cannot name a key: no spaces, no plus sign, not empty", name=repr(name)))
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "PrivateKey":
        """A key as its file holds it; BadNote says what is wrong, without showing it."""
        if not text.startswith(_PRIVATE):
            raise BadNote(_("it does not begin with PRIVATE+KEY+"))
        name, given, raw = _key_parts(text.removeprefix(_PRIVATE))
        key = cls(name, raw[0], raw[1:])
        if key.public.hash.hex() != given:
            raise BadNote(_("the hash in the key does not belong to it"))
        return key

    def written(self) -> str:
        """The key for its file: a secret."""
        raw = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{self.public.hash.hex()}+{raw}"

    @property
    def public(self) -> PublicKey:
        """What others check with."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, self.kind, public)

    def _sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def line(self, text: str, at_s: int) -> "Signature":
        """The signature line for a text; `at_s`, seconds since 1970, is part of a witness's."""
        if self.kind == WITNESS_KEY:
            signed = at_s.to_bytes(8, "big") + self._sign(_seen(text, at_s))
        else:
            signed = self._sign(text.encode())
        return Signature(self.name, self.public.hash, signed)


def _key_parts(text: str) -> tuple[str, str, bytes]:
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
        raise BadNote(_("a key is written as name+hash+base64"))
    raw = _decoded(parts[2])
    if len(raw) != 33 or raw[0] not in (LOG_KEY, WITNESS_KEY):
        raise BadNote(_("this is no Ed25519 key of a log or of a witness"))
    return parts[0], parts[1], raw


def _decoded(text: str) -> bytes:
    """Base64 in its one canonical spelling, or BadNote."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(_("not base64")) from error
    if base64.b64encode(raw).decode() != text:
        raise BadNote(_("not base64 as it must be written"))
    return raw


def _seen(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


class Signature(NamedTuple):
    """One line below a note."""

    name: str
    key_hash: bytes
    signed: bytes

    def written(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_hash + self.signed).decode()}\n"


class Signed(NamedTuple):
    """A signature that was checked: by which key, and for a witness when, in seconds since 1970."""

    key: PublicKey
    at_s: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and the signature lines below it. Nothing of it is checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, written: str) -> "Note":
        """Take a note apart; BadNote says why it is none."""
        if len(written) > _CAP:
            raise BadNote(_("longer than {cap} characters", cap=_CAP))
        if any(ord(one) < 0x20 and one != "\n" for one in written):
            raise BadNote(_("it holds control characters"))
        text, blank, below = written.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise BadNote(_("a note is a text, an empty line, and signature lines"))
        lines = below.removesuffix("\n").split("\n")
        if len(lines) > _SIGNATURES_CAP:
            raise BadNote(_("more than {cap} signatures", cap=_SIGNATURES_CAP))
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def written(self) -> str:
        """The note as it is sent and kept."""
        return f"{self.text}\n{''.join(one.written() for one in self.signatures)}"

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """The same text with lines added of keys that have none there yet: the first of each key stays."""
        lines = {(one.name, one.key_hash): one for one in reversed((*self.signatures, *more))}
        return Note(self.text, tuple(reversed(lines.values())))

    def signed_by(self, keys: Iterable[PublicKey]) -> list[Signed]:
        """Whose signatures hold, among these keys; BadNote when one that is known does not hold."""
        by_name = {(key.name, key.hash): key for key in keys}
        found: list[Signed] = []
        for line in self.signatures:
            key = by_name.get((line.name, line.key_hash))
            if key is None:
                continue  # of somebody unknown here: it says nothing, and hinders nothing
            held = _checked(key, self.text, line.signed)
            if held is None:
                raise BadNote(_("the signature of {key} does not belong to the text", key=key.name))
            found.append(held)
        return found


def _signature(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise BadNote(_("a signature line is a dash, a name and base64"))
    raw = _decoded(match[2])
    if len(raw) < 5:
        raise BadNote(_("a signature line is too short"))
    return Signature(match[1], raw[:4], raw[4:])


def _checked(key: PublicKey, text: str, signed: bytes) -> Signed | None:
    if key.kind == LOG_KEY:
        return Signed(key, None) if key.signed(text.encode(), signed) else None
    at_s = int.from_bytes(signed[:8], "big")
    if len(signed) != 72 or at_s >= 1 << 63:
        return None
    return Signed(key, at_s) if key.signed(_seen(text, at_s), signed[8:]) else None
