"""Alarms: those of this console are kept here, those of a city by its centre, for all desks at once."""

from datetime import timedelta

from dispatch.clock import epoch_ms
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import Part
from dispatch.desk.records import by_payload, sayable
from dispatch.domain.alarms import Alarm, AlarmId
from dispatch.domain.errors import DispatchError, MissingField
from dispatch.domain.operators import By, Right
from dispatch.domain.refusals import SENTENCES
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import _


class DeskAlarms(Part):
    """Acknowledging, putting aside, taking back."""

    async def acknowledge(self, alarm_id: AlarmId) -> Outcome:
        """Somebody at this desk has seen an alarm."""
        alarm = self._alarm(alarm_id)
        by = self._demand_for(alarm)
        await self.record("alarm.acknowledged", alarm.id, {}, by)
        if alarm.shared:
            return self._said(await self._tell(alarm, "acknowledge", by), _("acknowledged"))
        seen = self.picture.alarms.acknowledge(alarm.id, self.seat)
        self.picture.changes.mark("alarm", alarm.id)
        return Outcome(seen, _("acknowledged") if seen else _("this alarm is acknowledged already"))

    async def shelve(self, alarm_id: AlarmId, minutes: int, reason: str) -> Outcome:
        """Put an alarm aside for a time, never for good; MissingField without a reason."""
        by, alarm = self.demand(Right.SHELVE), self._alarm(alarm_id)
        most = self.configuration.centre_rules.alarms.shelve_most_min
        if not 1 <= minutes <= most:
            raise DispatchError(_(SENTENCES["no_limit"], most_min=most))
        if not reason.strip():
            raise MissingField(_("reason"), _("an alarm is put aside with one"))
        until = self.clock.now() + timedelta(minutes=minutes)
        detail: dict[str, object] = {"minutes": minutes, "reason": sayable(reason)}
        await self.record("alarm.shelved", alarm.id, detail, by)
        done = _("put aside for {minutes} min", minutes=minutes)
        if alarm.shared:
            result = await self._tell(alarm, "shelve", by, until_ms=epoch_ms(until), reason=reason)
            return self._said(result, done)
        self.picture.alarms.shelve(alarm.id, until)
        self.picture.changes.mark("alarm", alarm.id)
        return Outcome(ok=True, message=done)

    async def unshelve(self, alarm_id: AlarmId) -> Outcome:
        """Take an alarm that was put aside back into sight before its time."""
        by, alarm = self.demand(Right.SHELVE), self._alarm(alarm_id)
        await self.record("alarm.unshelved", alarm.id, {}, by)
        done = _("the alarm is in sight again")
        if alarm.shared:
            return self._said(await self._tell(alarm, "unshelve", by), done)
        self.picture.alarms.shelve(alarm.id, self.clock.now())
        self.picture.changes.mark("alarm", alarm.id)
        return Outcome(ok=True, message=done)

    # --- within --------------------------------------------------------------------------------

    def _alarm(self, alarm_id: AlarmId) -> Alarm:
        alarm = self.picture.alarms.by_id.get(alarm_id)
        if alarm is None:
            raise DispatchError(_(SENTENCES["unknown_alarm"]))
        return alarm

    def _demand_for(self, alarm: Alarm) -> By:
        """Who may see it: the alarms of this console also whoever works with blood."""
        if self.kit.seat.why_not_acknowledge(alarm):
            return self.demand(Right.ALARM)
        return self.by

    async def _tell(
        self, alarm: Alarm, act: str, by: By, *, until_ms: int | None = None, reason: str = ""
    ) -> CommandResult:
        if alarm.city is None:
            raise DispatchError(_(SENTENCES["unknown_alarm"]))
        number = alarm.id.removeprefix(f"{alarm.city}/")
        order = payloads.AlarmAct(
            alarm=number,
            act="acknowledge" if act == "acknowledge" else "shelve" if act == "shelve" else "unshelve",
            by=by_payload(by),
            until=until_ms,
            reason=sayable(reason),
        )
        return await self.command(alarm.city, "alarm.act", order, "alarm.told", alarm.id, act=act)

    def _said(self, result: CommandResult, done: str) -> Outcome:
        return outcome_of(self.configuration, result, done, _("no answer: the alarm stands as it was"))
