"""Whether a place can be meant at all: a request hundreds of kilometres away is a slip of the hand."""

from dispatch.decide.reasons import Reason
from dispatch.decide.rules import TravelRules
from dispatch.domain.geography import Position, great_circle_km
from dispatch.picture.live import Picture


def far_outside(picture: Picture, position: Position, rules: TravelRules) -> Reason | None:
    """The advice to check a place that lies further than `region_km` from every city centre."""
    nearest_km, city = min((great_circle_km(position, c.centre), c.code) for c in picture.cities.values())
    if nearest_km <= rules.region_km:
        return None
    return Reason(code="far_outside", facts={"distance_km": nearest_km, "city": city})
