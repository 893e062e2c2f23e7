"""Who comes in, at which desk, and when he has to go: the door without its pages and sockets."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows
from dispatch.clock import Clock
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.domain.operators import Operator
from dispatch.language import N_, _, say
from dispatch.settings import Configuration
from dispatch.settings.web import WebRules
from dispatch.signin import Disabled, Passwords, SignIn, SignInRefused, TooSoon
from dispatch.web.child import SIGNED_OUT, ConsoleChild
from dispatch.web.sessions import BrowserSession, Ended, Sessions
from dispatch.web.ticket import Ticket

NODE = "web"
"""Name of the door in its audit log."""
FILE = "audit.db"
LAST_SIGN_INS = 200
AT_ONCE = 8
"""Sign-ins that may wait for their check, which takes some tenths of a second and 64 MiB each."""
TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class CameIn:
    """A cookie, and what it stands for."""

    cookie: str
    session: BrowserSession


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, in the language of the page; `busy`: not because of what was typed."""

    why: str
    busy: bool = False


class Door:
    """Made by `open_door`."""

    def __init__(
        self,
        configuration: Configuration,
        audit: AuditLog,
        *,
        folder: Path,
        operators: Path,
        clock: Clock,
        join: bool,
        config: Path | None,
        passwords: Passwords | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """BadConfiguration when the file of operators is wrong."""
        self.rules: WebRules = configuration.web
        self.usual_language = configuration.settings.language
        self.sessions = Sessions(self.rules, steady)
        self.steady = steady
        self._audit, self._join, self._config = audit, join, config
        self._seat = SignIn(
            operators_file=operators,
            standing="",
            rights=configuration.rights,
            drill=join,
            clock=clock,
            audit=audit,
            picture=configuration.new_picture(),
            past=rows(folder / FILE, Filter(action="signin", last=LAST_SIGN_INS)),
            passwords=passwords,
            steady=steady,
        )
        self._waiting = 0
        self._consoles: dict[int, ConsoleChild] = {}
        self._changing: dict[int, asyncio.Lock] = {}

    async def come_in(
        self, operator: str, password: str, code: str, language: str, address: str
    ) -> CameIn | Refused:
        """Check who it is and give him a desk. Whatever is wrong of name, password and code is one answer."""
        if self._waiting >= AT_ONCE:
            return Refused(say(language, N_("Too many sign in at once: try again in a moment")), busy=True)
        self._waiting += 1
        try:
            # a missing code is a wrong one: only so does nobody learn who has a second factor
            found = await self._seat.confirm(operator, password, code.strip() or "-")
        except TooSoon as refusal:
            said = say(language, N_("too many wrong passwords: wait {seconds} s"), seconds=refusal.seconds)
            return Refused(said, busy=True)
        except Disabled:
            return Refused(say(language, N_("The account is disabled: ask a supervisor")))
        except SignInRefused:
            return Refused(say(language, N_("Account, password or code is wrong")))
        finally:
            self._waiting -= 1
        await self._leave_what_is_over()
        return await self._seated(found, language, address)

    async def _seated(self, operator: Operator, language: str, address: str) -> CameIn | Refused:
        opened = self.sessions.open(operator, language, address)
        if opened is None:
            said = say(
                language,
                N_("All {count} desks for browsers are taken: sign out elsewhere, or wait"),
                count=len(self.rules.desks),
            )
            return Refused(said, busy=True)
        cookie, session = opened
        detail: dict[str, object] = {"via": "web", "desk": self.node_of(session), "from": address}
        try:
            await self._audit.append(
                "signin.in", actor=operator.id, role=operator.role.value, target=operator.id, detail=detail
            )
        except AuditUnavailable:
            self.sessions.close(session)
            said = say(language, N_("The audit log cannot be written: nobody can sign in now"))
            return Refused(said, busy=True)
        return CameIn(cookie, session)

    async def leave(self, session: BrowserSession, why: Ended) -> None:
        """End a sign-in and the console behind it; asked for twice, it is done once."""
        if not self.sessions.close(session):
            return
        operator = session.operator
        detail: dict[str, object] = {"via": "web", "reason": why.value, "desk": self.node_of(session)}
        with contextlib.suppress(AuditUnavailable):
            await self._audit.append(
                "signin.out", actor=operator.id, role=operator.role.value, target=operator.id, detail=detail
            )
        child = self._consoles.get(id(session))
        if child is not None:
            await child.end()

    # --- the console behind a session ----------------------------------------------------------

    def node_of(self, session: BrowserSession) -> str:
        """The name of the console on the wire."""
        return f"{NODE}-{session.desk}"

    def ticket(self, session: BrowserSession) -> Ticket:
        """What the console behind a session is told."""
        return Ticket(
            operator=session.operator.id,
            role=session.operator.role,
            desk=session.desk,
            node=self.node_of(session),
            language=session.language,
            config=self._config,
            join=self._join,
        )

    @asynccontextmanager
    async def console(self, session: BrowserSession, child: ConsoleChild) -> AsyncIterator[bool]:
        """Hold the session's one console for the length of a block; a former one ends first.

        False: the sign-in is over meanwhile. A console whose operator signed out there ends it too.
        """
        key = id(session)
        async with self._changing.setdefault(key, asyncio.Lock()):
            former = self._consoles.get(key)
            if former is not None:
                await former.end()
            self._consoles[key] = child
        standing = session in self.sessions.all()
        try:
            yield standing
        finally:
            await child.end()
            if self._consoles.get(key) is child:
                del self._consoles[key]
                self._changing.pop(key, None)
            if child.code == SIGNED_OUT:
                await self.leave(session, Ended.CONSOLE)

    def serves(self, session: BrowserSession, child: object) -> bool:
        """Whether this is the console of the session."""
        return child is self._consoles.get(id(session))

    # --- time ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled: once a second, who has to go."""
        while True:
            await self._leave_what_is_over()
            changed = await self._seat.tick()
            for session in self.sessions.of(sorted(changed)):
                await self.leave(session, Ended.ACCOUNT)
            await asyncio.sleep(TICK_S)

    async def _leave_what_is_over(self) -> None:
        for session, why in self.sessions.over():
            await self.leave(session, why)

    async def close(self) -> None:
        """Everybody goes."""
        await asyncio.gather(*(self.leave(one, Ended.SERVICE) for one in self.sessions.all()))
        consoles: Sequence[ConsoleChild] = list(self._consoles.values())
        await asyncio.gather(*(child.end() for child in consoles))


@asynccontextmanager
async def open_door(
    configuration: Configuration,
    *,
    folder: Path,
    operators: Path | None,
    clock: Clock,
    join: bool = False,
    config: Path | None = None,
    passwords: Passwords | None = None,
    steady: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Door]:
    """A door with an audit log of its own in `folder`; DispatchError when nobody could sign in."""
    if operators is None:
        raise DispatchError(_("nobody could sign in: add operators first (czt operators add)"))
    settings = configuration.settings
    audit = await asyncio.to_thread(
        AuditLog.open,
        folder / FILE,
        clock=clock,
        city=settings.home_city,
        console=NODE,
        drill=join,
        retention=configuration.audit_rules.retention,
    )
    running: asyncio.Task[None] | None = None
    try:
        door = Door(
            configuration,
            audit,
            folder=folder,
            operators=operators,
            clock=clock,
            join=join,
            config=config,
            passwords=passwords,
            steady=steady,
        )
        desks = ",".join(str(desk) for desk in configuration.web.desks)
        await audit.append("session.start", actor=NODE, role="program", target=NODE, detail={"desks": desks})
        running = asyncio.create_task(door.run(), name="door")
        try:
            yield door
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await door.close()
    finally:
        with contextlib.suppress(AuditUnavailable):
            await audit.append("session.end", actor=NODE, role="program")
        await audit.close()
