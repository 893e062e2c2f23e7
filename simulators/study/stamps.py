"""Dates and times as other programs write them, and the zone that they are told in."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dispatch.domain.errors import DispatchError
from dispatch.language import _

_DATE = (
    r"(?:(?P<year>\d{4})\s*[-/.年 ]\s*(?P<month>\d{1,2}|[a-z]{3,9})\s*[-/.月 ]\s*(?P<day>\d{1,2})日?"
    r"|(?P<first>\d{1,2}|[a-z]{3,9})\s*[-/. ]\s*(?P<second>\d{1,2}|[a-z]{3,9})"
    r"\s*[-/., ]\s*(?P<last>\d{4}|\d{2}))"
)
_CLOCK = (
    r"(?P<noon>上午|下午)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{2})(?:\s*[:分]\s*(?P<second_of>\d{2})(?P<part>[.,]\d+)?秒?|分)?"
    r"\s*(?P<half>[ap]\.?m\.?)?"
)
_ZONE = r"\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_STAMP = re.compile(rf"{_WEEKDAY}{_DATE}(?:[t,\s]|(?<=日))\s*{_CLOCK}{_ZONE}", re.IGNORECASE)
_FIGURES_ONLY = re.compile(r"(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)?(?P<zone>Z|[+-]\d{2}:?\d{2})?")
_PARTS = re.compile(r"\s*(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*[-/.]\s*(?:\d{4}|\d{2})\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SECONDS_SINCE_1970 = re.compile(r"\d{10}(?:\.\d+)?|\d{13}")
MONTHS_OF_A_YEAR = 12
CENTURY = 2000


def stamp(value: str, *, day_first: bool = False) -> datetime | None:
    """A date with time of day in the usual notations, or None; aware where an offset from UTC is written."""
    text = value.strip()
    figures = _FIGURES_ONLY.fullmatch(text)
    try:
        if figures is not None:
            digits = "".join(part or "00" for part in figures.groups()[:6])
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=_offset(figures["zone"]))
        return datetime.fromisoformat(text)
    except ValueError:
        found = _STAMP.fullmatch(text) if figures is None else None
    if found is None:
        return None
    try:
        return _made(found, day_first=day_first)
    except ValueError:
        return None


def since_1970(value: str) -> datetime | None:
    """Seconds (10 figures) or milliseconds (13) since 1970, in UTC."""
    if not _SECONDS_SINCE_1970.fullmatch(value.strip()):
        return None
    number = float(value)
    return datetime.fromtimestamp(number / 1000 if number >= 1e12 else number, UTC)


def day_stands_first(values: Iterable[str]) -> bool:
    """Whether 03/04/2016 is the third of April in this file: what most of its own dates say.

    With dots it is, and with strokes it is not, where no date of the file says it.
    """
    votes, dotted = 0, False
    for value in values:
        parts = _PARTS.match(value)
        if parts is not None:
            votes += (int(parts[1]) > MONTHS_OF_A_YEAR) - (int(parts[3]) > MONTHS_OF_A_YEAR)
            dotted = parts[2] == "."
    return votes > 0 or (votes == 0 and dotted)


def zone(name: str | None) -> ZoneInfo | None:
    """A time zone by its name of the IANA database, e.g. Asia/Shanghai."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise DispatchError(
            _("--zone: {name} is no time zone; write it as Asia/Shanghai or America/New_York", name=name)
        ) from None


def wall_clock(moment: datetime, local: ZoneInfo | None) -> datetime:
    """The date and time that a clock on the wall showed: in `local`, else in the offset that is written."""
    if local is not None and moment.tzinfo is not None:
        moment = moment.astimezone(local)
    return moment.replace(tzinfo=None)


def _made(found: re.Match[str], *, day_first: bool) -> datetime:
    if found["year"]:
        year, month, day = int(found["year"]), _month(found["month"]), int(found["day"])
    else:
        first, second = found["first"], found["second"]
        if not first.isdigit():
            month, day = _month(first), int(second)
        elif not second.isdigit() or day_first:
            month, day = _month(second), int(first)
        else:
            month, day = int(first), int(second)
        year = int(found["last"])
        year += CENTURY if len(found["last"]) == 2 else 0
    return datetime(
        year,
        month,
        day,
        _hour(found),
        int(found["minute"]),
        int(found["second_of"] or 0),
        int((found["part"] or ",0")[1:7].ljust(6, "0")),
        tzinfo=_offset(found["zone"]),
    )


def _month(word: str) -> int:
    return int(word) if word.isdigit() else _MONTHS.index(word[:3].lower()) + 1


def _hour(found: re.Match[str]) -> int:
    hour, half = int(found["hour"]), (found["half"] or "").lower().replace(".", "")
    half = {"上午": "am", "下午": "pm"}.get(found["noon"], half)
    if half == "am" and found["noon"] and hour == 0:
        return 0
    if half == "pm" and found["noon"] and hour > MONTHS_OF_A_YEAR:
        return hour
    if not half:
        return hour
    if not 1 <= hour <= MONTHS_OF_A_YEAR:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "pm" else 0)


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))
