"""Three small cities, their vehicles and consoles, and the rules they share."""

from dispatch.centre.rules import AlarmRules, CentreRules, LendingRules, Patience, StandingRule, Timer
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.operators import By, Right, Rights, Role
from dispatch.domain.orders import Asker
from dispatch.domain.units import Unit, UnitId

CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")
CITIES = (CHANGSHA, ZHUZHOU, XIANGTAN)
PREFIXES = {CHANGSHA: "CS", ZHUZHOU: "ZZ", XIANGTAN: "XT"}
UNITS = {
    city: tuple(UnitId(f"{PREFIXES[city]}-00{n}") for n in range(1, count + 1))
    for city, count in zip(CITIES, (3, 2, 2), strict=True)
}
OWNER = {unit: city for city, units in UNITS.items() for unit in units}
CONSOLES = (
    Asker(CHANGSHA, "console-1"),
    Asker(CHANGSHA, "console-2"),
    Asker(ZHUZHOU, "console-1"),
    Asker(XIANGTAN, "console-1"),
)
LI = By(operator="li", role=Role.DISPATCHER)
HERE = Position(lat=28.2, lon=112.9)
HOSPITAL = "H-1"
LEASE_MS = 4_000
ANSWER_S, UNUSED_S = 40.0, 30.0

_TIMERS = (
    "order_unacknowledged", "standing_down", "rolling_out", "waiting_p1", "waiting_p2", "waiting_p3",
    "scene_dwell", "hospital_dwell", "held_over", "chased", "handed_over",
)  # fmt: skip
_SOON = Timer(warn_s=20, alarm_s=30)
_AGREED = StandingRule(
    lender=XIANGTAN, borrower=CHANGSHA, mode="automatic", priorities=(1,), most_at_once=1, most_per_request=1
)
RULES = CentreRules(
    lending=LendingRules(
        edition="chaos", answer_s=ANSWER_S, warn_s=10, alarm_s=20, unused_s=UNUSED_S, standing=(_AGREED,)
    ),
    alarms=AlarmRules(
        edition="chaos",
        timers=dict.fromkeys(_TIMERS, Timer()) | {"waiting_p1": _SOON, "telephoned_only": _SOON},
        orders=Patience(unanswered_s=2, unacknowledged_s=10, escalated_s=30),
        escalate_s=30,
        shelve_most_min=60,
        telephoned_task_s=60,
    ),
    rights=Rights(edition="chaos", roles={Role.DISPATCHER: frozenset(Right)}),
    reserve=(0.0, 0.0, 0.0),
    prefixes=PREFIXES,
)


def fleet(city: CityCode) -> list[Unit]:
    """The units of a city, as its configuration has them."""
    return [Unit(id=unit, city=city) for unit in UNITS[city]]
