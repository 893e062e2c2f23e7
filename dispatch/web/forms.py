"""Forms of people who are not signed in yet: only a page of this door sends them, and nothing is kept."""

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

LASTS_S = 1800.0


class FormKeys:
    """A cookie and a hidden field that belong together by a key which nobody but this process has."""

    def __init__(self, steady: Callable[[], float], lasts_s: float = LASTS_S) -> None:
        self._key, self._steady, self._lasts_s = secrets.token_bytes(32), steady, lasts_s

    def fresh(self) -> tuple[str, str]:
        """The cookie, and the field of the form."""
        cookie = secrets.token_urlsafe(24)
        return cookie, self.field_for(cookie)

    def field_for(self, cookie: str) -> str:
        until = int(self._steady() + self._lasts_s)
        return f"{until}.{self._sealed(cookie, until)}"

    def fits(self, cookie: str, field: str) -> bool:
        """Whether the field was made for this cookie, not too long ago."""
        said, _dot, seal = field.partition(".")
        if not cookie or not said.isascii() or not said.isdecimal() or len(said) > 15:
            return False
        until = int(said)
        return (
            hmac.compare_digest(self._sealed(cookie, until).encode(), seal.encode())
            and until > self._steady()
        )

    def _sealed(self, cookie: str, until: int) -> str:
        return hmac.new(self._key, f"{until}.{cookie}".encode("utf-8", "surrogateescape"), sha256).hexdigest()
