"""Steering a running drill: what happens in it, events let happen now, its pace.

The process that runs the drill listens on this machine; whoever knows the token that stands in the drill's
announcement, which its user alone may read, may steer. One line of JSON each way:
{"token": ..., "act": "look" | "inject" | "end" | "pause" | "resume" | "speed", "by": ..., ...} ->
{"ok": ..., ...}.
"""

import asyncio
import contextlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from pydantic import ValidationError

from dispatch.causes import cause
from dispatch.clock import DrillClock
from dispatch.domain.drills import EVENTS, FASTEST, SLOWEST, Course, Event, Happening, LinkLost, read_event
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings.complaints import complaint, telling
from dispatch.text import safe_text
from simulators.happenings import planned_key
from simulators.scenarios import Known, Scenario

LONGEST_LINE = 65_536
ANSWER_S = 5.0


Inject = Callable[[str, Event], Awaitable[bool]]
End = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Cities:
    """How events reach the simulated cities; False: these have ended."""

    inject: Inject
    end: End


class Steering:
    """Keeps what happens in the drill, and does what its leader asks for."""

    def __init__(self, scenario: Scenario, clock: DrillClock, known: Known, cities: Cities) -> None:
        self._scenario, self._clock, self._known, self._cities = scenario, clock, known, cities
        self.happenings = [
            Happening(key=planned_key(row), event=event, planned=True)
            for row, event in enumerate(scenario.event, 1)
        ]
        self.on_steered: Callable[[str, Mapping[str, object]], None] | None = None
        """Told of each act that was done, in the words of the request."""
        self._numbers = count(1)

    @property
    def elapsed_s(self) -> float:
        return self._clock.monotonic()

    def happened(self, key: str, did: Mapping[str, str | int]) -> None:
        """The simulators, or the rig, let an event happen just now."""
        self.happenings = [
            one.model_copy(update={"happened_s": self.elapsed_s, "did": dict(did)})
            if one.key == key and one.happened_s is None
            else one
            for one in self.happenings
        ]

    def ended(self, key: str, did: Mapping[str, str | int]) -> None:
        """The simulators ended an event before its time, or called it off."""
        self.happenings = [
            one.model_copy(update={"ended_s": self.elapsed_s, "did": {**one.did, **did}})
            if one.key == key and one.ended_s is None
            else one
            for one in self.happenings
        ]

    def look(self) -> Course:
        """How the drill stands, and everything that happens in it."""
        return Course(
            name=self._scenario.name,
            elapsed_s=self.elapsed_s,
            speed=self._clock.speed,
            paused=self._clock.standing,
            events=tuple(self.happenings),
        )

    async def act(self, said: Mapping[str, object]) -> dict[str, object]:
        """Do what a line asks for; DispatchError says in one sentence why it cannot be."""
        act, by = said.get("act"), safe_text(str(said.get("by", "")), 64)
        match act:
            case "look":
                return {"ok": True, "course": self.look().model_dump(mode="json")}
            case "inject":
                answer = await self._let_happen(said.get("event"), by)
            case "end":
                answer = await self._end(said.get("key"))
            case "pause":
                answer = self._go_at(0.0)
            case "resume":
                answer = self._go_at(self._clock.speed)
            case "speed":
                answer = self._go_at(_speed(said.get("speed")))
            case _:
                raise DispatchError(
                    _("{act} is nothing that can be done to a drill", act=safe_text(str(act)))
                )
        if self.on_steered is not None:
            self.on_steered(str(act), {name: said[name] for name in said if name != "token"} | answer)
        return {"ok": True, **answer}

    def _go_at(self, speed: float) -> dict[str, object]:
        try:
            self._clock.go_at(speed)
        except OSError as error:
            problem = _("the pace of the drill cannot be written: {error}", error=cause(error))
            raise DispatchError(problem) from error
        return {"speed": self._clock.speed if speed == 0 else speed, "paused": speed == 0}

    async def _let_happen(self, table: object, by: str) -> dict[str, object]:
        """Now, or at the minute it names; its key."""
        now_min = round(self.elapsed_s / 60, 3)
        given = dict(table) if isinstance(table, dict) else {}
        event = self.checked({**given, "at_min": max(now_min, float(given.get("at_min") or 0.0))})
        key = f"L{next(self._numbers)}"
        happening = Happening(key=key, event=event, planned=False, by=by)
        self.happenings.append(happening)
        if not await self._cities.inject(key, event):
            self.happenings.remove(happening)
            raise DispatchError(_("the simulated cities have ended: nothing can happen in them any more"))
        return {"key": key, "at_min": event.at_min}

    async def _end(self, named: object) -> dict[str, object]:
        """An event that is under way, now; one that is to come is called off."""
        key = safe_text(str(named), 20)
        one = next((each for each in self.happenings if each.key == key), None)
        if one is None:
            known = ", ".join(each.key for each in self.happenings) or "-"
            raise DispatchError(_("there is no event {key}; there are: {known}", key=key, known=known))
        if one.ended_s is not None or (one.happened_s is not None and not one.under_way(self.elapsed_s)):
            raise DispatchError(_("{key} is over: there is nothing to end", key=key))
        if not await self._cities.end(key):
            raise DispatchError(_("the simulated cities have ended: nothing can happen in them any more"))
        return {"key": key, "called_off": one.happened_s is None}

    def checked(self, table: Mapping[str, object]) -> Event:
        """The event that a table tells; DispatchError names the field and what is allowed."""
        try:
            event = read_event(table)
        except ValidationError as error:
            raise DispatchError(complaint(telling(error), EVENTS[str(table["kind"])])) from None
        for name, problem in self._known.problems(event):
            raise DispatchError(f"{name}: {problem}")
        if isinstance(event, LinkLost) and any(
            isinstance(one.event, LinkLost) and one.event.city == event.city and one.under_way(self.elapsed_s)
            for one in self.happenings
        ):
            raise DispatchError(_("the link of {city} is lost already", city=event.city))
        return event


