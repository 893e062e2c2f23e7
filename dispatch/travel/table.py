"""Asking a routing server for many driving times at once: OSRM's `table`, Valhalla's `sources_to_targets`."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Literal

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Position
from dispatch.language import _
from dispatch.text import safe_text

Engine = Literal["osrm", "valhalla"]
LARGEST_ANSWER = 16 * 1024 * 1024
_MESSAGE = 120


class TableUnavailable(DispatchError):
    """The routing server gave no times; the message says why, short enough for a line."""


@dataclass(frozen=True, slots=True)
class TableServer:
    """Where a server listens, and what may be asked of it."""

    engine: Engine
    url: str
    timeout_s: float = 2.0
    most_places: int = 100
    """Places in one question; servers refuse more (OSRM: 100 unless told otherwise)."""

    def seconds(self, places: Sequence[Position], place: Position, *, away: bool) -> list[float]:
        """Driving seconds from each of `places` to `place`, with `away` the other way; NaN: no way there.

        TableUnavailable when the server does not answer, or not in its own form.
        """
        found: list[float] = []
        step = self.most_places - 1
        for first in range(0, len(places), step):
            batch = places[first : first + step]
            request = (
                self._osrm(batch, place, away)
                if self.engine == "osrm"
                else self._valhalla(batch, place, away)
            )
            read = _osrm_times if self.engine == "osrm" else _valhalla_times
            found += _one_row(read(self._ask(request)), len(batch), away=away)
        return found

    def _osrm(self, places: Sequence[Position], place: Position, away: bool) -> urllib.request.Request:
        points = ";".join(f"{p.lon:.6f},{p.lat:.6f}" for p in (*places, place))
        many, one = ";".join(str(i) for i in range(len(places))), str(len(places))
        sources, targets = (one, many) if away else (many, one)
        query = f"sources={sources}&destinations={targets}&annotations=duration"
        return urllib.request.Request(f"{self.url.rstrip('/')}/table/v1/driving/{points}?{query}")  # noqa: S310 - checked in the settings

    def _valhalla(self, places: Sequence[Position], place: Position, away: bool) -> urllib.request.Request:
        many, one = [_point(each) for each in places], [_point(place)]
        sources, targets = (one, many) if away else (many, one)
        body = json.dumps({"sources": sources, "targets": targets, "costing": "auto"}).encode()
        headers = {"Content-Type": "application/json"}
        return urllib.request.Request(f"{self.url.rstrip('/')}/sources_to_targets", body, headers)  # noqa: S310 - checked in the settings

    def _ask(self, request: urllib.request.Request) -> object:
        try:
            with _OPENER.open(request, timeout=self.timeout_s) as answer:
                text = answer.read(LARGEST_ANSWER + 1)
        except urllib.error.HTTPError as error:
            raise TableUnavailable(f"HTTP {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise TableUnavailable(safe_text(str(reason) or type(error).__name__, _MESSAGE)) from None
        if len(text) > LARGEST_ANSWER:
            raise TableUnavailable(_("its answer is too long"))
        try:
            said: object = json.loads(text)
        except (ValueError, RecursionError):
            raise TableUnavailable(_("its answer is not JSON")) from None
        return said


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A routing server answers itself; a question with units' places goes nowhere else."""

    def redirect_request(self, *_told: object) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _point(place: Position) -> dict[str, float]:
    return {"lat": round(place.lat, 6), "lon": round(place.lon, 6)}


def _osrm_times(said: object) -> object:
    """{"code": "Ok", "durations": [[seconds or null, ...], ...]}."""
    if not isinstance(said, dict) or said.get("code") != "Ok":
        code = said.get("code", "?") if isinstance(said, dict) else "?"
        raise TableUnavailable(safe_text(str(code), _MESSAGE))
    return said.get("durations")


def _valhalla_times(said: object) -> object:
    """{"sources_to_targets": [[{"time": seconds or null}, ...], ...]}, or its short form with "durations"."""
    found = said.get("sources_to_targets") if isinstance(said, dict) else None
    if isinstance(found, dict):
        return found.get("durations")
    if not isinstance(found, list):
        code = said.get("error", "?") if isinstance(said, dict) else "?"
        raise TableUnavailable(safe_text(str(code), _MESSAGE))
    return [
        [cell.get("time") if isinstance(cell, dict) else cell for cell in row]
        for row in found
        if isinstance(row, list)
    ]


def _one_row(table: object, count: int, *, away: bool) -> list[float]:
    """One row or one column of a table, checked."""
    wrong = TableUnavailable(_("its answer has another shape than what was asked"))
    if not isinstance(table, list) or not all(isinstance(row, list) for row in table):
        raise wrong
    cells = table[0] if away and table else [row[0] if len(row) == 1 else wrong for row in table]
    if len(cells) != count or (away and len(table) != 1):
        raise wrong
    return [_seconds(cell, wrong) for cell in cells]


def _seconds(cell: object, wrong: TableUnavailable) -> float:
    if cell is None:
        return math.nan
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell < math.inf:
        raise wrong
    return float(cell)
