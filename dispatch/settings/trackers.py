"""owntracks.toml: which phone or tracker is which unit."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.domain.units import Unit
from dispatch.feed.owntracks import OwnTracksMap, Tracker
from dispatch.feed.payloads import DatumCode
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


def load_trackers(units: Sequence[Unit], user_dir: Path | None = None) -> OwnTracksMap:
    """The map of devices; BadConfiguration for an unknown unit or a device named twice."""
    file = TomlFile(config_file("owntracks.toml", user_dir))
    content = file.read(TrackersFile)
    known = {str(unit.id): unit for unit in units}
    by_topic: dict[str, Tracker] = {}
    by_tid: dict[str, Tracker] = {}
    for row, table in enumerate(content.tracker):
        unit = known.get(table.unit)
        if unit is None:
            near = nearest(table.unit, list(known))
            problem = _("{name}: there is no such unit; did you mean: {near}", name=table.unit, near=near)
            raise file.wrong(("tracker", row, "unit"), problem)
        tracker = Tracker(unit.id, unit.city, table.datum)
        for key, name, taken in (("device", table.device, by_topic), ("tid", table.tid, by_tid)):
            if name in taken:
                raise file.wrong(("tracker", row, key), _("{name}: this device stands here twice", name=name))
            if name is not None:
                taken[name] = tracker
        if table.device is None and table.tid is None:
            raise file.wrong(("tracker", row), _("a tracker needs `device` or `tid`"))
    return OwnTracksMap(by_topic=by_topic, by_tid=by_tid, replay=content.replay)
