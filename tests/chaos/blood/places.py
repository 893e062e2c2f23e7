"""The city of the simulated blood: its banks, its desks, its rules."""

from dispatch.blood.order_rules import BloodOrderRules, Limits
from dispatch.domain.blood import BankId
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import Right, Rights, Role
from dispatch.domain.orders import Asker
from tests.chaos import places
from tests.chaos.blood.bank import RED

CITY, OTHER = CityCode("changsha"), CityCode("zhuzhou")
BANKS = (BankId("CS-B-1"), BankId("CS-B-2"))
DESKS = (
    Asker(CITY, "console-1"),
    Asker(CITY, "console-2"),
    Asker(CITY, "console-3"),
    Asker(OTHER, "console-1"),
)
BLOOD_RULES = BloodOrderRules(
    edition="chaos",
    soft_hold_min=0.5,
    stock_max_age_min=10,
    counted_after_min=1,
    unanswered_warn_s=5,
    unanswered_alarm_s=10,
    unchecked_alarm_min=5,
    limits=(Limits(component=RED, low_c=2, high_c=10),),
)
RULES = places.RULES.model_copy(
    update={
        "blood": BLOOD_RULES,
        "banks": dict.fromkeys(BANKS, CITY),
        "rights": Rights(
            edition="chaos",
            roles={Role.DISPATCHER: frozenset(Right), Role.BLOOD_STAFF: frozenset(Right)},
        ),
    }
)
