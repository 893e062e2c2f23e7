"""Callers and the call taker: incidents are opened at their city's centre; some callers ring again."""

from collections.abc import Callable
from typing import Literal

from dispatch.feed import payloads
from simulators import words
from simulators.assumptions import CallAssumptions
from simulators.commands import Commands
from simulators.engine import Agenda, Rng, Streams
from simulators.keys import Keys
from simulators.scenes import Scene, Scenes
from simulators.words import Words

LOOK_AGAIN_S = 30.0
"""A call that no centre has yet cannot be chased; the caller hears that it is being looked after."""


class Callers:
    """Everybody who rings 120. Each call has a stream of its own, so that nothing else moves it."""

    def __init__(
        self,
        assumed: CallAssumptions,
        agenda: Agenda,
        streams: Streams,
        keys: Keys,
        scenes: Scenes,
        commands: Commands,
        say_words: Words,
    ) -> None:
        self.on_called_off: list[Callable[[Scene], None]] = []
        self._assumed, self._agenda, self._streams, self._keys = assumed, agenda, streams, keys
        self._scenes, self._commands, self._words = scenes, commands, say_words

    def report(self, scene: Scene, cancelled_after_min: float | None = None) -> None:
        """Somebody rings about something new."""
        self._scenes.begin(scene)
        self.open(scene, scene.patients)
        rng, assumed = self._streams.of("caller", *self._scenes.stream_of(scene)), self._assumed
        if rng.random() < assumed.chase.share:
            self._chase_after(scene, rng)
        if rng.random() < assumed.repeat.share:
            self._after(assumed.repeat.minutes.draw(rng), lambda: self._ring_too(scene))
        if cancelled_after_min is not None:
            self._after(cancelled_after_min, lambda: self._call_off(scene))

    def open(self, scene: Scene, patients: int, then: Callable[[], None] | None = None) -> None:
        """Have the centre open it, however often that must be asked; `then` when it stands there."""
        key = self._keys.of(scene.opened_ms, "open", scene.number)

        def answered(response: payloads.Response) -> None:
            if not response.accepted and response.code == "incident_exists":
                self._scenes.renumber(scene, self._scenes.next_number(scene.centre))
                self.open(scene, patients, then)
            elif response.accepted and then is not None:
                then()

        record = payloads.IncidentOpen(scene.opening(patients), self._by)
        self._commands.send(
            scene.centre, scene.centre, "incident.open", record, key, answered, good_for_s=None
        )

    # --- ringing again ----------------------------------------------------------------------------

    def _chase_after(self, scene: Scene, rng: Rng) -> None:
        self._after(self._assumed.chase.minutes.draw(rng), lambda: self._chase(scene, rng))

    def _chase(self, scene: Scene, rng: Rng) -> None:
        """Nobody has come: where is the ambulance? Some ring once more later."""
        if not self._waits(scene):
            return
        self._change(scene, "chase", words.CHASE)
        if rng.random() < self._assumed.chase_again:
            self._chase_after(scene, rng)

    def _ring_too(self, scene: Scene) -> None:
        """Another caller about the same."""
        if scene.outcome is None:
            self._change(scene, "repeat", words.REPEAT)

    def _call_off(self, scene: Scene) -> None:
        """Nobody is needed any more, unless a crew is there by now."""
        if not self._waits(scene):
            return
        if scene.record is None:
            self._agenda.after(LOOK_AGAIN_S, lambda: self._call_off(scene))
            return
        reasons = self._assumed.cancel_reasons
        rng = self._streams.of("called off", *self._scenes.stream_of(scene))
        scene.called_off = reasons[int(rng.integers(len(reasons)))]
        scene.touched_ms = self._agenda.now_ms
        self._change(scene, "note", words.CALLED_OFF)
        for told in self.on_called_off:
            told(scene)

    @staticmethod
    def _waits(scene: Scene) -> bool:
        return scene.outcome is None and scene.first_arrival_ms is None and not scene.called_off

    def _change(self, scene: Scene, act: Literal["chase", "repeat", "note"], text: str) -> None:
        if scene.record is None:
            return
        change = payloads.IncidentChange(scene.number, act, self._by, text=self._words(text))
        key = self._keys.of(self._agenda.now_ms, act, scene.number)
        self._commands.send(scene.centre, scene.centre, "incident.change", change, key)

    def _after(self, minutes: float, do: Callable[[], None]) -> None:
        self._agenda.after(minutes * 60, do)

    @property
    def _by(self) -> payloads.By:
        return payloads.By(self._words(words.CALL_TAKER), "dispatcher")
