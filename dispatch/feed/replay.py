"""Recordings of the OwnTracks recorder (.rec), published again through a broker at their own pace.

A line is `time TAB label TAB JSON`; the label is `*` for a location. Payloads go out as they stand,
so a fix keeps its own time and shows its true age.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dispatch.causes import cause
from dispatch.clock import Clock
from dispatch.domain.errors import DispatchError
from dispatch.feed import owntracks
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import Endpoint
from dispatch.language import _
from dispatch.text import safe_text

LONGEST_LINE = owntracks.SIZE_CAP


class BadRecording(DispatchError):
    """The file cannot be replayed at all; names it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recorded message: when the recorder heard it (aware UTC), its label, its JSON as it stands."""

    number: int
    heard_at: datetime
    label: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """The lines that can be read, in order of the file, and a sentence for each that cannot."""

    lines: tuple[Line, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is."""

    published: int
    of: int
    heard_at: datetime


def read_recording(path: Path) -> Recording:
    """Read a .rec file; BadRecording when it cannot be opened or holds no usable line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadRecording(_("{file} cannot be read: {error}", file=path, error=cause(error))) from None
    lines, faults = [], []
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            lines.append(_line(number, line))
        except ValueError as error:
            faults.append(f"{path.name}:{number}: {safe_text(error)}")
    if not lines:
        raise BadRecording(
            _("{file} holds no recorded message; a line is: time TAB label TAB JSON", file=path)
        )
    return Recording(tuple(lines), tuple(faults))


def _line(number: int, raw: bytes) -> Line:
    """ValueError says what is wrong with the line."""
    if len(raw) > LONGEST_LINE:
        raise ValueError(_("{size} bytes are more than any message", size=len(raw)))
    fields = raw.split(b"\t", 2)
    if len(fields) != 3:
        raise ValueError(_("time, label and JSON must stand apart by TABs"))
    try:
        heard_at = datetime.fromisoformat(fields[0].decode("ascii").strip())
    except ValueError:
        raise ValueError(_("the time is not like 2015-08-24T05:55:07Z")) from None
    if heard_at.tzinfo is None:
        raise ValueError(_("the time has no zone: add Z"))
    if not fields[2].lstrip().startswith(b"{"):
        raise ValueError(_("the third field is no JSON object"))
    return Line(number, heard_at, fields[1].decode("utf-8", "replace").strip(), fields[2])


async def replay(
    recording: Recording,
    publish: Callable[[bytes], Awaitable[None]],
    *,
    speed: float = 1.0,
    progress: Callable[[Progress], None] | None = None,
) -> int:
    """Publish every line at its distance from the first, `speed` times as fast; returns how many."""
    if not speed > 0:
        raise BadRecording(_("the speed must be above 0, not {speed}", speed=speed))
    loop = asyncio.get_running_loop()
    started, first = loop.time(), recording.lines[0].heard_at
    for count, line in enumerate(recording.lines, start=1):
        due = started + (line.heard_at - first).total_seconds() / speed
        if due > loop.time():
            await asyncio.sleep(due - loop.time())
        await publish(line.payload)
        if progress is not None:
            progress(Progress(count, len(recording.lines), line.heard_at))
    return len(recording.lines)


async def replay_file(
    path: Path,
    endpoint: Endpoint,
    unit: str,
    *,
    clock: Clock,
    speed: float = 1.0,
    progress: Callable[[Progress], None] | None = None,
) -> Recording:
    """Publish a recording to the broker of the unit's city as that unit's tracker.

    The console must take replays (`replay = true` in owntracks.toml, or a drill). Returns what was
    read, with its faults. BadRecording, or TransportLost when the broker is not there.
    """
    recording = await asyncio.to_thread(read_recording, path)
    topic = owntracks.replay_topic(unit)
    async with MqttTransport(endpoint, f"replay-{unit}", clock).session(None) as session:

        async def publish(payload: bytes) -> None:
            await session.publish(topic, payload, qos=1)

        await replay(recording, publish, speed=speed, progress=progress)
    return recording
