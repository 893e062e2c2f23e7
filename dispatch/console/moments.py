"""Moments as an operator types them."""

import re
from datetime import datetime, timedelta

from dispatch.console.present_times import SHANGHAI
from dispatch.text import fold


def moment(word: str, now: datetime) -> datetime | None:
    """The moment a word names, aware UTC; None when it names none."""
    folded = fold(word)
    if span := re.fullmatch(r"(\d{1,4})(min|m|分钟?|h|小时|时)", folded):
        unit = 60 if span[2][0] in "m分" else 3600
        return now + timedelta(seconds=int(span[1]) * unit)
    if not (time := re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", folded)):
        return None
    local = now.astimezone(SHANGHAI)
    at = local.replace(hour=int(time[1]), minute=int(time[2]), second=0, microsecond=0)
    return (at if at > local else at + timedelta(days=1)).astimezone(now.tzinfo)
