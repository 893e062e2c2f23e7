"""What the audit log keeps of a ranking: whole numbers and codes only, the top and the counts."""

from collections import Counter

from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.blood import BloodRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.decide.travel import Eta, method_name
from dispatch.domain.geography import Position

Detail = dict[str, object]


def record(ranking: UnitRanking | HospitalRanking | BloodRanking, most: int = 10) -> Detail:
    """Rule edition, the first `most` options with seconds and reason codes, exclusions by code.

    A ranking of units names the scene: what a trip there took can be learned from the log alone.
    """
    left_out = Counter(reason.code for excluded in ranking.excluded for reason in excluded.reasons)
    where = _scene(ranking.request.position) if isinstance(ranking, UnitRanking) else {}
    return {
        "as_of": ranking.as_of.isoformat(),
        "edition": ranking.edition,
        "options": _options(ranking, most),
        "candidates": len(ranking.candidates),
        "excluded": len(ranking.excluded),
        "excluded_by": dict(sorted(left_out.items())),
    } | where


def _scene(position: Position) -> Detail:
    return {"lat_microdeg": round(position.lat * 1e6), "lon_microdeg": round(position.lon * 1e6)}


def _driving(eta: Eta) -> Detail:
    """The driving part and how it was got; the learned factor in thousandths where there is one."""
    travel = eta.components.get("travel", 0.0)
    found: Detail = {"travel_s": round(travel * 60), "method": method_name(eta.method)}
    if eta.learned_factor != 1:
        found["learned_permille"] = round(eta.learned_factor * 1000)
    return found


def _options(ranking: UnitRanking | HospitalRanking | BloodRanking, most: int) -> list[Detail]:
    options: list[Detail] = []
    for candidate in ranking.candidates[:most]:
        detail: Detail = {
            "rank": candidate.rank,
            "eta_s": round(candidate.eta.minutes * 60),
            "late_eta_s": round(candidate.eta.high_min * 60),
            "cross_city": candidate.cross_city,
            "reasons": [reason.code for reason in candidate.reasons],
        } | _driving(candidate.eta)
        for kind in ("unit", "hospital", "bank", "quantity"):
            if hasattr(candidate, kind):
                detail[kind] = getattr(candidate, kind)
        options.append(detail)
    return options
