"""Commands on their way to a city: sent with a key, sent again with the same key, answered by key.

Nothing here survives the program: a command that was not answered when it ends is reported as not
answered. The receiver acts once per key, so sending again never acts twice. What must arrive whatever
happens to this console is an errand of the desk, which posts it through here.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.audit.entry import uuid7
from dispatch.clock import Clock, epoch_ms, speed_of
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.link import CityLink, LinkDown
from dispatch.language import _
from dispatch.text import safe_text

AGAIN_AFTER_S = 3.0
"""Machine seconds until a command is sent again; never less, or a slow city is sent each one twice."""
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What came of a command. Not answered is not refused: it may have been carried out.

    `code` and `facts` make the reason in any language (domain/refusals.py); `reason` is it in the
    sender's, for programs that know no codes.
    """

    answered: bool
    accepted: bool
    reason: str
    code: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


def result_of(response: payloads.Response) -> CommandResult:
    """An answer as its sender meant it; its texts are made safe."""
    facts = {
        safe_text(name, 32): safe_text(value) if isinstance(value, str) else value
        for name, value in response.facts.items()
    }
    return CommandResult(True, response.accepted, safe_text(response.reason), response.code or "", facts)


@dataclass(slots=True)
class _Waiting:
    """One command: whose answer counts, and where it goes."""

    city: CityCode
    answer: asyncio.Future[payloads.Response]


class Outbox:
    """Sends commands of one console to the centres of all cities."""

    def __init__(
        self,
        links: Mapping[CityCode, CityLink],
        *,
        home_city: CityCode,
        node: str,
        clock: Clock,
    ) -> None:
        self.late = 0
        """Answers that came when nobody waited any more: duplicates, or too late."""
        self._links, self._home, self._node, self._clock = links, home_city, node, clock
        self._waiting: dict[str, _Waiting] = {}

    async def send(
        self, city: CityCode, kind: str, data: payloads.Payload, *, expires_s: float
    ) -> CommandResult:
        """Send a command and wait for its answer, at most `expires_s` machine seconds.

        `kind` is that of a payload without its "cmd.". A link that is down is waited for as long.
        """
        key = uuid7(epoch_ms(self._clock.now()))
        waiting = _Waiting(city, asyncio.get_running_loop().create_future())
        self._waiting[key] = waiting
        try:
            return await self._until_answered(city, kind, data, key, waiting, expires_s)
        finally:
            del self._waiting[key]

    async def post(
        self, city: CityCode, kind: str, data: payloads.Payload, key: str, expires_at: int | None
    ) -> None:
        """Publish a command once; LinkDown when it cannot be. `expires_at`: milliseconds since 1970."""
        await self._links[city].publish(
            topics.command(self._home, city, kind),
            f"cmd.{kind}",
            data,
            key=key,
            reply_to=topics.response(city, self._home, self._node),
            expires_at=expires_at,
        )

    def hear(self, city: CityCode, response: payloads.Response) -> None:
        """An answer from the intake; one of another city than was asked does not count."""
        waiting = self._waiting.get(response.key)
        if waiting is None or waiting.city != city or waiting.answer.done():
            self.late += 1
            return
        waiting.answer.set_result(response)

    async def _until_answered(
        self,
        city: CityCode,
        kind: str,
        data: payloads.Payload,
        key: str,
        waiting: _Waiting,
        expires_s: float,
    ) -> CommandResult:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + expires_s
        expires_at = epoch_ms(self._clock.now()) + round(expires_s * speed_of(self._clock) * 1000)
        sent, error, again_at = False, "", 0.0
        while loop.time() < deadline:
            if loop.time() >= again_at:
                try:
                    await self.post(city, kind, data, key, expires_at)
                except LinkDown as down:
                    error = str(down)
                else:
                    sent, again_at = True, loop.time() + AGAIN_AFTER_S
            await asyncio.wait([waiting.answer], timeout=LOOK_EVERY_S)
            if waiting.answer.done():
                return result_of(waiting.answer.result())
        if not sent:
            return CommandResult(False, False, error or _("no link to this city: nothing was sent"))
        return CommandResult(False, False, _("this city did not answer: ask by telephone"))
