"""Moments as sentences about evidence say them: China's time, to the second."""

from datetime import timedelta, timezone

from dispatch.clock import from_epoch_ms

CHINA_TIME = timezone(timedelta(hours=8), "CST")  # one zone, no summer time


def china_time(at_ms: int) -> str:
    """`2026-11-26 20:15:00` for milliseconds since 1970 UTC; the number itself when it is no date."""
    try:
        return from_epoch_ms(at_ms).astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return str(at_ms)
