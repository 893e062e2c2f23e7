"""Scheduled deliveries of stock: when the next one leaves."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dispatch.decide.blood_rules import Round
from dispatch.decide.reasons import CHINA

_LOOKED_DAYS = 8
"""A week and a day: every round of the week is met at least once."""


def next_round(rounds: Iterable[Round], now: datetime, ready_min: float) -> datetime | None:
    """The first departure not before everything is ready, `ready_min` from now; None where none goes."""
    ready = (now + timedelta(minutes=ready_min)).astimezone(CHINA)
    days = [ready.date() + timedelta(days=ahead) for ahead in range(_LOOKED_DAYS)]
    leaving = (
        datetime.combine(day, at, CHINA)
        for each in rounds
        for day in days
        if day.isoweekday() in each.weekdays
        for at in each.at
    )
    return min((moment for moment in leaving if moment >= ready), default=None)
