"""The seat at a console: who has it, how it is taken with a password or without one, what it allows."""

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dispatch.audit.entry import AuditRow
from dispatch.audit.log import AuditLog
from dispatch.clock import Clock, SystemClock, epoch_ms
from dispatch.domain.alarms import Alarm, AlarmId, Severity
from dispatch.domain.errors import AuditUnavailable, DispatchError, MissingField
from dispatch.domain.model import Name
from dispatch.domain.operators import RIGHT_NAMES, ROLE_NAMES, By, Operator, Right, Rights, Role
from dispatch.domain.refusals import SENTENCES
from dispatch.language import N_, _, current
from dispatch.picture.live import Picture
from dispatch.signin.passwords import Passwords
from dispatch.signin.roster import Roster
from dispatch.signin.second_factor import matching_step
from dispatch.signin.throttle import Throttle
from dispatch.text import safe_text

BREAK_GLASS = AlarmId("break_glass")
UNNAMED = "unnamed"
ELSEWHERE = N_("this console is in a browser: sign out, and sign in at its first page")
NOBODY = ""
"""Whom a wrong sign-in is counted for whose name is unknown: what was typed may be a password."""
_NAME_LENGTH = 40
_REASON_LENGTH = 200


class NotAllowed(DispatchError):
    """What the role in use may not do, or nobody may before signing in: one sentence."""


class SignInRefused(DispatchError):
    """A sign-in that was not taken: one sentence."""


class CodeWanted(SignInRefused):
    """The password may be right; the code of the second factor is missing."""


class TooSoon(SignInRefused):
    """After wrong passwords: not before `seconds` have passed."""

    def __init__(self, seconds: int) -> None:
        super().__init__(_("too many wrong passwords: wait {seconds} s", seconds=seconds))
        self.seconds = seconds


class Disabled(SignInRefused):
    """The password is right; the account is disabled."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, in a sentence of the language in use."""

    ok: bool
    message: str