def _speed(asked: object) -> float:
    speed = float(asked) if isinstance(asked, int | float) else 0.0
    if not SLOWEST <= speed <= FASTEST:
        problem = _(
            "a drill runs {least:g} to {most:g} times as fast as the clock", least=SLOWEST, most=FASTEST
        )
        raise DispatchError(problem)
    return speed


@dataclass(frozen=True, slots=True)
class Door:
    """Where a running drill is steered: a port of this machine, and what opens it."""

    port: int
    token: str


@asynccontextmanager
async def steered(steering: Steering) -> AsyncIterator[Door]:
    """Listen on this machine for the length of a block."""
    token = secrets.token_urlsafe(24)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                answer = await _answered(steering, await reader.readline(), token)
                writer.write((json.dumps(answer, ensure_ascii=False) + "\n").encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=LONGEST_LINE)
    async with server:
        yield Door(int(server.sockets[0].getsockname()[1]), token)


async def _answered(steering: Steering, line: bytes, token: str) -> dict[str, object]:
    try:
        said = json.loads(line)
    except ValueError:
        return {"ok": False, "why": "no JSON"}
    if not isinstance(said, dict) or not hmac.compare_digest(str(said.get("token", "")), token):
        return {"ok": False, "why": "no token"}
    try:
        return await steering.act(said)
    except (DispatchError, ValueError) as error:
        return {"ok": False, "why": safe_text(str(error), 400)}


class Reins:
    """The leader's end: asks the process that runs the drill, which may be this one."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def ask(self, act: str, by: str = "", **more: object) -> dict[str, object]:
        """One act and its answer; DispatchError when it was refused or nobody answers."""
        line = json.dumps({"token": self._door.token, "act": act, "by": by, **more}) + "\n"
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self._door.port, limit=16 * LONGEST_LINE
                )
                try:
                    writer.write(line.encode())
                    await writer.drain()
                    answer = json.loads(await reader.readline())
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError) as error:
            raise DispatchError(_("the drill cannot be reached: it has ended, or is stuck")) from error
        if not isinstance(answer, dict) or not answer.get("ok"):
            raise DispatchError(str(answer.get("why", "")) if isinstance(answer, dict) else "")
        return answer
