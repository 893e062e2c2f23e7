"""Passwords: argon2id with the parameters of RFC 9106 for machines with little memory."""

import unicodedata
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from dispatch.language import _

SHORTEST = 8
LONGEST = 128


def _hasher() -> PasswordHasher:
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Makes and checks hashes; blocks for some tenths of a second, so a console does it in a thread."""

    hasher: PasswordHasher = field(default_factory=_hasher, repr=False)

    def hashed(self, password: str) -> str:
        return self.hasher.hash(spelt(password))

    def fits(self, stored: str, password: str) -> bool:
        """Whether it is the password; a hash that cannot be read fits nothing."""
        try:
            return self.hasher.verify(stored, spelt(password))
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, stored: str) -> bool:
        """Whether it was made with other parameters than those in force."""
        return self.hasher.check_needs_rehash(stored)


def spelt(password: str) -> str:
    """One spelling for what one means: an input method types letters in full width, and nobody sees it."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, operator: str) -> str:
    """Why a new password is refused, as one sentence; empty when it will do."""
    typed = spelt(password)
    if not SHORTEST <= len(typed) <= LONGEST:
        return _("a password has {least} to {most} characters", least=SHORTEST, most=LONGEST)
    if not typed.isprintable():
        return _("a password has no control characters")
    if operator in typed.casefold():
        return _("a password does not contain the operator's own name")
    if len(set(typed)) < 4:
        return _("a password has at least four different characters")
    return ""
