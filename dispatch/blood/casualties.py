"""Who goes where: the patients of an incident by hospital and triage class, before anybody counts them."""

from collections import Counter
from collections.abc import Sequence

from dispatch.blood.joined_models import Casualties, JoinedRules
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident
from dispatch.picture.live import Picture

_CLASSES = ("red", "yellow", "green")
_MANY = 3
"""From so many patients on the priority of the incident says little; they go to so many hospitals."""


def casualties_of(
    picture: Picture, incident: Incident, hospitals: Sequence[HospitalId], rules: JoinedRules
) -> list[Casualties]:
    """One patient for each unit that names a hospital, the others in turn to the first of `hospitals`.

    The gravest are dealt out first. Empty where no hospital is known.
    """
    places = _named(picture, incident)[: incident.patients]
    turns = list(hospitals[:_MANY]) or sorted(set(places))
    if not turns:
        return []
    places += [turns[number % len(turns)] for number in range(incident.patients - len(places))]
    dealt = Counter(zip(places, _classes(incident, rules), strict=True))
    return [
        Casualties(hospital=place, **{grave: dealt[place, grave] for grave in _CLASSES})
        for place in sorted(set(places))
    ]


def _named(picture: Picture, incident: Incident) -> list[HospitalId]:
    """The hospitals that its units name, one entry a unit."""
    units = [picture.fleet.view(unit) for unit in incident.units if unit in picture.fleet]
    named = [HospitalId(unit.status.destination) for unit in units if unit.status and unit.status.destination]
    return [hospital for hospital in named if hospital in picture.hospitals]


def _classes(incident: Incident, rules: JoinedRules) -> list[str]:
    """A class for each patient, the gravest first."""
    patients = incident.patients
    if patients < _MANY:
        return [_CLASSES[incident.priority - 1]] * patients
    red = round(patients * rules.untriaged[0])
    grave = round(patients * (rules.untriaged[0] + rules.untriaged[1]))
    return ["red"] * red + ["yellow"] * (grave - red) + ["green"] * (patients - grave)
