"""What this centre has to tell others about claims: said over the links to them until they answer.

It lies on the disk until then. A city that cannot be reached costs nothing but time: the claim waits.
"""

import asyncio
import logging
from collections.abc import Mapping

from dispatch.audit.connection import in_thread
from dispatch.centre.claims_changes import Ask
from dispatch.centre.messages import ClaimAnswered, ClaimSaid
from dispatch.centre.protocol import again_after_ms
from dispatch.centre.store import Store
from dispatch.centre.wire import Refused
from dispatch.centre.wire_claims import said_payload
from dispatch.claims.deeds import SAYING
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import By
from dispatch.domain.orders import Asker
from dispatch.feed import payloads, topics
from dispatch.feed.link import CityLink, LinkDown
from dispatch.feed.outbox import result_of
from dispatch.feed.transport import Received

LOOK_EVERY_S = 0.25
_journal = logging.getLogger(__name__)


class ClaimAsking:
    """`run` it as a task beside the centre's other work."""

    def __init__(self, store: Store, links: Mapping[CityCode, CityLink], node: str, *, drill: bool) -> None:
        self._store, self._links, self._node, self._drill = store, links, node, drill
        self._said: dict[str, tuple[int, float]] = {}

    async def run(self) -> None:
        """Until cancelled: say what is due, again after 1, 1, 2, 4, 8, 8 ... seconds."""
        while True:
            try:
                await self._say_due()
            except DispatchError as error:  # a disk that cannot be read now is looked at again
                _journal.error("%s", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _say_due(self) -> None:
        asks = await in_thread(self._store.claim_asks)
        self._said = {ask.key: self._said[ask.key] for ask in asks if ask.key in self._said}
        now_s = asyncio.get_running_loop().time()
        for ask in asks:
            times, due_s = self._said.get(ask.key, (0, 0.0))
            link = self._links.get(CityCode(ask.city))
            if now_s >= due_s and link is not None and link.state.up:
                self._said[ask.key] = times + 1, now_s + again_after_ms(times + 1) / 1000
                await self._publish(link, ask)

    async def _publish(self, link: CityLink, ask: Ask) -> None:
        home = self._store.city
        by, said = By.model_validate_json(ask.by), SAYING.validate_json(ask.said)
        payload = said_payload(ClaimSaid(ask.key, Asker(home, self._node), by, said))
        try:
            await link.publish(
                topics.command(home, link.city, "claims.say"),
                "cmd.claims.say",
                payload,
                key=ask.key,
                reply_to=topics.response(link.city, home, self._node),
            )
        except LinkDown:
            self._said.pop(ask.key, None)

    def hear(self, city: CityCode, received: Received) -> ClaimAnswered | None:
        """The answer in a message of another city's centre; None when it is none. Refused: a code."""
        topic = topics.parse(received.topic)
        if topic is None or topic.kind != "response":
            return None
        if received.retained:
            raise Refused("retained_command")
        if len(received.payload) > payloads.size_cap("response"):
            raise Refused("too_large")
        try:
            envelope = payloads.decode("response", received.payload)
        except (ValueError, RecursionError) as error:
            raise Refused("malformed") from error
        data = envelope.data
        if topic.city != city or envelope.src.city != city or not isinstance(data, payloads.Response):
            raise Refused("wrong_city")
        if envelope.drill is not self._drill:
            raise Refused("drill_mismatch")
        result = result_of(data)
        return ClaimAnswered(data.key, city, data.accepted, result.code, result.facts)
