"""The ranking: an order that holds still, choices by key, refusals with their reason."""

import pytest

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_ranking import RankingTable
from dispatch.console.widgets.ranking import RankingView
from tests.console.widgets.harness import OneWidget, lines, strips
from tests.console.widgets.scenes import HOSTILE

COLUMNS = (Column("rank", "序", 4), Column("name", "车辆", 8), Column("why", "理由", None))


class Heard(OneWidget):
    def on_ranking_view_chosen(self, message: RankingView.Chosen) -> None:
        self.hear(message)

    def on_ranking_view_refused(self, message: RankingView.Refused) -> None:
        self.hear(message)


def ranked(key: str, rank: int, why: str = "到达最快") -> Row:
    return Row(key, (Cell(f" {rank}", sort=float(rank)), Cell(key), Cell(why)))


def table(rows: list[Row], subject: str = "CS-1124-0001", **refused: str) -> RankingTable:
    details = {row.key: (Cell(f"理由 {row.key}"),) for row in rows}
    return RankingTable(
        subject, COLUMNS, {row.key: row for row in rows}, details, refused, (Cell("截至 02:13:42"),)
    )


async def test_it_opens_on_rank_one_with_its_reasons() -> None:
    widget = RankingView()
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(table([ranked("CS-001", 1), ranked("CS-002", 2)]))
        await pilot.pause()
        text = "\n".join(lines(app))
        assert widget.selected == "CS-001"
        assert "理由 CS-001" in text
        assert "截至 02:13:42" in text


async def test_a_new_ranking_of_the_same_subject_never_moves_the_row_under_the_operator() -> None:
    widget = RankingView()
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(table([ranked("CS-001", 1), ranked("CS-002", 2)]))
        widget.board.focus()
        await pilot.press("down")
        widget.show(table([ranked("CS-002", 1), ranked("CS-001", 2)]))
        assert widget.board.keys == ["CS-001", "CS-002"]
        await pilot.press("enter")
        chosen = [(m.key, m.rank) for m in app.heard if isinstance(m, RankingView.Chosen)]
        assert chosen == [("CS-002", 1)]
        widget.show(table([ranked("CS-002", 1), ranked("CS-001", 2)]), anew=True)
        assert widget.board.keys == ["CS-002", "CS-001"]
        assert widget.selected == "CS-002"


async def test_a_ranking_shown_before_the_screen_is_there_is_shown_when_it_is() -> None:
    widget = RankingView()
    widget.show(table([ranked("CS-001", 1)]))
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "理由 CS-001" in "\n".join(lines(app))


async def test_another_subject_starts_anew_at_rank_one() -> None:
    widget = RankingView()
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(table([ranked("CS-001", 1), ranked("CS-002", 2)]))
        widget.show(table([ranked("CS-009", 1)], subject="CS-1124-0002"))
        await pilot.pause()
        assert (widget.board.keys, widget.selected) == (["CS-009"], "CS-009")


async def test_what_was_left_out_is_refused_with_its_reason() -> None:
    widget = RankingView()
    app = Heard(widget)
    rows = [ranked("CS-001", 1), Row("CS-002", (Cell("x"), Cell("CS-002"), Cell("离线")), "excluded")]
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(table(rows, **{"CS-002": "湘潭离线"}))
        widget.board.focus()
        await pilot.press("down", "enter")
        assert [(m.key, m.why) for m in app.heard if isinstance(m, RankingView.Refused)] == [
            ("CS-002", "湘潭离线")
        ]
        assert not [m for m in app.heard if isinstance(m, RankingView.Chosen)]


async def test_nobody_to_send_shows_the_notes_and_takes_enter() -> None:
    widget = RankingView(empty="无车可派")
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(table([]))
        widget.board.focus()
        await pilot.press("enter", "down")
        await pilot.pause()
        assert "无车可派" in "\n".join(lines(app))
        assert app.heard == []


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_texts_are_inert_in_a_ranking(text: str) -> None:
    widget = RankingView()
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        made = table([ranked("CS-001", 1, text)])
        widget.show(
            RankingTable(
                made.subject, COLUMNS, made.by_key, {"CS-001": (Cell(text), Cell(text))}, {}, (Cell(text),)
            )
        )
        await pilot.click(RankingView, offset=(2, 0))
        await pilot.pause()
        assert all(line.isprintable() for line in lines(app))
        assert {strip.cell_length for strip in strips(app)} == {80}
        assert not any(s.style and "@click" in (s.style.meta or {}) for strip in strips(app) for s in strip)
