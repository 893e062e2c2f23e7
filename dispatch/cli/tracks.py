"""`czt tracks`: where vehicles drove, out of a centre's tracks.db."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.audit_options import Since, Until, in_china
from dispatch.cli.times import local_time
from dispatch.clock import epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text
from dispatch.tracks.geojson import features
from dispatch.tracks.read import Tracks

_EVER_MS = (0, 2**53)


def tracks(
    file: Annotated[Path, typer.Argument(help=_("a centre's tracks, a file such as tracks.db"))],
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help=_("the positions of this vehicle; may be repeated"))
    ] = None,
    since: Since = None,
    until: Until = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    as_geojson: Annotated[
        bool, typer.Option("--geojson", help=_("print lines for a map as GeoJSON"))
    ] = False,
) -> None:
    """Without --unit: what is held of each. It tells where crews were: look only with a need to."""
    span = (_ms(since, _EVER_MS[0]), _ms(until, _EVER_MS[1]))
    with closing(Tracks(file)) as held:
        known = held.units()
        if strangers := [one for one in unit or () if one not in known]:
            raise DispatchError(
                _(
                    "{file} holds no position of {unit}; it holds those of: {units}",
                    file=file,
                    unit=safe_text(strangers[0]),
                    units=", ".join(known) or "-",
                )
            )
        if as_geojson:
            found = [one for name in unit or known for one in features(name, held.of(name, *span))]
            typer.echo(json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False))
            return
        lines = _positions(held, unit, span, as_json=as_json) if unit else _list(held, as_json=as_json)
        for line in lines:
            typer.echo(line)


def _ms(moment: datetime | None, otherwise: int) -> int:
    typed = in_china(moment)
    return otherwise if typed is None else epoch_ms(typed)


def _list(held: Tracks, *, as_json: bool) -> Iterator[str]:
    for one in held.held():
        if as_json:
            yield json.dumps({"city": held.city, "drill": held.drill, **asdict(one)}, ensure_ascii=False)
            continue
        yield _(
            "{unit}  {count} positions, {first} to {last}",
            unit=f"{safe_text(one.unit):<8}",
            count=f"{one.fixes:>7}",
            first=local_time(one.first_ms),
            last=local_time(one.last_ms),
        )


def _positions(held: Tracks, units: list[str], span: tuple[int, int], *, as_json: bool) -> Iterator[str]:
    for unit in units:
        for fix in held.of(unit, *span):
            if as_json:
                yield json.dumps({"unit": unit, **asdict(fix)}, ensure_ascii=False)
                continue
            broken = "" if fix.joined else "  " + _("not heard before that")
            yield f"{safe_text(unit):<8} {local_time(fix.at_ms)}  {fix.lat:9.6f} {fix.lon:10.6f}{broken}"