class SignIn:
    """One console's seat. Where no operators are kept, the operator of the settings has it all the time."""

    def __init__(
        self,
        *,
        operators_file: Path | None,
        standing: str,
        rights: Rights,
        drill: bool,
        clock: Clock,
        audit: AuditLog,
        picture: Picture,
        past: Iterable[AuditRow] = (),
        passwords: Passwords | None = None,
        steady: Callable[[], float] = time.monotonic,
        wall: Clock | None = None,
    ) -> None:
        """`standing` is the operator of the settings; `past` the last rows "signin" of the audit log.

        `wall` is the machine's time, by which codes of a second factor change, whatever a drill's clock says.

        BadConfiguration when there is a file of operators and it is wrong.
        """
        self.rights = rights.in_force(drill=drill)
        self._roster = Roster(operators_file)
        self._clock, self._audit, self._picture, self._steady = clock, audit, picture, steady
        self._passwords = passwords or Passwords()
        self._throttle = Throttle()
        self._wall = wall or SystemClock()
        self._used_steps: dict[str, int] = {}
        """The step of the last code of each operator: no code is taken twice."""
        self._door = asyncio.Lock()
        self._nobodys_hash = ""
        self._by: By | None = None
        self._admitted = False
        self.on_empty: Callable[[], None] = lambda: None
        """Called when somebody leaves the seat."""
        self.since: datetime = clock.now()
        if not self.asked:
            self._by = By(operator=standing, role=Role.DRILL_LEADER if drill else Role.DISPATCHER)
        self._remember(past)

    # --- who sits here -------------------------------------------------------------------------

    @property
    def asked(self) -> bool:
        """Whether operators are kept, so that one has to sign in."""
        return self._roster.kept

    @property
    def by(self) -> By | None:
        """Who does whatever is done now; None: nobody is signed in."""
        return self._by

    @property
    def role(self) -> Role:
        """The role in use; nobody may do what an observer may."""
        return self._by.role if self._by is not None else Role.OBSERVER

    @property
    def break_glass(self) -> bool:
        return self._by is not None and self._by.break_glass

    @property
    def complaint(self) -> str:
        """Why the file of operators cannot be read now; empty when it can."""
        return self._roster.complaint

    def operators(self) -> Sequence[tuple[str, Name, Role]]:
        """Who may sign in here now; empty where no operators are kept."""
        self._roster.refresh()
        return [(one.id, one.name, one.role) for one in self._roster.active()]

    def name_of(self, operator: str) -> str:
        """How an operator is called in the language in use, safe to show."""
        known = self._roster.get(operator)
        return safe_text(known.name.text(current()) if known else operator, _NAME_LENGTH)

    def wants_code(self, operator: str) -> bool:
        """Whether this operator has a second factor."""
        known = self._roster.get(operator)
        return known is not None and bool(known.totp)

    # --- what he may do ------------------------------------------------------------------------

    def why_not(self, right: Right) -> str:
        """Why it may not be done now, as one sentence; empty when it may.

        Alarms: whoever works with blood may see those of his own console, see `why_not_acknowledge`.
        """
        if right is Right.ALARM and not self._lacking(Right.BLOOD):
            return ""
        return self._lacking(right)

    def _lacking(self, right: Right) -> str:
        if self._by is None:
            return _("nobody is signed in at this console: sign in first")
        if self.rights.allows(self._by, right):
            return ""
        facts = {"role": _(ROLE_NAMES[self._by.role]), "right": _(RIGHT_NAMES[right])}
        return _(SENTENCES["not_allowed"], **facts)

    def why_not_acknowledge(self, alarm: Alarm) -> str:
        """The same for one alarm: those that a city's centre holds are for those who have the right."""
        return self._lacking(Right.ALARM) if alarm.shared else self.why_not(Right.ALARM)

    def demand(self, right: Right) -> By:
        """Who does it; NotAllowed when nobody may."""
        why = self.why_not(right)
        if why or self._by is None:
            raise NotAllowed(why)
        return self._by

    # --- taking the seat and leaving it --------------------------------------------------------

    async def sign_in(self, operator: str, password: str, code: str = "") -> Answer:
        """Take the seat; whoever had it is signed out. AuditUnavailable: not written down, so not done."""
        try:
            found = await self.confirm(operator, password, code)
        except SignInRefused as refusal:
            return Answer(ok=False, message=str(refusal))
        return await self.seat(found)

    async def seat(self, operator: Operator) -> Answer:
        """Give the seat to somebody whom `confirm` has just confirmed."""
        await self._change_to(By(operator=operator.id, role=operator.role))
        facts = {"name": self.name_of(operator.id), "role": _(ROLE_NAMES[operator.role])}
        return Answer(ok=True, message=_("{name} is signed in as {role}", **facts))

    async def take_by_name(self, by: By) -> None:
        """Give the seat to whoever took the shift over where nobody has an account: all goes by his name."""
        if not self.asked:
            await self._change_to(by)

    async def _change_to(self, by: By) -> None:
        if self._by is not None:
            await self._write("signin.out", self._by, {"reason": "replaced"})
            self._stand_up()
        await self._write("signin.in", by, {})
        self._sit(by)

    async def admit(self, operator: str, role: Role) -> None:
        """Give the seat to somebody whom the door of the browsers has confirmed; from then on to nobody else.

        SignInRefused when the account is not what the door saw: removed, disabled, of another role.
        """
        self._roster.refresh()
        known = self._roster.get(operator)
        if known is None or not known.active or known.role is not role:
            raise SignInRefused(_("the account has changed: sign in again"))
        await self._write("signin.in", By(operator=known.id, role=known.role), {"via": "web"})
        self._sit(By(operator=known.id, role=known.role))
        self._admitted = True

    async def confirm(self, operator: str, password: str, code: str = "") -> Operator:
        """Whether somebody is who he says he is, for the seat or for a signature; SignInRefused says why not.

        `code`: of the second factor, for whoever has one; CodeWanted when it is missing.

        One at a time, in a thread: a hash takes some tenths of a second and 64 MiB.
        """
        if not self.asked:
            raise SignInRefused(_("nobody has to sign in here: no operators are kept (czt operators add)"))
        if self._admitted:
            raise SignInRefused(_(ELSEWHERE))
        async with self._door:
            self._roster.refresh()
            known = self._roster.get(operator)
            whose = known.id if known is not None else NOBODY
            wait_s = self._throttle.wait_s(whose, self._steady())
            if wait_s > 0:
                raise TooSoon(math.ceil(wait_s))
            if known is not None and known.totp and not code.strip():
                raise CodeWanted(_("type the six digits of your authenticator as well"))
            stored = known.password if known is not None else await self._hash_of_nobody()
            fits = await asyncio.to_thread(self._passwords.fits, stored, password)
            if known is None or not fits:
                await self._failed(whose)
                raise SignInRefused(_("operator or password is wrong"))
            if known.totp:
                await self._second_factor(known, code)
            self._throttle.passed(known.id)
            if not known.active:
                await self._note("signin.failed", known.id, {"why": "disabled"})
                raise Disabled(_("{name} is disabled: ask a supervisor", name=self.name_of(known.id)))
            await self._rehash(known, password)
            return known

    async def sign_in_by_break_glass(self, operator: str, reason: str) -> Answer:
        """Take the seat at once, without a password; as loud as can be, and never refused for the log's sake.

        MissingField without a reason. `operator` is who he says he is.
        """
        why = safe_text(reason.strip(), _REASON_LENGTH)
        if not why:
            raise MissingField(_("reason"), _("break-glass needs one"))
        if not self.asked:
            raise SignInRefused(_("nobody has to sign in here: no operators are kept (czt operators add)"))
        if self._admitted:
            raise SignInRefused(_(ELSEWHERE))
        before, by = self._by, self._by_of(operator)
        self._stand_up()
        self._sit(by)
        self._ring(by)
        if before is not None:
            await self._note("signin.out", before, {"reason": "replaced"})
        known = self._roster.get(by.operator) is not None
        await self._note("signin.break_glass", by, {"reason": why, "known": known})
        who = self.name_of(by.operator)
        return Answer(
            ok=True, message=_("{name} works by break-glass: everything is logged as such", name=who)
        )

    async def sign_out(self, reason: str = "asked") -> Answer:
        """Leave the seat; what is under way goes on. Never refused: a log that fails has its own alarm."""
        before = self._by
        if not self.asked or before is None:
            return Answer(ok=False, message=_("nobody signed in here"))
        self._stand_up()
        await self._note("signin.out", before, {"reason": reason})
        return Answer(ok=True, message=_("{name} is signed out", name=self.name_of(before.operator)))

    async def tick(self) -> frozenset[str]:
        """Once a second or less: whoever was disabled, removed or given another role loses the seat.

        Returns whose accounts have changed since the last time, a new password or second factor counted in.
        """
        self._roster.refresh()
        changes = self._roster.taken_changes()
        await self._follow(changes)
        return frozenset(operator for operator, _change in changes)

    async def _follow(self, changes: Sequence[tuple[str, str]]) -> None:
        for operator, change in changes:
            known = self._roster.get(operator)
            await self._note_change(operator, {"change": change, "role": known.role.value if known else ""})
        by = self._by
        if not self.asked or by is None or by.break_glass:
            return
        known = self._roster.get(by.operator)
        if known is None or not known.active or known.role is not by.role:
            await self.sign_out("account_changed")

    # --- within --------------------------------------------------------------------------------

    def _by_of(self, operator: str) -> By:
        name = safe_text(operator.strip(), _NAME_LENGTH) or UNNAMED
        return By(operator=name, role=Role.DISPATCHER, break_glass=True)

    def _sit(self, by: By) -> None:
        self._by, self.since = by, self._clock.now()

    def _stand_up(self) -> None:
        sat, self._by, self.since = self._by, None, self._clock.now()
        if sat is not None:
            self.on_empty()
        if self._picture.alarms.cause_gone(BREAK_GLASS):
            self._picture.changes.mark("alarm", BREAK_GLASS)

    def _ring(self, by: By) -> None:
        facts: dict[str, str | int | float] = {"operator": self.name_of(by.operator)}
        now = self._clock.now()
        if self._picture.alarms.raise_(BREAK_GLASS, Severity.CRITICAL, "break_glass", now, facts):
            self._picture.changes.mark("alarm", BREAK_GLASS)

    async def _hash_of_nobody(self) -> str:
        """An unknown name takes as long as a wrong password."""
        if not self._nobodys_hash:
            self._nobodys_hash = await asyncio.to_thread(self._passwords.hashed, secrets.token_urlsafe())
        return self._nobodys_hash

    async def _second_factor(self, known: Operator, code: str) -> None:
        """Take a code once; SignInRefused when it is wrong, or was taken before, which counts as wrong."""
        step = await asyncio.to_thread(matching_step, known.totp, code, self._wall.now())
        if step is None or step <= self._used_steps.get(known.id, -1):
            await self._failed(known.id, why="code")
            if step is None:
                raise SignInRefused(_("operator, password or code is wrong"))
            raise SignInRefused(_("this code was used already: wait for the next one"))
        self._used_steps[known.id] = step
        await self._note("signin.code", known.id, {"step": step})

    async def _failed(self, whose: str, why: str = "password") -> None:
        now_s = self._steady()
        failures = self._throttle.failed(whose, now_s)
        waits = math.ceil(self._throttle.wait_s(whose, now_s))
        await self._note("signin.failed", whose, {"failures": failures, "wait_s": waits, "why": why})

    async def _rehash(self, known: Operator, password: str) -> None:
        """Keep the hash up to date; a file that cannot be written is no reason to keep somebody out."""
        if not self._passwords.outdated(known.password):
            return
        try:
            await asyncio.to_thread(self._roster.rehash, known, lambda: self._passwords.hashed(password))
        except DispatchError as error:
            await self._note("signin.rehash_failed", known.id, {"error": safe_text(error)})

    def _remember(self, past: Iterable[AuditRow]) -> None:
        """Start with the wrong passwords that the log knows: a restart is no way around the waiting."""
        now_ms, now_s = epoch_ms(self._clock.now()), self._steady()
        for row in past:
            if row.action == "signin.failed" and "failures" in row.detail:
                self._throttle.failed(row.actor, now_s - max(0, now_ms - row.ts) / 1000)
            elif row.action == "signin.in":
                self._throttle.passed(row.actor)
            elif row.action == "signin.code" and isinstance(step := row.detail.get("step"), int):
                self._used_steps[row.actor] = max(step, self._used_steps.get(row.actor, -1))

    async def _write(self, action: str, who: By | str, detail: dict[str, object]) -> None:
        """A row of the log; `who` is an id where nobody sits."""
        by = who if isinstance(who, By) else None
        actor, role = (by.operator, by.role.value) if by is not None else (str(who), "")
        marked = {**detail, "break_glass": 1} if by is not None and by.break_glass else detail
        await self._audit.append(action, actor=actor, role=role, target=actor, detail=marked)

    async def _note_change(self, operator: str, detail: dict[str, object]) -> None:
        """A row about the file of operators, which is changed outside the console: by whom is not known."""
        with contextlib.suppress(AuditUnavailable):
            await self._audit.append(
                "operator.changed", actor="console", role="program", target=operator, detail=detail
            )

    async def _note(self, action: str, who: By | str, detail: dict[str, object]) -> None:
        """A row about what happened anyway."""
        with contextlib.suppress(AuditUnavailable):
            await self._write(action, who, detail)
