"""Where vehicles were at a moment of a replay, as their centres kept it."""

from collections.abc import Sequence

from dispatch.replay.scene import Scene
from dispatch.tracks.read import Tracks


class Driven:
    """The tracks beside the logs; a vehicle without one stays where its state alone puts it."""

    def __init__(self, tracks: Sequence[Tracks]) -> None:
        self._tracks = {one.city: one for one in tracks}

    def place(self, scene: Scene, at_ms: int) -> None:
        """Put every vehicle where it was, or was heard last."""
        fleet = scene.picture.fleet
        for row, unit in enumerate(fleet.units):
            tracks = self._tracks.get(unit.city)
            was = None if tracks is None else tracks.at(unit.id, at_ms)
            if was is None or was.fixed_ms < fleet.fixed_ms[row]:
                continue
            if (fleet.lat[row], fleet.lon[row], fleet.fixed_ms[row]) != was:
                fleet.lat[row], fleet.lon[row] = was.lat, was.lon
                fleet.fixed_ms[row] = fleet.received_ms[row] = was.fixed_ms
                scene.picture.changes.mark("unit", unit.id)

    def close(self) -> None:
        """Let go of the files."""
        for one in self._tracks.values():
            one.close()
