"""The terminal's bell: one pattern for whatever came at once, again while nobody reacts, never a volley."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import Field

from dispatch.centre.asking import Urgency
from dispatch.console.neighbours import claimed_elsewhere, to_answer
from dispatch.console.ports import Desk, OpenOrder
from dispatch.console.trade import DISPATCH, Trade
from dispatch.console.waiting import unsent_incidents
from dispatch.domain.alarms import AlarmState, Severity
from dispatch.domain.blood_orders import BloodState
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Frozen

GAP_S = 2.0
"""Between the beginnings of two patterns: what comes meanwhile rings together after it."""


class Pattern(Frozen):
    """So many rings at once, and again every `again_s` seconds until somebody reacts (0: not again)."""

    rings: int = Field(ge=0, le=5)
    again_s: float = Field(default=0, ge=0, le=3600)


class Bells(Frozen):
    """config/console.toml [bells]: what each kind of thing sounds like; 0 rings are silent."""

    critical: Pattern = Pattern(rings=1)
    escalated: Pattern = Pattern(rings=2, again_s=30)
    warning: Pattern = Pattern(rings=0)
    advisory: Pattern = Pattern(rings=0)
    aid: Pattern = Pattern(rings=2, again_s=15)
    incident: Pattern = Pattern(rings=1)
    blood: Pattern = Pattern(rings=2, again_s=20)


class Mute:
    """The bell is silent for some minutes, never for good; what the screen shows does not change."""

    def __init__(self) -> None:
        self._until_s = float("-inf")

    def begin(self, minutes: float, now_s: float) -> None:
        """Silent until so many minutes from now; 0 ends it."""
        self._until_s = now_s + minutes * 60

    def left_s(self, now_s: float) -> float:
        """Seconds of silence that are left; 0: the bell is heard."""
        return max(0.0, self._until_s - now_s)


class Ringer:
    """Decides frame by frame whether the bell is rung; a frame rings once at most."""

    def __init__(self) -> None:
        self._rung: dict[str, float] = {}
        self._begun_s = float("-inf")
        self._left = 0

    def hear(self, standing: Mapping[str, Pattern], now_s: float) -> bool:
        """`standing`: what wants to be heard now, by a key that names it for as long as it is the same."""
        self._rung = {key: at for key, at in self._rung.items() if key in standing}
        if now_s - self._begun_s >= GAP_S:
            due = [pattern for key, pattern in standing.items() if self._is_due(key, pattern, now_s)]
            if due:
                self._left = max(pattern.rings for pattern in due)
                self._begun_s = now_s
                self._rung = dict.fromkeys(standing, now_s)
        if not self._left:
            return False
        self._left -= 1
        return True

    def rest(self, standing: Mapping[str, Pattern]) -> None:
        """Nothing is rung now: what came meanwhile and still stands rings once, together, when it may."""
        self._rung = {key: at for key, at in self._rung.items() if key in standing}
        self._left = 0

    def _is_due(self, key: str, pattern: Pattern, now_s: float) -> bool:
        rung = self._rung.get(key)
        if rung is None:
            return pattern.rings > 0
        return pattern.again_s > 0 and now_s - rung >= pattern.again_s


class Bell:
    """The bell of one console: asked each frame whether it is rung, silent while somebody muted it.

    `steady` counts the seconds of a mute, which a faster drill does not shorten.
    """

    def __init__(self, desk: Desk, bells: Bells, steady: Callable[[], float]) -> None:
        self._desk, self._bells, self._steady = desk, bells, steady
        self._ringer, self._mute = Ringer(), Mute()

    def rings(self, orders: Sequence[OpenOrder], trade: Trade) -> bool:
        """Whether to ring once now, for alarms, requests of neighbours and calls nobody serves."""
        standing = heard(self._desk, self._bells, orders, trade)
        if self.muted_s:
            self._ringer.rest(standing)
            return False
        return self._ringer.hear(standing, self._desk.clock.monotonic())

    def mute(self, minutes: float) -> None:
        """Silent for so many minutes from now; 0 ends it."""
        self._mute.begin(minutes, self._steady())

    @property
    def muted_s(self) -> float:
        """Seconds of silence that are left."""
        return self._mute.left_s(self._steady())


def heard(
    desk: Desk, bells: Bells, orders: Sequence[OpenOrder] = (), trade: Trade = DISPATCH
) -> dict[str, Pattern]:
    """What wants to be heard at a desk now, by a key that changes when it escalates.

    `orders`: those that nobody has answered.
    """
    picture, now = desk.picture, desk.clock.now()
    standing: dict[str, Pattern] = {}
    by_severity = {
        Severity.CRITICAL: bells.critical,
        Severity.WARNING: bells.warning,
        Severity.ADVISORY: bells.advisory,
    }
    for alarm in picture.alarms.by_id.values():
        if alarm.state is AlarmState.UNACKNOWLEDGED and not alarm.shelved(now) and trade.shows(alarm):
            pattern = bells.escalated if alarm.escalated else by_severity[alarm.severity]
            if pattern.rings:
                standing[f"alarm {alarm.id} {alarm.escalated}"] = pattern
    if not trade.ambulances:
        held = (one for one in picture.blood_orders.values() if one.state is BloodState.HELD)
        ours = (one for one in held if picture.banks[one.bank].city == desk.home_city)
        return standing | {f"blood {one.id}": bells.blood for one in ours}
    for aid in to_answer(picture, desk.home_city, now):
        if not claimed_elsewhere(aid, desk.seat):
            standing[f"aid {aid.id}"] = bells.aid
    for order in orders:
        if order.urgency in (Urgency.RED, Urgency.ESCALATED):
            pattern = bells.critical if order.urgency is Urgency.RED else bells.escalated
            standing[f"order {order.request} {order.urgency}"] = pattern
    for incident in unsent_incidents(picture, desk.home_city):
        if incident.priority is Priority.LIFE_THREATENING:
            standing[f"incident {incident.id}"] = bells.incident
    return standing
