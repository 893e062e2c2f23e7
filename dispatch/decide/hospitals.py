"""Where to take a patient: gates, bounded minutes, then reception, then a stable tie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from dispatch.decide.reasons import Reason
from dispatch.decide.region import far_outside
from dispatch.decide.rules import DispatchRules, HospitalRules
from dispatch.decide.survey import can_be_ranked, out_of_sight
from dispatch.decide.travel import Eta, columns, total_eta, travel_minutes
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import Hospital, HospitalId, HospitalStatus
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import UNIT_CAPABILITIES, Capability
from dispatch.picture.live import Picture


class HospitalRequest(Frozen):
    """A patient at `position` (the scene), what the patient needs, and the city that asks."""

    position: Position
    city: CityCode
    priority: Priority
    needs: frozenset[Capability] = frozenset()
    patients: int = Field(default=1, ge=1, le=9999)


@dataclass(frozen=True, slots=True)
class HospitalCandidate:
    """A hospital that may be chosen. `open_known`: a recent word says it takes patients."""

    rank: int
    hospital: HospitalId
    city: CityCode
    eta: Eta
    distance_km: float
    cross_city: bool
    open_known: bool
    waiting: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class HospitalExclusion:
    """A hospital that is left out, with every gate it fails."""

    hospital: HospitalId
    city: CityCode
    reasons: tuple[Reason, ...]
    straight_km: float
    minutes: float


@dataclass(frozen=True, slots=True)
class HospitalRanking:
    """Every hospital of the picture, either a candidate in order or excluded with its reasons."""

    as_of: datetime
    edition: str
    request: HospitalRequest
    candidates: Sequence[HospitalCandidate]
    excluded: Sequence[HospitalExclusion]
    advice: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Option:
    hospital: Hospital
    km: float
    eta: Eta
    status: HospitalStatus | None
    doubt: Reason | None
    """Why its last word cannot be relied on; None: it can. A doubtful diversion still ranks last."""
    how: tuple[Reason, ...]
    """What a reader should know of how its minutes were got."""

    @property
    def diverting(self) -> bool:
        return self.status is not None and self.status.diverting

    @property
    def waiting(self) -> int:
        return self.status.waiting if self.status else 0


def rank_hospitals(
    picture: Picture, request: HospitalRequest, rules: DispatchRules, now: datetime
) -> HospitalRanking:
    """Rank every hospital of every city for one patient; pure, same picture same answer.

    Within `slack_min` of the nearest suitable one: known to be open first, own city first, fewest
    ambulances waiting, then minutes. Beyond it by minutes. Diverting ones last or left out by rule.
    """
    picture.city(request.city)
    options, notes = _options(picture, request, rules, now)
    excluded = {o.hospital.id: why for o in options if (why := _gates(o, request, rules))}
    fit = [option for option in options if option.hospital.id not in excluded]
    ready = sorted((o for o in fit if not o.diverting), key=_by_minutes)
    slack = rules.hospitals.slack_min[request.priority - 1]
    latest = ready[0].eta.minutes + slack if ready else 0.0
    ready.sort(key=lambda o: (o.eta.minutes > latest, *_reception(o, request, latest), *_by_minutes(o)))
    order = ready + sorted((o for o in fit if o.diverting), key=_by_minutes)
    least = min((o.eta.minutes for o in order), default=0.0)
    left_out = sorted((o for o in options if o.hospital.id in excluded), key=lambda o: (o.km, o.hospital.id))
    return HospitalRanking(
        as_of=now,
        edition=f"hospitals {rules.hospitals.edition}; travel {rules.travel.edition}",
        request=request,
        candidates=tuple(_candidate(o, i, least, slack, request) for i, o in enumerate(order)),
        excluded=tuple(
            HospitalExclusion(o.hospital.id, o.hospital.city, excluded[o.hospital.id], o.km, o.eta.minutes)
            for o in left_out
        ),
        advice=(*_advice(picture, request, rules, found=bool(order)), *notes),
    )


def needed(needs: frozenset[Capability], rules: HospitalRules) -> frozenset[Capability]:
    """What a hospital must have for a patient with these needs.

    A general emergency department (`base_needs`), unless a stated need has a reception of its own.
    """
    stated = (needs - UNIT_CAPABILITIES) | {
        rules.also_needs[need] for need in needs if need in rules.also_needs
    }
    return stated if stated & frozenset(rules.replaces_base) else stated | frozenset(rules.base_needs)


def _advice(
    picture: Picture, request: HospitalRequest, rules: DispatchRules, *, found: bool
) -> Iterator[Reason]:
    far = far_outside(picture, request.position, rules.travel)
    if far is not None:
        yield far
    if not found:
        yield Reason(code="no_hospital")


def _options(
    picture: Picture, request: HospitalRequest, rules: DispatchRules, now: datetime
) -> tuple[list[_Option], tuple[Reason, ...]]:
    """Every hospital, and what is to be said of all the drives."""
    hospitals = sorted(picture.hospitals.values(), key=lambda hospital: hospital.id)
    lat, lon = columns(hospital.position for hospital in hospitals)
    light = rules.hospitals.blue_light[request.priority - 1]
    drive = travel_minutes(
        picture.bridges,
        rules.travel,
        lat,
        lon,
        request.position,
        now,
        blue_light=light,
        away=True,
        beyond=rules.beyond,
    )
    options = []
    for row, hospital in enumerate(hospitals):
        learned = float(drive.learned[row])
        eta = total_eta({"travel": drive.range(row)}, drive.method(row), learned_factor=learned)
        status = picture.hospital_status.get(hospital.id)
        doubt = _doubt(picture, hospital, rules, now)
        km, how = float(drive.straight_km[row]), tuple(drive.reasons(row))
        options.append(_Option(hospital, km, eta, status, doubt, how))
    return options, drive.notes


def _doubt(picture: Picture, hospital: Hospital, rules: DispatchRules, now: datetime) -> Reason | None:
    """Why the last word of a hospital cannot be relied on; None: it can."""
    status = picture.hospital_status.get(hospital.id)
    view = picture.sight[hospital.city]
    seen = can_be_ranked(view, rank_silent=False)
    if status is None or (not seen and view.since is None):
        return Reason(code="status_never")
    if not seen:
        why = out_of_sight(view)
        return Reason(code=f"status_{why.code}", facts=why.facts)
    age_s = (now - status.said_at).total_seconds()
    if age_s > rules.hospitals.status_stale_min * 60:
        return Reason(code="status_old", facts={"age_s": int(age_s)})
    return None


def _gates(option: _Option, request: HospitalRequest, rules: DispatchRules) -> tuple[Reason, ...]:
    lacking = needed(request.needs, rules.hospitals) - option.hospital.capabilities
    found = []
    if Capability.EMERGENCY in lacking:
        found.append(Reason(code="no_emergency"))
        lacking -= {Capability.EMERGENCY}
    if lacking:
        found.append(Reason(code="lacks", facts={"needs": ",".join(sorted(lacking))}))
    sure = option.diverting and option.doubt is None
    if sure and rules.hospitals.diverting[request.priority - 1] == "exclude":
        found.append(_diverting(option))
    return tuple(found)


def _diverting(option: _Option) -> Reason:
    said = option.status.said_at.isoformat() if option.status else ""
    return Reason(code="diverting", facts={"said_at": said})


def _by_minutes(option: _Option) -> tuple[float, str]:
    return option.eta.minutes, option.hospital.id


def _reception(option: _Option, request: HospitalRequest, latest: float) -> tuple[bool, bool, int]:
    if option.eta.minutes > latest:
        return False, False, 0
    return option.doubt is not None, option.hospital.city != request.city, option.waiting


def _candidate(
    option: _Option, index: int, least: float, slack: float, request: HospitalRequest
) -> HospitalCandidate:
    return HospitalCandidate(
        rank=index + 1,
        hospital=option.hospital.id,
        city=option.hospital.city,
        eta=option.eta,
        distance_km=option.km,
        cross_city=option.hospital.city != request.city,
        open_known=option.doubt is None and not option.diverting,
        waiting=option.waiting if option.status else None,
        reasons=tuple(_reasons(option, index, least, slack, request)),
    )


def _reasons(
    option: _Option, index: int, least: float, slack: float, request: HospitalRequest
) -> list[Reason]:
    later = option.eta.minutes - least
    found = []
    if later <= 0:
        found.append(Reason(code="least_drive"))
    elif index == 0 and later <= slack:
        found.append(Reason(code="better_reception", facts={"slack_min": slack}))
    else:
        found.append(Reason(code="later_drive", facts={"later_min": later}))
    if option.diverting:
        found.append(_diverting(option))
    if option.doubt is not None:
        found.append(option.doubt)
    if option.waiting:
        found.append(Reason(code="waiting", facts={"waiting": option.waiting}))
    if option.hospital.city != request.city:
        found.append(Reason(code="other_city", facts={"city": option.hospital.city}))
    return [*found, *option.how]
