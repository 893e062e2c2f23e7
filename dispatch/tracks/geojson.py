"""Tracks as GeoJSON (RFC 7946): a line for each stretch that was heard without a break. Pure."""

from collections.abc import Iterable, Iterator

from dispatch.clock import from_epoch_ms
from dispatch.tracks.thinning import Fix


def stretches(fixes: Iterable[Fix]) -> Iterator[list[Fix]]:
    """Cut where the vehicle was not heard; each part has a fix or more."""
    part: list[Fix] = []
    for fix in fixes:
        if part and not fix.joined:
            yield part
            part = []
        part.append(fix)
    if part:
        yield part


def features(unit: str, fixes: Iterable[Fix]) -> Iterator[dict[str, object]]:
    """One feature for each stretch; `times` are of its points, ISO 8601 in UTC."""
    for part in stretches(fixes):
        points = [[fix.lon, fix.lat] for fix in part]
        shape: dict[str, object] = {"type": "LineString", "coordinates": points}
        if len(points) == 1:
            shape = {"type": "Point", "coordinates": points[0]}
        times = [from_epoch_ms(fix.at_ms).isoformat() for fix in part]
        yield {"type": "Feature", "geometry": shape, "properties": {"unit": unit, "times": times}}
