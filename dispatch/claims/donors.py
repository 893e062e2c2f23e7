"""Donors without their names: identity numbers checked and turned into keyed hashes, names masked.

A hash is HMAC-SHA256 under a key that the three centres share and keep to themselves. The name of a key is
its own fingerprint, so that two different keys can never bear one name. Nothing here keeps a number.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, NewType

from pydantic import Field

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text

DonorId = NewType("DonorId", str)
DONOR_PATTERN = r"^k[0-9a-f]{8}:[0-9a-f]{40}$"
DonorHash = Annotated[DonorId, Field(pattern=DONOR_PATTERN, max_length=50)]
KEY_BYTES = 32
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999: 2^(18-i) mod 11
_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)}
    | {71, 81, 82, 83}
)
"""First two digits: GB/T 2260, and 83, which residents from Taiwan are given."""


@dataclass(frozen=True, slots=True)
class DonorKeys:
    """Key name -> key; `current` hashes what is new. Older ones stay: nothing can be hashed anew."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def donors(self, identity: str) -> tuple[DonorId, ...]:
        """One person under every key, the current one first; DispatchError as `checked_identity`."""
        number = checked_identity(identity).encode("ascii")
        names = [self.current, *sorted(name for name in self.keys if name != self.current)]
        return tuple(DonorId(f"{name}:{_mac(self.keys[name], number)[:40]}") for name in names)


def key_name(key: bytes) -> str:
    """What a key is called: its fingerprint, which says nothing of the key."""
    return f"k{_mac(key, b'czt donor key name')[:8]}"


def _mac(key: bytes, said: bytes) -> str:
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def checked_identity(text: str) -> str:
    """The 18 characters of an identity number (GB 11643); DispatchError says what is wrong with it."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "").replace("-", "").upper()
    if len(plain) == 15 and plain.isascii() and plain.isdigit():
        raise DispatchError(_("an old identity number of 15 digits: write the one of 18 characters"))
    if len(plain) != 18:
        raise DispatchError(
            _("an identity number has 18 characters, not {count}", count=len(plain))
        )  # the number itself must not reach a terminal or a log
    if not (plain.isascii() and plain[:17].isdigit() and plain[17] in _CHECKS):
        raise DispatchError(_("an identity number is 17 digits and a digit or X"))
    if int(plain[:2]) not in _PROVINCES:
        raise DispatchError(_("an identity number begins with the code of a province: the first two digits"))
    try:
        born = date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        born = date.min
    if born.year < 1850:
        raise DispatchError(_("digits 7 to 14 of an identity number are a day of birth: these are none"))
    if (
        plain[17]
        != _CHECKS[sum(int(one) * weight for one, weight in zip(plain, _WEIGHTS, strict=False)) % 11]
    ):
        raise DispatchError(_("the check character of the identity number does not fit: read it again"))
    return plain


def masked_name(name: str) -> str:
    """A name as it is kept: its first character and stars; two at least, so that nothing shows its length."""
    plain = safe_text(unicodedata.normalize("NFKC", name).strip(), 40)
    return f"{plain[0]}**" if plain else ""
