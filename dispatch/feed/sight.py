"""How far each city can be seen, judged by its link, its programs and its newest message."""

from collections.abc import Callable
from datetime import datetime

from dispatch.domain.geography import CityCode
from dispatch.picture.changes import Changes
from dispatch.picture.cities import CityView, Sight

PUBLISHERS = frozenset({"centre", "simulator", "gateway"})
"""Kinds of program that speak for a city; a console looking on is no sign of life."""


class Watch:
    """Keeps `sight` of every city true. Waiting is measured in real time, whatever a drill's clock does.

    After a link comes back the city stays OFFLINE until it says something new: what the broker kept
    is state, not news. A city whose centre is gone is OFFLINE, whatever its vehicles still say: nobody
    decides there, and what stands in its records is not renewed.
    """

    def __init__(
        self,
        views: dict[CityCode, CityView],
        changes: Changes,
        silent_after_s: float,
        steady: Callable[[], float],
    ) -> None:
        self._views, self._changes = views, changes
        self._silent_after_s, self._steady = silent_after_s, steady
        self._heard: dict[CityCode, float] = {}
        self._up: dict[CityCode, float] = {}
        self._seen: set[CityCode] = set()
        """Cities that were live once: a first message may overtake the word that its link is up."""

    def link(self, city: CityCode, *, up: bool, now: datetime) -> None:
        """The link of a city came up or went down."""
        view = self._views[city]
        if up != view.link_up:
            view.link_up = up
            self._heard.pop(city, None)
            self._up[city] = self._steady()
            self._changes.mark("city", city)
            if not up:
                view.nodes.clear()  # who is there is learnt again from what the broker keeps
        self.judge(city, now)

    def heard(self, city: CityCode, now: datetime) -> None:
        """The city said something new."""
        view = self._views[city]
        view.last_heard = now
        self._heard[city] = self._steady()
        if view.sight is not Sight.LIVE:
            self.judge(city, now)

    def judge(self, city: CityCode, now: datetime) -> None:
        """Set the sight, and its `since` when it changed."""
        view = self._views[city]
        sight = self._sight(view)
        if sight is Sight.LIVE:
            self._seen.add(city)
        if sight is not view.sight:
            view.sight, view.since = sight, now
            self._changes.mark("city", city)

    def _sight(self, view: CityView) -> Sight:
        unseen = Sight.OFFLINE if view.city in self._seen else Sight.NEVER
        if not view.link_up:
            return unseen
        publishers = [node.online for node in view.nodes.values() if node.kind in PUBLISHERS]
        centres = [node.online for node in view.nodes.values() if node.kind == "centre"]
        if (publishers and not any(publishers)) or (centres and not any(centres)):
            return Sight.OFFLINE
        now = self._steady()
        heard = self._heard.get(view.city)
        if heard is not None:
            return Sight.LIVE if now - heard <= self._silent_after_s else Sight.SILENT
        waiting = now - self._up[view.city] <= self._silent_after_s
        return unseen if waiting else Sight.SILENT
