"""Times, ages and durations as a dispatcher reads them; clock times are those of Asia/Shanghai."""

from datetime import datetime, timedelta, timezone
from math import isnan

from dispatch.console.symbols import symbols
from dispatch.language import _

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time zone and has had no summer time since 1991: no zone table is needed."""

_AHEAD_S = 5.0


def clock_text(moment: datetime, now: datetime | None = None, *, seconds: bool = False) -> str:
    """ "02:13", with seconds on demand and with the date in front when it is not the day of `now`."""
    local = moment.astimezone(SHANGHAI)
    text = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if now is not None and local.date() != now.astimezone(SHANGHAI).date():
        return f"{local:%m-%d} {text}"
    return text


def day_or_time(moment: datetime, now: datetime) -> str:
    """ "02:13" today, "11-23" on any other day: five cells always."""
    local = moment.astimezone(SHANGHAI)
    return f"{local:%H:%M}" if local.date() == now.astimezone(SHANGHAI).date() else f"{local:%m-%d}"


def age_s(moment: datetime, now: datetime) -> float:
    """Seconds from `moment` to `now`; negative when the moment lies ahead."""
    return (now - moment).total_seconds()


def duration_text(seconds: float) -> str:
    """ "12秒", "3分12秒", "1时05分", "2天3时" - two units at most, never rounded up; a dash for NaN."""
    if isnan(seconds):
        return "–"
    total = max(0, int(seconds))
    if total < 60:
        return _("{s}s", s=total)
    if total < 3600:
        return _("{m}m{s:02d}s", m=total // 60, s=total % 60)
    if total < 86400:
        return _("{h}h{m:02d}m", h=total // 3600, m=total % 3600 // 60)
    return _("{d}d{h}h", d=total // 86400, h=total % 86400 // 3600)


def age_text(moment: datetime, now: datetime) -> str:
    """How long ago; a moment that lies ahead of the console's clock says so."""
    age = age_s(moment, now)
    if age < -_AHEAD_S:
        return _("{age} ahead", age=duration_text(-age))
    return duration_text(age)


def minutes_text(low_min: float, high_min: float) -> str:
    """A range of whole minutes, "8–13 分"; one figure when both ends round to the same."""
    low, high = round(low_min), round(high_min)
    span = str(low) if low == high else f"{low}{symbols().dash}{high}"
    return _("{minutes} min", minutes=span)


def distance_text(kilometres: float) -> str:
    """ "3.2 km" below ten kilometres, "14 km" above; a dash for NaN."""
    if isnan(kilometres):
        return "–"
    return f"{kilometres:.1f} km" if kilometres < 9.95 else f"{kilometres:.0f} km"
