"""Where the patients of one event go: hospitals that can treat them, the load spread over them.

The order of `rank_hospitals`, only that patients sent before count as load, and that a hospital which has
its share of a priority (`per_hospital`) comes after those that have not.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch.decide.hospitals import HospitalCandidate, HospitalRanking
from dispatch.decide.mass_models import Receiving
from dispatch.decide.reasons import Reason
from dispatch.domain.hospitals import HospitalId


@dataclass(frozen=True, slots=True)
class Carried:
    """Patients of one urgency (0, 1, 2) that travel together, and the hospitals for them."""

    urgency: int
    patients: int
    ranking: HospitalRanking


class Spreading:
    """Deals patients to hospitals one load after the other; the gravest first is the caller's matter."""

    def __init__(self, share: tuple[int, int, int], slack_min: tuple[float, float, float]) -> None:
        self.share, self.slack_min = share, slack_min
        self.dealt: Counter[tuple[HospitalId, int]] = Counter()
        self.known: dict[HospitalId, HospitalCandidate] = {}
        self.over: set[HospitalId] = set()

    def deal(self, load: Carried) -> HospitalId | None:
        """The hospital of one load; None where none suits."""
        ready = [one for one in load.ranking.candidates if not _diverts(one)]
        options = ready or list(load.ranking.candidates)
        if not options:
            return None
        room = [one for one in options if self._has_room(one.hospital, load)]
        chosen = min(room, key=self._merit(room, load)) if room else min(options, key=self._least_loaded)
        if not room:
            self.over.add(chosen.hospital)
        self.dealt[chosen.hospital, load.urgency] += load.patients
        self.known.setdefault(chosen.hospital, chosen)
        return chosen.hospital

    def _has_room(self, hospital: HospitalId, load: Carried) -> bool:
        return self.dealt[hospital, load.urgency] + load.patients <= self.share[load.urgency]

    def _merit(
        self, room: Sequence[HospitalCandidate], load: Carried
    ) -> Callable[[HospitalCandidate], tuple[object, ...]]:
        latest = min(one.eta.minutes for one in room) + self.slack_min[load.urgency]

        def merit(one: HospitalCandidate) -> tuple[object, ...]:
            if one.eta.minutes > latest:
                return True, False, False, 0, one.eta.minutes, one.hospital
            queue = (one.waiting or 0) + self._sent(one.hospital)
            return False, not one.open_known, one.cross_city, queue, one.eta.minutes, one.hospital

        return merit

    def _least_loaded(self, one: HospitalCandidate) -> tuple[int, float, str]:
        return (one.waiting or 0) + self._sent(one.hospital), one.eta.minutes, one.hospital

    def _sent(self, hospital: HospitalId) -> int:
        return sum(self.dealt[hospital, urgency] for urgency in range(3))

    def receiving(self) -> tuple[Receiving, ...]:
        """Every hospital that gets somebody, the most patients first."""
        found = [self._receives(one) for one in self.known.values()]
        return tuple(sorted(found, key=lambda one: (-sum(one.patients), one.hospital)))

    def _receives(self, one: HospitalCandidate) -> Receiving:
        said = [
            r for r in one.reasons if r.code in ("diverting", "other_city") or r.code.startswith("status_")
        ]
        full = [Reason(code="hospital_full")] if one.hospital in self.over else []
        dealt = (self.dealt[one.hospital, 0], self.dealt[one.hospital, 1], self.dealt[one.hospital, 2])
        return Receiving(one.hospital, one.city, dealt, one.waiting, (*said, *full))


def _diverts(one: HospitalCandidate) -> bool:
    return any(reason.code == "diverting" for reason in one.reasons)
