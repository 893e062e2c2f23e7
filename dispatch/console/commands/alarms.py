"""Commands of the alarm side."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import cast

from dispatch.console.alarm_groups import subject_of
from dispatch.console.choices import city_said
from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Numbered, Whole, Words
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.shelve import ShelveDialog, Shelving
from dispatch.console.ports import Console, Desk, Outcome
from dispatch.console.present import alarm_sentence
from dispatch.console.reasons import code_of, saying
from dispatch.console.results import Misread, Result
from dispatch.console.waiting import unseen_alarms, worst_unseen
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.operators import Right
from dispatch.language import N_, _

_AT_ONCE = 16
"""Acknowledgements that are under way at the same time: each is written to the disk and answered."""


def alarm_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """Those that nobody has acknowledged."""
    return _named(unseen_alarms(desk.picture, desk.clock.now()), desk)


def listed_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """Every alarm that stands."""
    return _named(desk.picture.alarms.listed(), desk)


def shelved_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    """Those that are put aside."""
    now = desk.clock.now()
    return _named([a for a in desk.picture.alarms.listed() if a.shelved(now)], desk)


def _named(alarms: Sequence[Alarm], desk: Desk) -> Iterable[tuple[str, str]]:
    return ((alarm.id, sentence(alarm, desk)) for alarm in alarms)


def sentence(alarm: Alarm, desk: Desk) -> str:
    """What is wrong, in the language in use."""
    return alarm_sentence(
        alarm, desk.picture.cities, desk.picture.banks, saying(desk), desk.picture.hospitals
    )


def _unseen(console: Console) -> list[Alarm]:
    """Those of the trade of whoever sits here that nobody has acknowledged."""
    desk = console.desk
    return unseen_alarms(desk.picture, desk.clock.now(), console.trade.judge)


def _own(console: Console) -> list[Alarm]:
    """This console's own alarms (links, counts): whoever sits here may acknowledge them."""
    return [alarm for alarm in _unseen(console) if not alarm.shared]


class Acknowledge(Command):
    verbs = ("ack", "确认", "queren")
    title = N_("Acknowledge")
    help = N_("Acknowledges one alarm: the one under the cursor, else the one in the alarm line.")
    group = GROUPS[2]
    args = (Arg("alarm", N_("alarm"), Numbered(alarm_ids), "city_offline:xiangtan", required=False),)
    example = "ack"

    def label(self) -> str:
        return _("Ack")

    def why_not(self, console: Console) -> str:
        desk = console.desk
        if worst_unseen(desk.picture, desk.clock.now(), console.trade.judge)[0] is None:
            return _("every alarm is acknowledged")
        refusal = desk.may(Right.ALARM)
        return "" if refusal and _own(console) else refusal

    async def run(self, console: Console) -> Result:
        desk = console.desk
        known = _own(console) if desk.may(Right.ALARM) else _unseen(console)
        waiting = [str(alarm.id) for alarm in known]
        if not waiting:
            raise Misread(_("every alarm is acknowledged"))
        under_cursor = console.selected("alarm")
        if under_cursor in desk.picture.neighbours_alarms.by_id and not self.text("alarm"):
            city = desk.picture.neighbours_alarms.by_id[AlarmId(under_cursor)].city
            raise Misread(_("only {city} can do this", city=city_said(console, city or "")))
        given = self.text("alarm") or (under_cursor if under_cursor in waiting else waiting[0])
        alarm = desk.picture.alarms.by_id[AlarmId(given)]
        said = sentence(alarm, desk)
        listed = console.screen_name == "alarms"
        if listed:
            await console.do("follow", alarm.id)
        outcome = await desk.acknowledge(alarm.id)
        if outcome.ok and listed:
            await console.do("next")
        return Result(outcome.ok, _("{what}: {problem}", what=said, problem=outcome.message))


class AcknowledgeAll(Command):
    verbs = ("ackall", "全部确认", "quanbuqueren")
    title = N_("Acknowledge all advisory alarms")
    help = N_("Acknowledges every advisory alarm at once, after a question that names how many there are.")
    group = GROUPS[2]
    right = Right.ALARM
    example = "ackall"

    async def run(self, console: Console) -> Result:
        waiting = advisory(console.desk)
        if not waiting:
            raise Misread(_("no advisory alarm waits"))

        def nouns() -> list[str]:
            first = [sentence(alarm, console.desk) for alarm in waiting[:3]]
            said = [_("{count} advisory alarms are acknowledged", count=len(waiting)), *first]
            more = len(waiting) - len(first)
            return [*said, _("and {count} more", count=more)] if more else said

        if not await console.ask(YesNoDialog(lambda: _("Acknowledge all"), nouns)):
            return Result(False, _("no alarm was acknowledged"))
        return await self._acknowledge(console, waiting)

    @staticmethod
    async def _acknowledge(console: Console, waiting: Sequence[Alarm]) -> Result:
        """Those that were asked about, not those that came while the question stood; stop where one fails."""
        done = 0
        for at in range(0, len(waiting), _AT_ONCE):
            acts = [console.desk.acknowledge(alarm.id) for alarm in waiting[at : at + _AT_ONCE]]
            outcomes: list[Outcome] = await asyncio.gather(*acts)
            done += sum(outcome.ok for outcome in outcomes)
            failed = next((outcome for outcome in outcomes if not outcome.ok), None)
            if failed is not None:
                facts = {"done": done, "count": len(waiting), "why": failed.message}
                return Result(False, _("{done} of {count} acknowledged, then: {why}", **facts))
        return Result(True, _("{count} advisory alarms acknowledged", count=done))


