"""Calls: how many a day, at what hours, where and what about."""

from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone
from typing import Literal

import numpy as np

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.geography import City, CityCode, Position, Site, SiteId
from dispatch.settings import Configuration, District
from simulators.assumptions import CallAssumptions, Complaint
from simulators.callers import Callers
from simulators.engine import Agenda, Rng, Streams
from simulators.ground import Floats, Point, distance_km, heading_deg, moved
from simulators.roads import Roads
from simulators.scenes import Scene, Scenes

CHINA = timezone(timedelta(hours=8))
_DIRECTIONS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


class Calls:
    """Lets people ring. Each city and day of the drill has a stream of its own: nothing else moves a call."""

    def __init__(
        self,
        configuration: Configuration,
        assumed: CallAssumptions,
        agenda: Agenda,
        streams: Streams,
        roads: Roads,
        scenes: Scenes,
        callers: Callers,
        demand: float = 1.0,
    ) -> None:
        self._assumed, self._agenda, self._streams = assumed, agenda, streams
        self._scenes, self._callers, self._demand = scenes, callers, demand
        self._places = {
            city.code: Places(configuration, city, assumed, roads) for city in configuration.cities
        }
        self._cities = configuration.cities
        weights = np.array([complaint.weight for complaint in assumed.complaint])
        self._weights = weights / weights.sum()

    def plan_day(self, day: datetime) -> None:
        """Write the calls of one day (midnight in China) and the planning of the next."""
        for city in self._cities:
            for moment in self.times(city, day, self._demand):
                if moment >= self._agenda.now_ms:
                    self._agenda.at(moment, self._opening(city.code, moment))
        tomorrow = day + timedelta(days=1)
        self._agenda.at(epoch_ms(tomorrow), lambda: self.plan_day(tomorrow))

    def start(self) -> None:
        """Begin with the day it is now."""
        today = from_epoch_ms(self._agenda.now_ms).astimezone(CHINA).date()
        self.plan_day(datetime.combine(today, time(0), CHINA))

    def times(self, city: City, day: datetime, demand: float, name: str = "day") -> list[int]:
        """Moments of one day's calls: Poisson about a gamma day factor, by the hourly curve.

        With mean m and a gamma factor of variance (F - 1) / m the count has variance F m (Fano F).
        """
        days = (epoch_ms(day) - self._scenes.midnight_ms) // 86_400_000
        rng = self._streams.of("calls", name, city.code, f"day {days}")
        mean = self._assumed.per_million_day * city.population_million
        excess = (self._assumed.fano - 1) / mean
        factor = float(rng.gamma(1 / excess, excess)) if excess > 0 else 1.0
        count = int(rng.poisson(mean * factor * demand))
        curve = np.cumsum([0.0, *self._assumed.hour_factor])
        hours = np.interp(rng.random(count) * curve[-1], curve, np.arange(25))
        return sorted(int(epoch_ms(day) + hour * 3_600_000) for hour in hours)

    def surge(self, city: City, factor: float, minutes: float) -> "Surge":
        """More calls than planned for some time: `factor` times as many in all."""
        now = self._agenda.now_ms
        today = datetime.combine(from_epoch_ms(now).astimezone(CHINA).date(), time(0), CHINA)
        name, surge = f"surge{now - self._scenes.midnight_ms}", Surge()
        for day in (today, today + timedelta(days=1)):
            for moment in self.times(city, day, max(factor - 1, 0.0) * self._demand, name):
                if now <= moment < now + minutes * 60_000:
                    self._agenda.at(moment, surge.calling(self._opening(city.code, moment)))
        return surge

    def _opening(self, city: CityCode, moment: int) -> "_Opening":
        return _Opening(self, city, moment)

    def open(self, city: CityCode, moment: int) -> None:
        """One ordinary call."""
        identity = self._scenes.next_number(city)
        rng = self._streams.of("call", *self._scenes.stream(identity, moment))
        assumed = self._assumed
        complaint: Complaint = assumed.complaint[int(rng.choice(len(self._weights), p=self._weights))]
        point, place = self._places[city].draw(rng)
        shares = np.array(assumed.patients)
        scene = Scene(
            id=identity,
            city=city,
            point=point,
            place=place,
            priority=_priority(rng, complaint),
            patients=1 + int(rng.choice(len(shares), p=shares / shares.sum())),
            needs=frozenset(complaint.needs),
            complaint=complaint.code,
            opened_ms=self._agenda.now_ms,
        )
        cancelled = rng.random() < assumed.cancelled
        self._callers.report(scene, assumed.cancel_after_min.draw(rng) if cancelled else None)


