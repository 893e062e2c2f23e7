"""Who sits at this console: sign-in with a password, what the role allows, break-glass."""

from dispatch.signin.passwords import Passwords, weakness
from dispatch.signin.seat import Answer, CodeWanted, NotAllowed, SignIn, SignInRefused

__all__ = ["Answer", "CodeWanted", "NotAllowed", "Passwords", "SignIn", "SignInRefused", "weakness"]
