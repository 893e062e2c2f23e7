"""What the audit log holds of a call: a hash that binds it and, without its salt, tells nothing of it.

SHA-256(0x02 || salt || RFC 8785 canonical JSON of the call). The salt, 256 bits, stands beside the call:
a number alone could be found by trying all of them.
"""

import hashlib
import secrets

import rfc8785

SALT_BYTES = 32
_PREFIX = b"\x02"
"""Not those of the log's rows (0x00) and tree nodes (0x01)."""


def fresh_salt() -> bytes:
    """A salt for one call."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(incident: str, at_ms: int, number: str, name: str, text: str, salt: bytes) -> str:
    """The commitment of one call, hexadecimal."""
    said: dict[str, str | int] = {
        "incident": incident,
        "at": at_ms,
        "number": number,
        "name": name,
        "text": text,
    }
    return hashlib.sha256(_PREFIX + salt + rfc8785.dumps(said)).hexdigest()
