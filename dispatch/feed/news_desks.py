"""Who sits at the consoles of a city, as each console says of itself."""

from dataclasses import replace

from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import Role
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.refusals import Refused
from dispatch.feed.routes import Route
from dispatch.picture.desks import DeskView
from dispatch.text import safe_text


class DeskNews:
    """Keeps the desks of every city; whether one is there is told by the state of its program.

    At `nodes_per_city` the desks longest away make room, so that made-up names cost no memory.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._dropped: list[tuple[CityCode, str]] = []

    def desk(self, route: Route, node: str, data: payloads.DeskState, latest_ms: int) -> None:
        """One desk; only the console itself may speak for it."""
        if node != route.key:
            raise Refused("wrong_key", found=node, expected=route.key)
        if data.since > latest_ms:
            raise Refused("future", ahead_s=ahead_s(data.since, latest_ms))
        if data.role == "program":  # an automatic one sits nowhere
            self._context.counters.ignored += 1
            return
        incident = None
        if data.incident is not None and self._context.city_of(data.incident) is not None:
            incident = IncidentId(data.incident)
        said = DeskView(
            operator=safe_text(data.operator, 64),
            role=Role(data.role),
            incident=incident,
            since=from_epoch_ms(data.since),
            online=self._online(route.city, node),
        )
        self._context.counters.applied += 1
        desks = self._context.picture.desks
        if (route.city, node) not in desks:
            self._make_room(route.city)
        if desks.get((route.city, node)) != said:
            desks[route.city, node] = said
            self._context.picture.changes.mark("desk", f"{route.city}/{node}")

    def cleared(self, route: Route) -> bool:
        """The console took its word back: nobody sits there."""
        if self._context.picture.desks.pop((route.city, route.key), None) is None:
            return False
        self._context.picture.changes.mark("desk", f"{route.city}/{route.key}")
        return True

    def judge(self, city: CityCode) -> None:
        """Programs came or went: the desks follow."""
        desks = self._context.picture.desks
        for (of, node), desk in list(desks.items()):
            online = self._online(city, node)
            if of == city and desk.online is not online:
                desks[of, node] = replace(desk, online=online)
                self._context.picture.changes.mark("desk", f"{of}/{node}")

    def dropped(self) -> list[tuple[CityCode, str]]:
        """The desks that made room since the last look."""
        gone, self._dropped = self._dropped, []
        return gone

    def _online(self, city: CityCode, node: str) -> bool:
        known = self._context.picture.sight[city].nodes.get(node)
        return known is not None and known.online

    def _make_room(self, city: CityCode) -> None:
        desks = self._context.picture.desks
        of_city = [key for key in desks if key[0] == city]
        if len(of_city) >= self._context.limits.nodes_per_city:
            longest = min(of_city, key=lambda key: (desks[key].online, desks[key].since))
            del desks[longest]
            self._dropped.append(longest)
            self._context.picture.changes.mark("desk", "/".join(longest))
