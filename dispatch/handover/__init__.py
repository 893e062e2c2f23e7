"""The handover between two shifts: what is open, printed for reading, signed by both."""

from dispatch.handover.made import OrderInSight, sheet
from dispatch.handover.model import HandoverSheet, UnitOut
from dispatch.handover.page import PLAIN, Said
from dispatch.handover.printed import signed_text, text
from dispatch.handover.signed import SIGNED, Signed, canonical, sign, signed_of

__all__ = [
    "PLAIN",
    "SIGNED",
    "HandoverSheet",
    "OrderInSight",
    "Said",
    "Signed",
    "UnitOut",
    "canonical",
    "sheet",
    "sign",
    "signed_of",
    "signed_text",
    "text",
]