class Surge:
    """Further calls that are planned, until somebody ends them."""

    def __init__(self) -> None:
        self.calls = 0
        self._opened, self._over = 0, False

    def calling(self, opening: Callable[[], None]) -> Callable[[], None]:
        """The same call, if the surge still lasts when its moment comes."""
        self.calls += 1

        def call() -> None:
            if not self._over:
                self._opened += 1
                opening()

        return call

    def end(self) -> int:
        """Nobody more calls; how many do not."""
        self._over = True
        return self.calls - self._opened


class _Opening:
    """Opens one call when its moment comes."""

    def __init__(self, calls: Calls, city: CityCode, moment: int) -> None:
        self._calls, self._city, self._moment = calls, city, moment

    def __call__(self) -> None:
        self._calls.open(self._city, self._moment)


def _priority(rng: Rng, complaint: Complaint) -> Literal[1, 2, 3]:
    weights = np.array(complaint.priority)
    drawn = int(rng.choice(3, p=weights / weights.sum()))
    levels: tuple[Literal[1], Literal[2], Literal[3]] = (1, 2, 3)
    return levels[drawn]


class Places:
    """Draws places of a city by where its people live, and names them by what is near."""

    def __init__(
        self, configuration: Configuration, city: City, assumed: CallAssumptions, roads: Roads
    ) -> None:
        self._assumed, self._roads = assumed, roads
        self._people = [people for people in configuration.districts if people.city == city.code]
        weights = np.array([people.population_million for people in self._people])
        self._weights: Floats = weights / weights.sum()
        districts = {district.code: district for district in configuration.ground.districts}
        self._districts = [districts[people.code] for people in self._people]
        self._districts_said = tuple(district.name.zh[:2] for district in self._districts)
        sites = [site for site in configuration.sites if site.city == city.code and site.kind != "station"]
        hospitals = [
            Site(id=SiteId(h.id), city=h.city, name=h.name, position=h.position)
            for h in configuration.hospitals
            if h.city == city.code
        ]
        self._sites = [*sites, *hospitals]
        self._known = [self._inside(district, self._sites) for district in self._districts]
        self._busy = [
            self._inside(district, sites) or known
            for district, known in zip(self._districts, self._known, strict=True)
        ]

    @staticmethod
    def _inside(district: District, sites: list[Site]) -> list[Site]:
        return [site for site in sites if district.contains(site.position)]

    def draw(self, rng: Rng) -> tuple[Point, str]:
        """One place: a district by its people, then mostly near a site of it."""
        index = int(rng.choice(len(self._weights), p=self._weights))
        sites = self._busy[index]  # hospitals name places, but few calls come from their doors
        if sites and rng.random() < self._assumed.near_site:
            point = self._near(sites[int(rng.integers(len(sites)))], rng)
        else:
            point = self._anywhere(self._districts[index], rng)
        return point, self._name(point, self._people[index].name.zh, self._known[index] or self._sites)

    def _near(self, site: Site, rng: Rng) -> Point:
        origin = (site.position.lat, site.position.lon)
        for _attempt in range(8):
            north, east = rng.normal(0, self._assumed.scatter_m, 2)
            point = moved(origin, float(north), float(east))
            if not self._roads.river.crossed(origin, point):
                return point
        return origin

    def _anywhere(self, district: District, rng: Rng) -> Point:
        """Near a junction of the drawn roads inside the district; people live along roads."""
        west, south, east, north = district.box
        for _attempt in range(60):
            point = (float(rng.uniform(south, north)), float(rng.uniform(west, east)))
            if district.contains(Position(lat=point[0], lon=point[1])):
                road = self._roads.nodes[self._roads.near(point, 1)[0]]
                part = float(rng.uniform(0, 0.35))
                return road[0] + (point[0] - road[0]) * part, road[1] + (point[1] - road[1]) * part
        return (south + north) / 2, (west + east) / 2

    def _name(self, point: Point, district: str, sites: list[Site]) -> str:
        """A place in Chinese words, as a call taker notes it: 雨花区东塘东北约300米."""
        if not sites:
            return district
        near = min(sites, key=lambda site: distance_km((site.position.lat, site.position.lon), point))
        origin = (near.position.lat, near.position.lon)
        said = near.name.zh if near.name.zh.startswith(self._districts_said) else district + near.name.zh
        metres = distance_km(origin, point) * 1000
        if metres < 80:
            return said
        way = _DIRECTIONS[round(heading_deg(origin, point) / 45) % 8]
        if metres < 1500:
            return f"{said}{way}约{round(metres, -2):.0f}米"
        return f"{said}{way}约{metres / 1000:.{1 if metres < 5000 else 0}f}公里"
