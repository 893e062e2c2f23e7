"""Who is signed in by a browser: bounded, and each for a time. The cookie itself is kept nowhere."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.domain.operators import Operator
from dispatch.settings.web import WebRules


class Ended(StrEnum):
    """Why a sign-in ended, as the audit log says it."""

    ASKED = "asked"
    IDLE = "idle"
    TIME = "time"  # the longest a sign-in may last
    ACCOUNT = "account_changed"
    CONSOLE = "console"  # the console behind it signed out
    SERVICE = "service_ended"


@dataclass(slots=True)
class BrowserSession:
    """One sign-in. Times are a steady count of seconds."""

    operator: Operator
    desk: int
    language: str
    address: str
    began_s: float
    touched_s: float
    form_key: str = field(default_factory=secrets.token_urlsafe, repr=False)
    """What a form of this session must bring, which no other page knows."""


class Sessions:
    """At most one for each desk of the rules."""

    def __init__(self, rules: WebRules, steady: Callable[[], float]) -> None:
        self._desks, self._steady = rules.desks, steady
        self._idle_s, self._longest_s = rules.idle_min * 60, rules.longest_h * 3600
        self._by_mark: dict[str, BrowserSession] = {}

    def __len__(self) -> int:
        return len(self._by_mark)

    @property
    def full(self) -> bool:
        return len(self._by_mark) >= len(self._desks)

    def open(self, operator: Operator, language: str, address: str) -> tuple[str, BrowserSession] | None:
        """A fresh cookie and its session; None: every desk is taken."""
        taken = {one.desk for one in self._by_mark.values()}
        free = [desk for desk in self._desks if desk not in taken]
        if not free:
            return None
        cookie, now_s = secrets.token_urlsafe(32), self._steady()
        session = BrowserSession(operator, free[0], language, address, now_s, now_s)
        self._by_mark[_mark(cookie)] = session
        return cookie, session

    def get(self, cookie: str) -> BrowserSession | None:
        """The session of a cookie while it lasts; one that is over is left for `over` to find."""
        session = self._by_mark.get(_mark(cookie)) if cookie else None
        return session if session is not None and self._why_over(session) is None else None

    def touch(self, session: BrowserSession) -> None:
        """A key or a click came."""
        session.touched_s = self._steady()

    def over(self) -> Sequence[tuple[BrowserSession, Ended]]:
        """Those whose time is over."""
        return [(one, why) for one in self._by_mark.values() if (why := self._why_over(one)) is not None]

    def of(self, operators: Sequence[str]) -> Sequence[BrowserSession]:
        """The sessions of some operators."""
        return [one for one in self._by_mark.values() if one.operator.id in operators]

    def all(self) -> Sequence[BrowserSession]:
        return list(self._by_mark.values())

    def close(self, session: BrowserSession) -> bool:
        """Forget it; False: it was over already."""
        for mark, one in self._by_mark.items():
            if one is session:
                del self._by_mark[mark]
                return True
        return False

    def _why_over(self, session: BrowserSession) -> Ended | None:
        now_s = self._steady()
        if now_s - session.began_s >= self._longest_s:
            return Ended.TIME
        return Ended.IDLE if now_s - session.touched_s >= self._idle_s else None


def _mark(cookie: str) -> str:
    """What is kept of a cookie: nobody can sign in with that."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).hexdigest()
