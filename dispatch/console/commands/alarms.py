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
    cities = desk.picture.cities
    return ((alarm.id, alarm_sentence(alarm, cities)) for alarm in unseen_alarms(desk.picture))


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
        return Result(outcome.ok, f"{alarm_sentence(alarm, picture.cities)}: {outcome.message}")
