"""Who sits at this console: sign-in with a password, what the role allows, break-glass."""

from dispatch.signin.passwords import Passwords, weakness
from dispatch.signin.seat import (
    Answer,
    CodeWanted,
    Disabled,
    NotAllowed,
    SignIn,
    SignInRefused,
    TooSoon,
)

__all__ = [
    "Answer",
    "CodeWanted",
    "Disabled",
    "NotAllowed",
    "Passwords",
    "SignIn",
    "SignInRefused",
    "TooSoon",
    "weakness",
]
