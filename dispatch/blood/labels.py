"""Labels of blood components in ISBT 128: what a scanner types, or a person reads off the label.

A data structure begins with its data identifier: `=` donation number (13 characters, 2 flags), `=%` ABO and
RhD, `=<` product code, `=>` and `&>` expiry as a date or with its time, `=*` `&*` collection, `=}` `&}`
production. `=+` announces several structures in one message; they may also follow each other as they are.
Product codes are shown as they stand: their tables belong to ICCBBA, and what a code means to this program a
user says in config/blood/products.toml.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from dispatch.clock import CHINA
from dispatch.domain.blood import BloodGroup
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
MODULUS = len(ALPHABET)
GROUP_CODES = {
    "95": BloodGroup.O_NEG,
    "51": BloodGroup.O_POS,
    "06": BloodGroup.A_NEG,
    "62": BloodGroup.A_POS,
    "17": BloodGroup.B_NEG,
    "73": BloodGroup.B_POS,
    "28": BloodGroup.AB_NEG,
    "84": BloodGroup.AB_POS,
}
"""The first two characters after `=%`; other codes carry collection purposes and are read by eye."""
_FLAG_CHECK_FROM = 60
"""Flags from 60 to 96 may be 60 plus the check value of the number itself; where they are, it is checked."""
_NUMBER = re.compile(r"[A-NP-Z1-9][0-9A-Z]{4}[0-9]{8}")
_SECOND = frozenset("ABCDEFGHIJKLMNPQRSTUVWXYZ123456789")
Kind = Literal["number", "group", "product", "expiry", "collected", "produced"]
_FIXED: dict[str, tuple[Kind, int]] = {
    "=%": ("group", 4),
    "=<": ("product", 8),
    "=>": ("expiry", 6),
    "&>": ("expiry", 10),
    "=*": ("collected", 6),
    "&*": ("collected", 10),
    "=}": ("produced", 6),
    "&}": ("produced", 10),
}
"""Data identifier -> what it carries, and how many characters follow it."""


class BadLabel(DispatchError):
    """What was scanned or typed is no label: one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class DonationNumber:
    """`checked`: a check character, or flags that are one, agreed with the number."""

    number: str
    flags: str = ""
    checked: bool = False

    @property
    def check(self) -> str:
        """The check character that stands in a box beside the number on the label."""
        return check_character(self.number)


@dataclass(frozen=True, slots=True)
class GroupCode:
    """The group, and the four characters as they stand."""

    group: BloodGroup
    code: str


@dataclass(frozen=True, slots=True)
class ProductCode:
    """As it stands on the label."""

    code: str


@dataclass(frozen=True, slots=True)
class LabelMoment:
    """`what` happens or happened then; a date alone means the end of that day in China where it expires."""

    what: Literal["expiry", "collected", "produced"]
    moment: datetime
    date_only: bool


Structure = DonationNumber | GroupCode | ProductCode | LabelMoment


def check_character(number: str) -> str:
    """The keyboard entry check character K: ISO/IEC 7064 mod 37-2; BadLabel for a character it has not."""
    return ALPHABET[check_value(number)]


def check_value(number: str) -> int:
    """p = 0; p = ((p + v) * 2) mod 37 for each character; (38 - p) mod 37."""
    p = 0
    for character in number:
        value = ALPHABET.find(character)
        if value < 0:
            raise BadLabel(
                _(
                    "{sign} cannot stand in a donation number: digits and capital letters can",
                    sign=_shown(character),
                )
            )
        p = ((p + value) * 2) % MODULUS
    return (MODULUS + 1 - p) % MODULUS


def read_label(text: str) -> tuple[Structure, ...]:
    """Everything on one scan or one typed line; BadLabel names the part that cannot be read."""
    said = unicodedata.normalize("NFKC", text).strip()
    if not said:
        raise BadLabel(_("nothing was scanned: scan a label, or type its donation number"))
    if said[0] not in "=&":
        return (_typed_number(said),)
    found: list[Structure] = []
    rest = _after_announcement(said)
    while rest:
        structure, rest = _next(rest)
        found.append(structure)
    return tuple(found)


def _after_announcement(said: str) -> str:
    """A compound message begins with `=+`, two digits (how many) and three (which)."""
    if not said.startswith("=+"):
        return said
    head = said[2:7]
    if len(head) < 5 or not head.isdecimal():
        raise BadLabel(_("=+ must be followed by five digits and then the structures: scan the label again"))
    return said[7:]


def _next(rest: str) -> tuple[Structure, str]:
    identifier = rest[:2]
    if identifier in _FIXED:
        kind, length = _FIXED[identifier]
        body, after = rest[2 : 2 + length], rest[2 + length :]
        if len(body) < length:
            raise _short(identifier, length, len(body))
        return _fixed(kind, identifier, body), after
    if rest[0] == "=" and rest[1:2].upper() in _SECOND and rest[1:2]:
        body, after = rest[1:16], rest[16:]
        if len(body) < 15:
            raise _short("=", 15, len(body))
        return _scanned_number(body), after
    raise BadLabel(
        _(
            "{text} begins with no data identifier that is read here: scan the number (=), the group (=%), "
            "the product (=<) or the expiry (=> or &>)",
            text=_shown(rest),
        )
    )


