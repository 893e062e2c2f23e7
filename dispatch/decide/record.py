"""What the audit log keeps of a ranking: whole numbers and codes only, the top and the counts."""

from collections import Counter

from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.blood import BloodRanking
from dispatch.decide.hospitals import HospitalRanking

Detail = dict[str, object]


def record(ranking: UnitRanking | HospitalRanking | BloodRanking, most: int = 10) -> Detail:
    """Rule edition, the first `most` options with seconds and reason codes, exclusions by code."""
    left_out = Counter(reason.code for excluded in ranking.excluded for reason in excluded.reasons)
    return {
        "as_of": ranking.as_of.isoformat(),
        "edition": ranking.edition,
        "options": _options(ranking, most),
        "candidates": len(ranking.candidates),
        "excluded": len(ranking.excluded),
        "excluded_by": dict(sorted(left_out.items())),
    }


def _options(ranking: UnitRanking | HospitalRanking | BloodRanking, most: int) -> list[Detail]:
    options: list[Detail] = []
    for candidate in ranking.candidates[:most]:
        detail: Detail = {
            "rank": candidate.rank,
            "eta_s": round(candidate.eta.minutes * 60),
            "late_eta_s": round(candidate.eta.high_min * 60),
            "cross_city": candidate.cross_city,
            "reasons": [reason.code for reason in candidate.reasons],
        }
        for kind in ("unit", "hospital", "bank", "quantity"):
            if hasattr(candidate, kind):
                detail[kind] = getattr(candidate, kind)
        options.append(detail)
    return options
