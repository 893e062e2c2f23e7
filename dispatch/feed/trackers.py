"""Which phone or tracker is which unit, whatever it speaks."""

from dataclasses import dataclass, field

from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import home_assistant, owntracks, traccar
from dispatch.feed.payloads import DatumCode

ROOTS = tuple(f"{root}/" for root in (owntracks.ROOT, traccar.ROOT, home_assistant.ROOT))
"""How the topics begin that trackers use."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """Which unit carries a device, and what its coordinates are in."""

    unit: UnitId
    city: CityCode
    datum: DatumCode = "wgs84"


@dataclass(frozen=True, slots=True)
class TrackerMap:
    """Devices to units. OwnTracks: by topic ("user/device") first, then by `tid`; Traccar: by the device's
    own identifier; Home Assistant: by the object id.

    With `replay` on, `owntracks/replay/<UNIT>` is that unit: `czt feed replay FILE --as UNIT`. Leave
    it off in real operation, where any program that may write there could move any unit.
    """

    by_topic: dict[str, Tracker] = field(default_factory=dict)
    by_tid: dict[str, Tracker] = field(default_factory=dict)
    replay: bool = False
    by_traccar: dict[str, Tracker] = field(default_factory=dict)
    by_home_assistant: dict[str, Tracker] = field(default_factory=dict)

    def filters(self) -> tuple[str, ...]:
        """What a link subscribes to for them: OwnTracks always, the others where a device is configured."""
        more = ((traccar.FILTER, self.by_traccar), (home_assistant.FILTER, self.by_home_assistant))
        return (owntracks.FILTER, *(filter_ for filter_, devices in more if devices))

    def tracker(self, topic: str, tid: str | None) -> Tracker | None:
        """Who sends on this topic (with its `owntracks/`); None when nobody is configured."""
        device = "/".join(topic.split("/")[1:3])  # events come one level below: user/device/event
        found = self.by_topic.get(device)
        if found is None and tid is not None:
            found = self.by_tid.get(tid)
        return found
