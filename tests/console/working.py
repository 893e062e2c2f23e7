"""An incident in full work, for tests that look: orders that wait, a caller who chases, its timeline."""

from datetime import timedelta

from dispatch.centre.asking import Standing
from dispatch.domain.incidents import IncidentId
from dispatch.domain.orders import RequestId
from dispatch.domain.units import UnitId
from tests.console.fakes import FakeDesk
from tests.console.fakes_life import FakeCaller, FakeOrder

AT_WORK = IncidentId("CS-1124-0001")
"""长沙火车站东广场: CS-002 is on its way, CS-013 was ordered 14 s ago and nobody has heard of it."""
WAITS = IncidentId("CS-1124-0003")


def order(desk: FakeDesk, unit: str, incident: IncidentId, ago_s: float, standing: Standing) -> FakeOrder:
    """An order of this desk, given so many seconds ago; the unit stands among those of its incident."""
    since = desk.clock.now() - timedelta(seconds=ago_s)
    made = FakeOrder(RequestId(f"r-{unit}"), UnitId(unit), incident, since, desk.clock, standing)
    desk.orders_asked.append(made)
    held = desk.picture.incidents[incident]
    units = tuple(dict.fromkeys((*held.units, UnitId(unit))))
    desk.picture.incidents[incident] = held.model_copy(update={"units": units})
    return made


def a_night_at_work(desk: FakeDesk) -> None:
    """What an operator has in front of him at half past two."""
    order(desk, "CS-002", AT_WORK, 200, Standing.CONFIRMED)
    order(desk, "CS-013", AT_WORK, 14, Standing.ORDERED)
    counted = {"chases": 2, "acceptances": 4, "none_free": 1}
    desk.picture.incidents[AT_WORK] = desk.picture.incidents[AT_WORK].model_copy(update=counted)
    at = desk.clock.now() - timedelta(minutes=15)
    desk.calls[AT_WORK] = [FakeCaller(at, "139****0000", "李**", "摔倒，站不起来")]
    lines: tuple[tuple[str, dict[str, str | int]], ...] = (
        ("opened", {"place": "长沙火车站东广场"}),
        ("order.ordered", {"unit": "CS-002"}),
        ("order.acked", {"unit": "CS-002"}),
        ("unit.state", {"unit": "CS-002", "state": 2, "source": "terminal"}),
        ("chase", {"text": "家属很着急，问车到哪里了，老人呼吸困难加重，嘴唇发紫，请尽快到达现场"}),
        ("amend", {"what": "priority patients", "priority_before": 3, "priority": 2, "patients": 1}),
        ("none_free", {}),
        ("order.ordered", {"unit": "CS-013"}),
    )
    for code, facts in lines:
        desk._write(AT_WORK, code, **facts)
