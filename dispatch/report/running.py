"""How the desks ran: alarms and how long they rang, messages refused, links down."""

from collections.abc import Sequence

from dispatch.report.facts import Alarm, Facts, LinkSpell, Source
from dispatch.report.model import AlarmCount, LinkDown, Refused
from dispatch.report.statistics import quantile


def alarms(facts: Facts) -> list[AlarmCount]:
    """By city and code, the most frequent first."""
    groups: dict[tuple[str, str, Source], list[Alarm]] = {}
    for one in facts.alarms:
        groups.setdefault((one.city, one.code, one.clock), []).append(one)
    found = [_count(city, code, clock, each) for (city, code, clock), each in groups.items()]
    return sorted(found, key=lambda one: (-one.raised, one.city, one.code))


def _count(city: str, code: str, clock: Source, every: Sequence[Alarm]) -> AlarmCount:
    rang = [(one.acknowledged_ms - one.raised_ms) / 1000 for one in every if one.acknowledged_ms is not None]
    unseen = [one for one in every if one.acknowledged_ms is None]
    return AlarmCount(
        city=city,
        code=code,
        clock=clock,
        raised=len(every),
        acknowledged=len(rang),
        went_by_itself=sum(one.over_ms is not None for one in unseen),
        standing=sum(one.over_ms is None for one in unseen),
        escalated=sum(one.escalated for one in every),
        median_s=quantile(rang, 0.5),
        p90_s=quantile(rang, 0.9),
        longest_s=quantile(rang, 1),
    )


def refused(facts: Facts) -> list[Refused]:
    """Messages put in quarantine by city and reason, then words of crews that were not taken."""
    counts = {**facts.refused, **facts.not_taken}
    return [
        Refused(city=city, reason=reason, count=count) for (city, reason), count in sorted(counts.items())
    ]


def links(facts: Facts) -> list[LinkDown]:
    """Minutes that a console did not reach a city; a link still down counts up to the end of the log."""
    groups: dict[tuple[str, str, str], list[LinkSpell]] = {}
    for one in facts.links:
        groups.setdefault(one.of, []).append(one)
    return [
        LinkDown(
            home=home,
            node=node,
            city=city,
            times=len(spans),
            minutes=sum((facts.to_ms if one.up_ms is None else one.up_ms) - one.down_ms for one in spans)
            / 60_000,
            still_down=any(one.up_ms is None for one in spans),
        )
        for (home, node, city), spans in sorted(groups.items())
    ]
