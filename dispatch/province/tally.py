"""Counting one city from its messages: units by state and age, incidents, alarms about blood.

`take` never raises for what a message says: what is malformed, of another city, or of a drill when none
is on is counted as refused. Of the positions in a batch only the newest of each unit is decoded.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.refusals import UNREADABLE
from dispatch.feed.topics import Topic
from dispatch.feed.transport import Received
from dispatch.province.model import CityCount

FUTURE_MS = 10_000
MOST_UNITS, MOST_INCIDENTS = 50_000, 50_000
"""Of one city: what is beyond is refused, so that junk costs no memory."""
_AVAILABLE = [int(state) for state in UnitState if state.dispatchable]
_BUSY = [int(state) for state in UnitState if state.on_task]
_NO_STATE = -1


@dataclass(slots=True)
class _Units:
    """Columns with one row a unit; `grow` as many come."""

    rows: dict[str, int] = field(default_factory=dict)
    state: NDArray[np.int8] = field(default_factory=lambda: np.full(256, _NO_STATE, np.int8))
    since_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    fixed_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))

    def row(self, unit: str) -> int:
        """The row of a unit, made at first sight; -1 when there are too many."""
        row = self.rows.get(unit)
        if row is not None:
            return row
        row = len(self.rows)
        if row >= MOST_UNITS:
            return -1
        if row == len(self.state):
            self.state = np.concatenate([self.state, np.full(row, _NO_STATE, np.int8)])
            self.since_ms = np.concatenate([self.since_ms, np.zeros(row, np.int64)])
            self.fixed_ms = np.concatenate([self.fixed_ms, np.zeros(row, np.int64)])
        self.rows[unit] = row
        return row


class _Incident(NamedTuple):
    """`at_ms`: time of its newest message. A closed one is kept until its city clears it, so that no older
    message opens it again."""

    at_ms: int
    state: str
    priority: int


class CityTally:
    """One city. Times are milliseconds since 1970."""

    def __init__(
        self, city: CityCode, *, stale_after_s: float, blood_alarms: tuple[str, ...], drill: bool
    ) -> None:
        self.city = city
        self.messages = self.coalesced = self.refused = 0
        self._stale_ms = round(stale_after_s * 1000)
        self._blood_alarms, self._drill = blood_alarms, drill
        self._topics: dict[str, Topic] = {}
        self._units = _Units()
        self._incidents: dict[str, _Incident] = {}
        self._blood = 0
        self._alarms_ms = 0
        self._centre: tuple[int, bool] = (0, False)
        self._heard_ms = 0

    # --- what comes ------------------------------------------------------------------------------

    def take(self, batch: list[Received]) -> None:
        """Everything a link brought, in order."""
        self.messages += len(batch)
        positions: dict[str, Received] = {}
        for received in batch:
            if received.topic.endswith("/position"):
                if received.topic in positions:
                    self.coalesced += 1
                positions[received.topic] = received
            else:
                self._take(received)
        for received in positions.values():
            self._take(received)

    def _take(self, received: Received) -> None:
        try:
            taken = self._apply(received)
        except UNREADABLE:
            taken = False
        if not taken:
            self.refused += 1
        elif not received.retained:
            self._heard_ms = max(self._heard_ms, received.received_ms)

    def _apply(self, received: Received) -> bool:
        """Whether it was a message of this city that may be believed."""
        topic = self._topic(received.topic)
        if topic is None:
            return False
        raw = received.payload
        if not raw:
            return self._take_back(topic)
        if len(raw) > payloads.size_cap(topic.kind):
            return False
        envelope = payloads.decode(topic.kind, raw)
        data, ts_ms = envelope.data, envelope.ts_evt
        ours = (
            envelope.src.city == self.city and envelope.type == topic.kind and envelope.drill is self._drill
        )
        if not ours or max(ts_ms, envelope.ts_pub) > received.received_ms + FUTURE_MS:
            return False
        match data:
            case payloads.UnitPosition():
                return data.unit == topic.key and self._fixed(data.unit, ts_ms)
            case payloads.UnitStatus():
                return data.unit == topic.key and self._stands(data.unit, data.state, data.since)
            case payloads.UnitsSnapshot():
                return min([self._entry(one) for one in data.units], default=True)
            case payloads.IncidentRecord():
                return data.incident == topic.key and self._incident(data, ts_ms)
            case payloads.AlarmsSnapshot():
                return self._alarms(data, ts_ms)
            case payloads.NodeState():
                return self._node(data, envelope.src, topic, envelope.ts_pub)
        return False

    def _topic(self, name: str) -> Topic | None:
        known = self._topics.get(name)
        if known is None:
            known = topics.parse(name)
            if known is None or known.city != self.city or known.kind not in payloads.PAYLOADS:
                return None
            if len(self._topics) < MOST_UNITS + MOST_INCIDENTS:
                self._topics[name] = known
        return known

    def _fixed(self, unit: str, at_ms: int) -> bool:
        row = self._units.row(unit)
        if row >= 0 and at_ms > self._units.fixed_ms[row]:
            self._units.fixed_ms[row] = at_ms
        return row >= 0

    def _stands(self, unit: str, state: int, since_ms: int) -> bool:
        row = self._units.row(unit)
        if row >= 0 and since_ms >= self._units.since_ms[row]:
            self._units.state[row], self._units.since_ms[row] = state, since_ms
        return row >= 0

    def _entry(self, entry: payloads.UnitSnapshot) -> bool:
        known = self._stands(entry.unit, entry.state, entry.since)
        return known and (entry.fixed_at is None or self._fixed(entry.unit, entry.fixed_at))

    def _incident(self, data: payloads.IncidentRecord, at_ms: int) -> bool:
        held = self._incidents.get(data.incident)
        if held is None and len(self._incidents) >= MOST_INCIDENTS:
            return False
        if held is None or at_ms >= held.at_ms:
            self._incidents[data.incident] = _Incident(at_ms, data.state, data.priority)
        return True

    def _take_back(self, topic: Topic) -> bool:
        if topic.kind == "incident":
            self._incidents.pop(topic.key, None)
        return True

    def _alarms(self, data: payloads.AlarmsSnapshot, at_ms: int) -> bool:
        if at_ms >= self._alarms_ms:
            self._alarms_ms = at_ms
            about = [one for one in data.alarms if one.code.startswith(self._blood_alarms)]
            self._blood = sum(one.state in ("unacknowledged", "acknowledged") for one in about)
        return True

    def _node(self, data: payloads.NodeState, source: payloads.Source, topic: Topic, at_ms: int) -> bool:
        if data.kind == "centre" and source.node == topic.key and at_ms >= self._centre[0]:
            self._centre = (at_ms, data.state == "online")
        return source.node == topic.key

    # --- what is seen ----------------------------------------------------------------------------

    def count(self, now_ms: int, link: str, error: str = "") -> CityCount:
        """How the city stands at a moment."""
        held = len(self._units.rows)
        state, fixed = self._units.state[:held], self._units.fixed_ms[:held]
        fresh = fixed >= now_ms - self._stale_ms
        available, busy = np.isin(state, _AVAILABLE), np.isin(state, _BUSY)
        unknown = state == _NO_STATE
        in_service = available | busy | unknown
        seen = fixed[fresh & in_service]
        incidents = [one for one in self._incidents.values() if one.state != "closed"]
        return CityCount(
            city=self.city,
            at_ms=now_ms,
            link=link,
            error=error,
            centre=self._centre[1],
            available=int((available & fresh).sum()),
            busy=int((busy & fresh).sum()),
            silent=int((in_service & ~fresh).sum() + (unknown & fresh).sum()),
            out=int((~in_service).sum()),
            incidents=len(incidents),
            waiting=sum(one.state == "waiting" for one in incidents),
            critical=sum(one.priority == 1 for one in incidents),
            blood=self._blood,
            heard_s=_age_s(now_ms, self._heard_ms),
            oldest_s=_age_s(now_ms, int(seen.min())) if len(seen) else None,
            messages=self.messages,
            coalesced=self.coalesced,
            refused=self.refused,
        )


def _age_s(now_ms: int, then_ms: int) -> float | None:
    return max(0.0, (now_ms - then_ms) / 1000) if then_ms else None
