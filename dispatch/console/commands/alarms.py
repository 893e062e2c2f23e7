"""Commands of the alarm side."""

from collections.abc import Iterable

from dispatch.console.commands.base import GROUPS, Arg, Command
from dispatch.console.commands.readers import Numbered
from dispatch.console.ports import Console, Desk
from dispatch.console.present import alarm_sentence
from dispatch.console.results import Misread, Result
from dispatch.console.waiting import unseen_alarms
from dispatch.domain.alarms import AlarmId
from dispatch.language import N_, _


def alarm_ids(desk: Desk) -> Iterable[tuple[str, str]]:
    picture = desk.picture
    waiting = unseen_alarms(picture)
    return ((alarm.id, alarm_sentence(alarm, picture.cities, picture.banks)) for alarm in waiting)


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
        return "" if unseen_alarms(console.desk.picture) else _("every alarm is acknowledged")

    async def run(self, console: Console) -> Result:
        picture = console.desk.picture
        waiting = [str(alarm.id) for alarm in unseen_alarms(picture)]
        if not waiting:
            raise Misread(_("every alarm is acknowledged"))
        under_cursor = console.selected("alarm")
        given = self.text("alarm") or (under_cursor if under_cursor in waiting else waiting[0])
        alarm = picture.alarms.by_id[AlarmId(given)]
        outcome = await console.desk.acknowledge(alarm.id)
        sentence = alarm_sentence(alarm, picture.cities, picture.banks)
        return Result(outcome.ok, f"{sentence}: {outcome.message}")
