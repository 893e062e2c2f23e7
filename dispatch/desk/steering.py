"""Leading the drill from this desk: what happens in it, events let happen now, its pace."""

import json
from collections.abc import Mapping

from pydantic import ValidationError

from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit, Part, Reins
from dispatch.domain.drills import Course
from dispatch.domain.errors import DispatchError
from dispatch.domain.operators import Right
from dispatch.language import _
from dispatch.text import safe_text


class Steering(Part):
    """Every act is in the audit log before it is asked for, and once more with what came of it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.course: Course | None = None
        """How the drill stood when it was looked at last."""
        self.trouble = ""
        """Why it cannot be looked at, as one sentence."""

    async def refresh(self) -> None:
        """Look at the drill; what cannot be had is said in `trouble`."""
        self.trouble = self.may(Right.DRILL)
        if self.trouble:
            self.course = None
            return
        try:
            answer = await self._reins().ask("look")
            self.course = Course.model_validate_json(json.dumps(answer["course"]))
        except (DispatchError, KeyError, ValidationError) as error:
            self.trouble = str(error)

    async def inject(self, event: Mapping[str, object]) -> Outcome:
        """Let an event happen now, or at its `at_min`."""
        answer = await self._act("inject", str(event.get("kind", "")), event=dict(event))
        now = f"{float(str(answer.get('at_min', 0))):.1f}"
        return Outcome(ok=True, message=_("it happens at minute {minute} of the drill", minute=now))

    async def end(self, key: str) -> Outcome:
        """End an event before its time, or call it off before it happens."""
        answer = await self._act("end", key, key=key)
        if answer.get("called_off"):
            return Outcome(ok=True, message=_("{key} is called off: it will not happen", key=key))
        return Outcome(ok=True, message=_("{key} is ended", key=key))

    async def pause(self) -> Outcome:
        await self._act("pause", "")
        return Outcome(ok=True, message=_("the drill stands still in a second, for everybody in it"))

    async def resume(self) -> Outcome:
        answer = await self._act("resume", "")
        return Outcome(
            ok=True, message=_("the drill goes on, at {speed} times the clock", speed=_speed(answer))
        )

    async def run_at(self, speed: float) -> Outcome:
        """`speed`: drill seconds in a machine second."""
        answer = await self._act("speed", f"{speed:g}", speed=speed)
        return Outcome(ok=True, message=_("the drill runs at {speed} times the clock", speed=_speed(answer)))

    async def _act(self, act: str, target: str, **more: object) -> Mapping[str, object]:
        """Log it, ask for it, log what came of it; NotAllowed for whoever may not."""
        by, reins = self.demand(Right.DRILL), self._reins()
        asked = {name: json.dumps(value, ensure_ascii=False) for name, value in more.items()}
        await self.record(f"drill.{act}", target, asked)
        try:
            answer = await reins.ask(act, by.operator, **more)
        except DispatchError as error:
            await self.record("drill.told", target, {"act": act, "ok": 0, "reason": safe_text(str(error))})
            raise
        told = {name: json.dumps(value, ensure_ascii=False) for name, value in answer.items() if name != "ok"}
        await self.record("drill.told", target, {"act": act, "ok": 1, **told})
        await self.refresh()
        return answer

    def _reins(self) -> Reins:
        if self.kit.reins is None:
            raise DispatchError(_("this is no drill that can be led from here"))
        return self.kit.reins


def _speed(answer: Mapping[str, object]) -> str:
    return f"{float(str(answer.get('speed', 1))):g}"