def advisory(desk: Desk) -> list[Alarm]:
    """Advisory alarms that nobody has acknowledged, those put aside left out."""
    waiting = unseen_alarms(desk.picture, desk.clock.now())
    return [alarm for alarm in waiting if alarm.severity is Severity.ADVISORY]


class Shelve(Command):
    verbs = ("shelve", "搁置", "gezhi")
    title = N_("Shelve an alarm")
    help = N_(
        "Puts the alarm under the cursor aside for so many minutes with a reason: neither seen nor heard, "
        "but counted. Without minutes and reason it asks for them."
    )
    group = GROUPS[2]
    right = Right.SHELVE
    args = (
        Arg("alarm", N_("alarm"), Numbered(listed_ids), "bank_stale:ZZ-B-CENTRE", required=False),
        Arg("minutes", N_("minutes"), Whole("min|m|分|分钟", most=1440), "30", required=False),
        Arg("reason", N_("reason"), Words(), "等待维修", required=False, rest=True),
    )
    example = "shelve 30 等待维修"

    async def run(self, console: Console) -> Result:
        desk = console.desk
        alarm = desk.picture.alarms.by_id.get(AlarmId(self.text("alarm") or console.selected("alarm") or ""))
        if alarm is None or alarm.state is AlarmState.CLEARED:
            raise Misread(_("name the alarm, or put the cursor on it (F6)"))
        words = desk.configuration.incident_words.shelve
        minutes, reason = cast("int | None", self.fields.get("minutes")), self.text("reason")
        if minutes is None or not reason:
            most_min = desk.configuration.centre_rules.alarms.shelve_most_min
            form = ShelveDialog(sentence(alarm, desk), words, most_min, minutes, reason)
            asked = await console.ask(form)
            if not isinstance(asked, Shelving):
                return Result(False, _("no alarm was shelved"))
            minutes, reason = asked.minutes, asked.reason
        outcome = await desk.shelve(alarm.id, minutes, code_of(reason, words))
        return Result(outcome.ok, _("{what}: {problem}", what=sentence(alarm, desk), problem=outcome.message))


class Unshelve(Command):
    verbs = ("unshelve", "取消搁置", "quxiaogezhi")
    title = N_("Take an alarm back into sight")
    help = N_("Ends the shelving of the alarm under the cursor before its time.")
    group = GROUPS[2]
    right = Right.SHELVE
    args = (Arg("alarm", N_("alarm"), Numbered(shelved_ids), "bank_stale:ZZ-B-CENTRE", required=False),)
    example = "unshelve"

    async def run(self, console: Console) -> Result:
        desk = console.desk
        given = AlarmId(self.text("alarm") or console.selected("alarm") or "")
        alarm = desk.picture.alarms.by_id.get(given)
        if alarm is None or not alarm.shelved(desk.clock.now()):
            raise Misread(_("put the cursor on a shelved alarm (F6, unfold with Enter)"))
        outcome = await desk.unshelve(alarm.id)
        return Result(outcome.ok, _("{what}: {problem}", what=sentence(alarm, desk), problem=outcome.message))


class MuteBell(Command):
    verbs = ("mute", "静音", "jingyin")
    title = N_("Mute the bell")
    help = N_(
        "Silences the bell of this console for some minutes; nothing is hidden, and it ends by itself. "
        "0 lets it be heard again."
    )
    group = GROUPS[2]
    args = (Arg("minutes", N_("minutes"), Whole("min|m|分|分钟", least=0, most=240), "10", required=False),)
    example = "mute 10"
    lines = ("mute", "mute 0")

    async def run(self, console: Console) -> Result:
        held = console.mute(cast("int | None", self.fields.get("minutes")))
        if not held:
            return Result(True, _("The bell is heard again"))
        return Result(True, _("The bell is silent for {minutes} min, then it is heard again", minutes=held))


class About(Command):
    verbs = ("about", "相关", "xiangguan")
    title = N_("What an alarm is about")
    help = N_("Goes from an alarm to the incident, unit, request or blood bank that it is about.")
    group = GROUPS[2]
    args = (Arg("alarm", N_("alarm"), Numbered(listed_ids), "bank_stale:ZZ-B-CENTRE", required=False),)
    example = "about"

    async def run(self, console: Console) -> Result:
        picture = console.desk.picture
        number = AlarmId(self.text("alarm") or console.selected("alarm") or "")
        alarm = picture.alarms.by_id.get(number) or picture.neighbours_alarms.by_id.get(number)
        if alarm is None:
            raise Misread(_("name the alarm, or put the cursor on it (F6)"))
        subject = subject_of(alarm, picture)
        if subject is None:
            return Result(False, _("it is about nothing that can be shown"))
        shown = await console.show(*subject)
        return Result(shown, sentence(alarm, console.desk))