def _short(identifier: str, wanted: int, got: int) -> BadLabel:
    return BadLabel(
        _(
            "after {identifier} {wanted} characters are needed and {got} came: scan the label again",
            identifier=identifier,
            wanted=wanted,
            got=got,
        )
    )


def _fixed(kind: Kind, identifier: str, body: str) -> Structure:
    match kind:
        case "group":
            return _group(body)
        case "product":
            return _product(body)
        case "expiry" | "collected" | "produced":
            return _moment(kind, identifier, body)
        case "number":
            return _scanned_number(body)


def _scanned_number(body: str) -> DonationNumber:
    number, flags = body[:13].upper(), body[13:15]
    _check_shape(number)
    if not flags.isascii() or not flags.isalnum():
        raise BadLabel(
            _("{number}: after the number two flags are needed, scan the label again", number=_shown(number))
        )
    return DonationNumber(number, flags, flags == f"{_FLAG_CHECK_FROM + check_value(number)}")


def _typed_number(said: str) -> DonationNumber:
    """13 characters, with the check character 14; spaces and hyphens may stand between."""
    typed = re.sub(r"[\s-]", "", said).upper()
    if len(typed) not in (13, 14):
        raise BadLabel(
            _(
                "{text} has {count} characters: a donation number has 13, and the check character in its box",
                text=_shown(typed),
                count=len(typed),
            )
        )
    number, check = typed[:13], typed[13:]
    _check_shape(number)
    if check and check != check_character(number):
        raise BadLabel(
            _(
                "{number}: the check character is {check}, not {typed}: a character is wrong, read it again",
                number=number,
                check=check_character(number),
                typed=_shown(check),
            )
        )
    return DonationNumber(number, "", bool(check))


def _check_shape(number: str) -> None:
    if number[:1] in ("O", "0"):
        raise BadLabel(_("{number}: a donation number begins with no O and no 0", number=_shown(number)))
    check_value(number)
    if not _NUMBER.fullmatch(number):
        raise BadLabel(
            _(
                "{number} is no donation number: one letter or digit, four of the facility, two of the year, "
                "six of the sequence (O and I are easily typed for 0 and 1)",
                number=_shown(number),
            )
        )


def _group(body: str) -> GroupCode:
    group = GROUP_CODES.get(body[:2])
    if group is None:
        known = ", ".join(f"{code} {group}" for code, group in GROUP_CODES.items())
        raise BadLabel(
            _(
                "the group code {code} is not known here: read the group off the label. Known: {known}",
                code=_shown(body[:2]),
                known=known,
            )
        )
    return GroupCode(group, body)


def _product(body: str) -> ProductCode:
    if not body.isascii() or not body.isalnum():
        raise BadLabel(
            _("{code} is no product code: eight letters and digits, scan it again", code=_shown(body))
        )
    return ProductCode(body)


def _moment(kind: Literal["expiry", "collected", "produced"], identifier: str, body: str) -> LabelMoment:
    """cyyjjj, or cyyjjjhhmm: c is the last digit of the century's number minus 20 (0: 20yy, 9: 19yy)."""
    if not body.isascii() or not body.isdecimal():
        raise BadLabel(
            _(
                "{identifier}{text}: a date is all digits, scan it again",
                identifier=identifier,
                text=_shown(body),
            )
        )
    century, year, day = int(body[0]), int(body[1:3]), int(body[3:6])
    full = (1900 if century == 9 else 2000 + 100 * century) + year
    days = (date(full + 1, 1, 1) - date(full, 1, 1)).days
    if not 1 <= day <= days:
        raise BadLabel(
            _(
                "{identifier}{text}: day {day} is not one of the {days} days of {year}, scan it again",
                identifier=identifier,
                text=body,
                day=day,
                days=days,
                year=full,
            )
        )
    on = date(full, 1, 1) + timedelta(days=day - 1)
    if len(body) == 6:
        return LabelMoment(
            kind, datetime.combine(on, time(23, 59) if kind == "expiry" else time(), CHINA), True
        )
    hour, minute = int(body[6:8]), int(body[8:10])
    if hour > 23 or minute > 59:
        raise BadLabel(
            _("{identifier}{text}: there is no time {hour}:{minute}, scan it again",
              identifier=identifier, text=body, hour=body[6:8], minute=body[8:10])
        )  # fmt: skip
    return LabelMoment(kind, datetime.combine(on, time(hour, minute), CHINA), False)


def _shown(text: str) -> str:
    return safe_text(text, 40)
