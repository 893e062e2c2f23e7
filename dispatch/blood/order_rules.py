"""The rules of blood orders: config/blood/orders.toml. An empty `signed_by`: nobody has approved it yet."""

from datetime import date
from typing import Literal

from pydantic import Field

from dispatch.domain.blood import BankId, ComponentCode
from dispatch.domain.blood_orders import BloodOrder
from dispatch.domain.model import Frozen


class Limits(Frozen):
    """Between which temperatures a component may arrive. Degrees Celsius."""

    component: ComponentCode
    low_c: float | None = None
    high_c: float | None = None


class AutomaticRule(Frozen):
    """A bank confirms at once what stays within the rule; a person confirms the rest."""

    bank: BankId
    components: tuple[ComponentCode, ...]
    most: int = Field(ge=1, description="of one line, in the component's unit")
    modes: tuple[Literal["stock", "ad_hoc", "emergency"], ...] = ("emergency",)


class BloodOrderRules(Frozen):
    """config/blood/orders.toml."""

    edition: str
    source: str = ""
    effective_from: date | None = None
    sign_off: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    soft_hold_min: float = Field(gt=0, description="a hold that the bank has not answered returns to stock")
    stock_max_age_min: float = Field(gt=0, description="nothing is granted from an older count")
    counted_after_min: float = Field(
        ge=0, description="a count made so long after blood left is taken to be without it"
    )
    unanswered_warn_s: float = Field(ge=0, description="a hold unanswered for so long: loud")
    unanswered_alarm_s: float = Field(ge=0, description="the same: escalated")
    unchecked_alarm_min: float = Field(gt=0, description="handed over and not checked for so long: loud")
    limits: tuple[Limits, ...] = ()
    automatic: tuple[AutomaticRule, ...] = ()

    def confirms(self, order: BloodOrder) -> bool:
        """Whether a rule confirms it without a person."""
        return any(
            rule.bank == order.bank
            and order.mode in rule.modes
            and all(line.component in rule.components and line.quantity <= rule.most for line in order.lines)
            for rule in self.automatic
        )

    def within(self, order: BloodOrder, tenths_c: int) -> bool | None:
        """Whether a temperature is within the limits of every component; None: they are not known."""
        known = {one.component: one for one in self.limits}
        if any(line.component not in known for line in order.lines):
            return None
        for line in order.lines:
            limits = known[line.component]
            low = limits.low_c is None or tenths_c >= round(limits.low_c * 10)
            high = limits.high_c is None or tenths_c <= round(limits.high_c * 10)
            if not (low and high):
                return False
        return True
