"""Tracks into Parquet: a file for each whole day (China) of a city. Where somebody was is about persons."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from dispatch.clock import CHINA, epoch_ms, from_epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.tracks.read import Tracks
from dispatch.tracks.store import day_begins
from dispatch.warehouse.manifest import Manifest, Part
from dispatch.warehouse.tables import TRACKS, digest_of, write_parquet, writer_name


@dataclass(frozen=True, slots=True)
class Driven:
    """What an export of one file of tracks came to; `fresh` files were written now."""

    city: str
    parts: tuple[Part, ...]
    fresh: int

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.parts)


def export_tracks(file: Path, folder: Path, edition: str) -> Driven:
    """Every day that is over: a later one has positions. DispatchError: it cannot be read or written."""
    parts, fresh, manifest = list[Part](), 0, Manifest(folder)
    with closing(Tracks(file)) as tracks:
        if not tracks.city:
            raise DispatchError(_("{file} does not say of which city it is", file=file))
        units = tracks.units()
        for day in _days(tracks):
            part = _part(tracks, day, edition)
            known = manifest.holds(part) or _longer(manifest, part)
            if known is None:
                known = _write(tracks, units, folder, part)
                manifest.put(known)
                fresh += 1
            parts.append(known)
    return Driven(tracks.city, tuple(parts), fresh)


def _days(tracks: Tracks) -> Iterator[datetime]:
    """Midnights of the days that are over, oldest first."""
    held = tracks.held()
    if not held:
        return
    day = day_begins(from_epoch_ms(min(one.first_ms for one in held)))
    newest = day_begins(from_epoch_ms(max(one.last_ms for one in held)))
    while day < newest:
        yield day
        day += timedelta(days=1)


def _part(tracks: Tracks, day: datetime, edition: str) -> Part:
    first, last = epoch_ms(day), epoch_ms(day + timedelta(days=1)) - 1
    kind = "drill" if tracks.drill else "real"
    name = f"tracks/city={tracks.city}/{kind}-{day.astimezone(CHINA):%Y-%m-%d}.parquet"
    rows = tracks.count(first, last + 1)
    return Part(
        file=name, schema=TRACKS.schema_name, log=f"{tracks.city}-tracks", first=first, last=last, rows=rows,
        head=str(rows), personal=True, sealed=True, edition=edition, writer=writer_name(),
    )  # fmt: skip


def _longer(manifest: Manifest, part: Part) -> Part | None:
    """A day that was exported before some of it was deleted here stays as it was."""
    known = manifest.parts.get(part.file)
    if known is None or known.rows <= part.rows:
        return None
    return manifest.holds(replace(part, rows=known.rows, head=known.head))


def _write(tracks: Tracks, units: list[str], folder: Path, part: Part) -> Part:
    said = {"czt.city": tracks.city, "czt.personal": "true", "czt.edition": part.edition}
    count = write_parquet(folder / part.file, TRACKS, _rows(tracks, units, part), said)
    if count != part.rows:
        (folder / part.file).unlink()
        raise DispatchError(
            _("{found} of {rows} rows were found in {file}", found=count, rows=part.rows, file=tracks.path)
        )
    return replace(part, sha256=digest_of(folder / part.file))


def _rows(tracks: Tracks, units: list[str], part: Part) -> Iterator[dict[str, object]]:
    for unit in units:
        for fix in tracks.of(unit, part.first, part.last + 1):
            yield {
                "unit": unit,
                "ts": fix.at_ms,
                "lat": fix.lat,
                "lon": fix.lon,
                "joined": fix.joined,
                "city": tracks.city,
                "drill": tracks.drill,
            }
