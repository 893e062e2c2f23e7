"""Telephone numbers and names: one spelling when they are kept, masked when they are shown."""

import re
import unicodedata

from dispatch.domain.errors import DispatchError
from dispatch.language import _

_LONGEST = 20
_CHINA = re.compile(r"(?:\+|00)?86(1\d{10}|0\d{9,11})")
_BETWEEN = re.compile(r"[\s().·\u2010-\u2015\u2212-]")
_NUMBERS = re.compile(r"\d{7,}[Xx]?|(?<!\d)1\d{2}[ -]\d{4}[ -]\d{4}(?!\d)")


def read_number(typed: str) -> str:
    """A telephone number as it is kept: digits, a "+" before a foreign country; "" where none was shown.

    Full-width digits, spaces, hyphens and brackets are read; +86 and 0086 fall away. DispatchError
    when there is anything else in it.
    """
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))
    if not plain:
        return ""
    if not re.fullmatch(rf"\+?[0-9]{{2,{_LONGEST}}}", plain):
        raise DispatchError(
            _("a telephone number has 2 to {most} digits; a + may stand before them", most=_LONGEST)
        )
    home = _CHINA.fullmatch(plain)
    return home[1] if home else plain


def mask_number(number: str) -> str:
    """138****1234; of a short number nearly nothing is left."""
    if len(number) >= 10:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    shown = 2 if len(number) >= 7 else 0
    return number[:shown] + "*" * (len(number) - shown)


def mask_name(name: str) -> str:
    """The first character, which of a Chinese name is the family name."""
    return f"{name[:1]}**" if name else ""


def without_numbers(text: str) -> str:
    """A free text without what may be a telephone or identity number; incident numbers and dates stay."""
    return _NUMBERS.sub("*******", text)
