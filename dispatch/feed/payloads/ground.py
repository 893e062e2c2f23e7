"""What every payload is made of: the kinds of values with their bounds, who sent it, who did it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Millis = Annotated[int, Meta(ge=0, le=253_402_300_000_000)]  # the year 9999, as far as dates go
Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
END = r"(?!\n)$"
"""The very end, for Python and JSON Schema alike: in Python `$` alone lets a newline by."""
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=rf"^[A-Za-z0-9][A-Za-z0-9_.:-]*{END}")]
SpeedKmh = Annotated[float, Meta(ge=0, le=400)]  # no ambulance, and no helicopter, is faster
AccuracyM = Annotated[float, Meta(ge=0, le=100_000)]
Text = Annotated[str, Meta(max_length=400)]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
DatumCode = Literal["wgs84", "gcj02", "bd09"]
GroupCode = Literal["O-", "O+", "A-", "A+", "B-", "B+", "AB-", "AB+"]
PriorityCode = Literal[1, 2, 3]
EndingCode = Literal[
    "completed", "nobody_to_carry", "aborted", "refused", "cancelled", "duplicate", "transferred"
]
RoleCode = Literal[
    "dispatcher", "blood_staff", "claims_staff", "supervisor", "drill_leader", "observer", "program"
]
Facts = Annotated[
    dict[Annotated[str, Meta(max_length=32)], Text | Annotated[int, Meta(ge=-(2**53), le=2**53)]],
    Meta(max_length=24),
]


class Payload(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Base of every `data` object. What JSON says holds no cycles: the collector need not look at it."""


class Source(Payload, frozen=True):
    """Who sent it. `epoch` grows at each start of the node."""

    city: Code
    node: Code
    epoch: Count


class By(Payload, frozen=True):
    """Who does it: the operator signed in at the console, and as what."""

    operator: Annotated[str, Meta(max_length=64)]
    role: RoleCode
    break_glass: bool = False
