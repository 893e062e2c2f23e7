"""Where the calls were: districts, river, stations and each call by how long it waited."""

from collections.abc import Iterable
from html import escape
from math import cos, radians

from dispatch.report import words
from dispatch.report.model import CallEntry, Report
from dispatch.report.svg import drawing, text
from dispatch.settings.configuration import Configuration
from dispatch.text import safe_text

_WIDTH = 480.0
_CITY = {"changsha": "ca", "zhuzhou": "cb", "xiangtan": "cc"}


class _View:
    """Degrees to picture: equirectangular, true at the middle."""

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        lons, lats = zip(*points, strict=True)
        self.west, self.north = min(lons), max(lats)
        squeeze = cos(radians((self.north + min(lats)) / 2))
        self.scale_x = _WIDTH / (max(lons) - self.west)
        self.scale_y = self.scale_x / squeeze
        self.height = (self.north - min(lats)) * self.scale_y

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.scale_x, (self.north - lat) * self.scale_y

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        return "M" + "L".join("{:.1f} {:.1f}".format(*self.at(*point)) for point in points)


def district_map(report: Report, configuration: Configuration, language: str) -> str:
    """One picture; a call outside it, or without a place, is not on it."""
    ground = configuration.ground
    view = _View(point for district in ground.districts for ring in district.rings for point in ring)
    parts = [
        f'<path d="{"".join(view.path(ring) + "Z" for ring in district.rings)}" fill-rule="evenodd" '
        f'class="district {_CITY.get(district.city, "")}">'
        f"<title>{escape(district.name.text(language))}</title></path>"
        for district in ground.districts
    ]
    parts += [f'<path d="{view.path(river)}" class="river"/>' for river in ground.rivers]
    for site in configuration.sites:
        if site.kind == "station":
            x, y = view.at(site.position.lon, site.position.lat)
            parts.append(f'<rect x="{x - 1.5:.1f}" y="{y - 1.5:.1f}" width="3" height="3" class="station"/>')
    parts += [_call(call, view, language) for call in report.calls if call.lat is not None]
    for city in configuration.cities:
        x, y = view.at(city.centre.lon, city.centre.lat)
        anchor = "start" if x > _WIDTH * 0.45 else "end"  # two of the three lie side by side
        parts.append(text(x, y, city.name.text(language), anchor, "city"))
    return drawing(_WIDTH, view.height, ground.source, parts)


def _call(call: CallEntry, view: _View, language: str) -> str:
    x, y = view.at(call.lon or 0.0, call.lat or 0.0)
    if not (0 <= x <= _WIDTH and 0 <= y <= view.height):
        return ""
    took = call.response_s
    kind = "none" if took is None else "good" if took <= 480 else "fair" if took <= 900 else "late"
    about = f"{call.incident} P{call.priority} {words.minutes(took, language)} {call.place}"
    radius = {1: 6.0, 2: 4.5}.get(call.priority, 3.5)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="call {kind}">'
        f"<title>{escape(safe_text(about))}</title></circle>"
    )
