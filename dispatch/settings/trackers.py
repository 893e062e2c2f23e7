"""owntracks.toml and trackers.toml: which phone or tracker is which unit."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.domain.units import Unit
from dispatch.feed.payloads import DatumCode
from dispatch.feed.trackers import Tracker, TrackerMap
from dispatch.language import _
from dispatch.settings.complaints import nearest
from dispatch.settings.files import TomlFile, config_file


class TrackerTable(Frozen):
    """One device, named by its topic below owntracks/ ("user/device") or by its tracker id."""

    device: str | None = Field(default=None, pattern=r"^[^/+#]+/[^/+#]+$")
    tid: str | None = Field(default=None, min_length=1, max_length=8)
    unit: str
    datum: DatumCode = "wgs84"


class TrackersFile(Frozen):
    """owntracks.toml."""

    replay: bool
    tracker: tuple[TrackerTable, ...] = ()


class DeviceTable(Frozen):
    """One device by the name that its server gives it."""

    id: str = Field(min_length=1, max_length=128)
    unit: str
    datum: DatumCode = "wgs84"


class DevicesFile(Frozen):
    """trackers.toml: `id` is the unique identifier in Traccar, the object id in Home Assistant."""

    traccar: tuple[DeviceTable, ...] = ()
    home_assistant: tuple[DeviceTable, ...] = ()


def load_trackers(units: Sequence[Unit], user_dir: Path | None = None) -> TrackerMap:
    """The map of devices; BadConfiguration for an unknown unit or a device named twice."""
    file = TomlFile(config_file("owntracks.toml", user_dir))
    content = file.read(TrackersFile)
    known = {str(unit.id): unit for unit in units}
    by_topic: dict[str, Tracker] = {}
    by_tid: dict[str, Tracker] = {}
    for row, table in enumerate(content.tracker):
        tracker = _tracker(file, known, ("tracker", row), table)
        for key, name, taken in (("device", table.device, by_topic), ("tid", table.tid, by_tid)):
            if name is not None:
                _put(file, ("tracker", row, key), name, tracker, taken)
        if table.device is None and table.tid is None:
            raise file.wrong(("tracker", row), _("a tracker needs `device` or `tid`"))
    return TrackerMap(by_topic, by_tid, content.replay, **_devices(known, user_dir))


def _devices(known: dict[str, Unit], user_dir: Path | None) -> dict[str, dict[str, Tracker]]:
    file = TomlFile(config_file("trackers.toml", user_dir))
    content = file.read(DevicesFile)
    found: dict[str, dict[str, Tracker]] = {}
    for server, tables in (("traccar", content.traccar), ("home_assistant", content.home_assistant)):
        taken = found.setdefault(f"by_{server}", {})
        for row, table in enumerate(tables):
            _put(file, (server, row, "id"), table.id, _tracker(file, known, (server, row), table), taken)
    return found


def _tracker(
    file: TomlFile, known: dict[str, Unit], at: tuple[str | int, ...], table: TrackerTable | DeviceTable
) -> Tracker:
    unit = known.get(table.unit)
    if unit is None:
        near = nearest(table.unit, list(known))
        problem = _("{name}: there is no such unit; did you mean: {near}", name=table.unit, near=near)
        raise file.wrong((*at, "unit"), problem)
    return Tracker(unit.id, unit.city, table.datum)


def _put(
    file: TomlFile, at: tuple[str | int, ...], name: str, tracker: Tracker, taken: dict[str, Tracker]
) -> None:
    if name in taken:
        raise file.wrong(at, _("{name}: this device stands here twice", name=name))
    taken[name] = tracker
