"""Everything an operator can do, without a screen."""

from dispatch.desk.desk import Desk
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit

__all__ = ["Desk", "Kit", "Outcome"]
