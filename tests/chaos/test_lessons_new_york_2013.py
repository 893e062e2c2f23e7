"""New York, June 2013: an order stood unseen on a screen for minutes.

An order that no crew acknowledged rings, rings the supervisor too, and stays open whatever is done to its
alarm, until the crew has it.
"""

from dispatch.centre.messages import AlarmDeed
from dispatch.domain.alarms import AlarmState, Severity
from dispatch.domain.units import UnitState
from tests.unit.centre.centre_world import City


def test_an_order_that_no_crew_saw_rings_and_cannot_be_put_to_rest() -> None:
    city = City()
    city.open(priority=1)
    request = city.send("CS-001", "CS-1124-1001")
    name = "order_unacknowledged:CS-001"
    seen: list[tuple[AlarmState, Severity, bool]] = []
    for _ in range(30):
        city.wait(10)
        alarm = city.alarms().get(name)
        if alarm is not None:
            seen.append((alarm.state, alarm.severity, alarm.escalated))
            if alarm.state is AlarmState.UNACKNOWLEDGED and alarm.escalated:
                break
    assert (AlarmState.UNACKNOWLEDGED, Severity.CRITICAL, True) in seen
    city.act_on(name, AlarmDeed.ACKNOWLEDGE)
    for _ in range(60):
        city.wait(60)
        assert city.alarms()[name].state in (AlarmState.ACKNOWLEDGED, AlarmState.UNACKNOWLEDGED)
    city.acknowledge(request)
    city.journey(request, UnitState.EN_ROUTE)
    city.tick()
    assert name not in city.alarms()
