"""Alarms in groups: what nobody has seen stays on top, what was put aside is folded with its time left."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.alarm_groups import Group, followers, group_of, grouped, heading, keys_of, subject_of
from dispatch.console.neighbours import at_work_on
from dispatch.console.present import alarm_columns, alarm_row
from dispatch.console.present_alarms import alarm_lines, counts_line, heading_row
from dispatch.console.present_cells import Cell, Row
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.theme import look
from dispatch.console.waiting import unseen_alarms
from dispatch.console.widgets.board import Board
from dispatch.domain.alarms import Alarm, AlarmId
from dispatch.language import _


def _every(_alarm: Alarm) -> bool:
    return True


_SEEN_BY = frozenset({"alarm", "desk"})


class AlarmsScreen(ConsoleScreen):
    """F6."""

    NAME = "alarms"
    DEFAULT_CSS = """
    AlarmsScreen #counts { height: 1; background: $panel; padding: 0 1; }
    AlarmsScreen #detail {
        height: 4; border-top: solid $faint; background: $surface; padding: 0 1;
    }
    AlarmsScreen.-tall #detail { height: 7; }
    AlarmsScreen.-wide #panes, AlarmsScreen.-wall #panes { layout: horizontal; }
    AlarmsScreen #list { height: 1fr; }
    AlarmsScreen.-wide #list, AlarmsScreen.-wall #list { width: 1fr; height: 1fr; }
    AlarmsScreen.-wide #detail, AlarmsScreen.-wall #detail {
        width: 44; height: 1fr; border-top: none; border-left: solid $faint;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "fold", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#alarms", Board)

    def on_mount(self) -> None:
        self.folded = frozenset({Group.SHELVED, Group.NEIGHBOURS})
        self.groups: dict[Group, list[Alarm]] = grouped((), self.desk.clock.now())
        self.following: list[str] = []
        """Where the cursor goes after an acknowledgement, the nearest first."""
        super().on_mount()

    # -- painting --

    def show_all(self) -> None:
        if not self.ready:
            return
        picture = self.desk.picture
        own, others = (filter(self.console.trade.judge or _every, alarms.by_id.values())
                       for alarms in (picture.alarms, picture.neighbours_alarms))  # fmt: skip
        self.groups = grouped(own, self.desk.clock.now(), others)
        keys = keys_of(self.groups, self.folded)
        self.board.show_keys(keys, self._row, None)
        if self.board.selected is None:
            self._to_worst(keys)
        self.board.show_top()
        self._paint_around()

    def relabel(self) -> None:
        self.board.set_columns(alarm_columns())
        self.board.set_empty(_("No alarm\nA city that goes silent or an old stock count would stand here"))
        self.show_all()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or _SEEN_BY & dirty.keys():
            self.show_all()

    def _row(self, key: str) -> Row | None:
        """The line of a key, made only when it is painted: there may be a thousand."""
        group = heading(key)
        if group is not None:
            return heading_row(group, self.groups[group], group in self.folded)
        alarm = self._known(key)
        return alarm_row(alarm, self.scene, self._working(alarm)) if alarm else None

    def _working(self, alarm: Alarm) -> list[str]:
        return at_work_on(self.desk.picture, alarm.subject, self.desk.seat) if alarm.subject else []

    def _paint_around(self) -> None:
        styles = look(self.app.theme)
        line = Text(no_wrap=True, overflow="ellipsis")
        for cell in counts_line(self.groups):
            line.append(f"{cell.text}  ", styles[cell.style])
        self.add_hints(line, _("F8 acknowledges   z shelves   Enter shows it"))
        self.query_one("#counts", Static).update(line, layout=False)  # its size is fixed
        self._paint_detail()

    def _paint_detail(self) -> None:
        alarm, styles = self.alarm, look(self.app.theme)
        cells: Sequence[Cell] = ()
        if alarm is not None:
            cells = alarm_lines(alarm, self.scene, self._working(alarm))
        text = Text("\n").join(Text(cell.text, styles[cell.style]) for cell in cells)
        self.query_one("#detail", Static).update(text, layout=False)

    def on_board_highlighted(self) -> None:
        self._paint_detail()

    # -- acts --

    @property
    def alarm(self) -> Alarm | None:
        """The alarm under the cursor; None on a heading."""
        return self._known(self.board.selected or "")

    def _known(self, key: str) -> Alarm | None:
        picture, number = self.desk.picture, AlarmId(key)
        return picture.alarms.by_id.get(number) or picture.neighbours_alarms.by_id.get(number)

    def _group_of(self, alarm: Alarm) -> Group | None:
        if alarm.id in self.desk.picture.neighbours_alarms.by_id:
            return Group.NEIGHBOURS
        return group_of(alarm, self.desk.clock.now())

    def selected(self, kind: str) -> str | None:
        alarm = self.alarm
        if alarm is None:
            return None
        if kind == "alarm":
            return alarm.id
        subject = subject_of(alarm, self.desk.picture)
        return subject[1] if subject and subject[0] == kind else None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "alarm":
            return False
        alarm = self._known(key)
        group = self._group_of(alarm) if alarm else None
        if group in self.folded:
            self.folded -= {group}
        self.show_all()
        return self.board.select(key)

    def can(self, act: str) -> str:
        if act == "choose":
            return _("alarms are acknowledged with F8; Enter shows what one is about")
        return "" if act in ("follow", "next", "fold") else super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if act == "follow":
            self.following = followers(self.board.keys, *words)
            return Result(True, "")
        if act == "next":
            self.show_all()
            self._keep_place()
            return Result(True, "")
        if act == "fold":
            self.action_fold()
            return Result(True, "")
        return await super().do(act, *words)

    def _keep_place(self) -> None:
        """To the next alarm below that nobody has seen, else the nearest above, else the first."""
        unseen = {str(alarm.id) for alarm in unseen_alarms(self.desk.picture, self.desk.clock.now())}
        shown = set(self.board.keys)
        key = next((each for each in self.following if each in unseen and each in shown), None)
        if key is None:
            self._to_worst(self.board.keys)
        else:
            self.board.select(key)

    def _to_worst(self, keys: Sequence[str]) -> None:
        """To the first alarm of the list: the one that F8 would take next."""
        first = next((key for key in keys if heading(key) is None), None)
        self.board.select(first or (keys[0] if keys else None))

    def action_fold(self) -> None:
        """Fold or unfold the group under the cursor."""
        group = heading(self.board.selected)
        if group is None and self.alarm is not None:
            group = self._group_of(self.alarm)
        if group is not None:
            self.folded ^= {group}
            self.show_all()
            self.board.select(f"={group}")

    def on_board_chosen(self, event: Board.Chosen) -> None:
        if heading(event.key) is not None:
            self.action_fold()
        else:
            self.post_message(LineTyped(f"about {event.key}"))


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts")
        with Container(id="panes"):
            with Container(id="list"):
                yield Board(id="alarms")
            yield Static("", id="detail")
