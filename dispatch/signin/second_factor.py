"""The second factor: six digits that change every 30 seconds (RFC 6238, with HMAC-SHA-1 as phones expect).

The secret is shared with the phone or token of one operator. It stands in operators.toml and nowhere else.
"""

import binascii
import hmac
import re
import unicodedata
from base64 import b32decode
from datetime import datetime

import pyotp

STEP_S = 30
DRIFT = 1
"""Steps by which a clock may be off, either way."""
DIGITS = 6
_ISSUER = "czt"
_LEAST_BYTES = 16
"""RFC 4226 asks for 128 bits at least."""


def fresh_secret() -> str:
    """A new secret of 160 bits, as base32."""
    return pyotp.random_base32(32)


def usable(secret: str) -> bool:
    """Whether a secret can be used: base32, 128 bits or more."""
    try:
        return len(b32decode(secret + "=" * (-len(secret) % 8))) >= _LEAST_BYTES
    except (binascii.Error, ValueError):
        return False


def spelt_secret(typed: str) -> str:
    """One spelling for how a token's secret may be written: blanks and hyphens between, small letters."""
    return re.sub(r"[\s=-]", "", unicodedata.normalize("NFKC", typed)).upper()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step (30 s since 1970) whose code this is, now or one step off; None when it is none.

    Whoever asks keeps the step and takes no code of it or of an earlier one again.
    """
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", code)).encode()
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(max(0, current - DRIFT), current + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            found = step
    return found


def address(secret: str, operator: str) -> str:
    """What an authenticator reads: an otpauth:// address, which holds the secret."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(
        name=operator, issuer_name=_ISSUER
    )
