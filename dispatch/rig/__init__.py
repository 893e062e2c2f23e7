"""A drill around a session: a broker and a centre for each city, the simulators, cut networks."""

from dispatch.rig.plan import DrillPlan, plan_drill
from dispatch.rig.rig import Rig, as_json, open_rig
from dispatch.rig.running import running_drill, running_drill_clock, running_drill_door, seat_beside
from dispatch.rig.simulated import SIMULATOR_LOG
from dispatch.rig.steering import Reins

__all__ = [
    "SIMULATOR_LOG",
    "DrillPlan",
    "Reins",
    "Rig",
    "as_json",
    "open_rig",
    "plan_drill",
    "running_drill",
    "running_drill_clock",
    "running_drill_door",
    "seat_beside",
]
