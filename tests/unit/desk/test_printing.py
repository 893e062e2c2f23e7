"""Documents on paper: text and page say the same, nothing is active, a missing printer is said."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch import language
from dispatch.desk.document import Document, Table, as_html, as_text
from dispatch.desk.paper_out import NotPrinted, print_out, write
from dispatch.desk.slips import order_slip, stock_statement
from dispatch.domain.blood_orders import BloodOrderId
from dispatch.settings.printing import PrintingRules, load_printing
from dispatch.text import cell_width
from tests.console.blood_centre import blood_desk

SLIP = Document(
    name="slip",
    language="zh_CN",
    title="发血单",
    facts=(("血单", "CS-1"), ("收血单位", "<b>湘雅</b> & 医院")),
    tables=(Table("批次", ("成分", "数量"), (("悬浮红细胞", "4"), ("冷沉淀", "12"))),),
    signed=("装箱人",),
    drill="演练",
)


def test_text_and_page_say_the_same_and_what_came_from_outside_stays_text() -> None:
    text, page = as_text(SLIP), as_html(SLIP)
    for words in ("演练", "发血单", "CS-1", "悬浮红细胞", "12", "装箱人"):
        assert words in text
        assert words in page
    assert "<b>湘雅" not in page
    assert "&lt;b&gt;湘雅&lt;/b&gt; &amp; 医院" in page
    assert "http" not in page
    assert "<script" not in page
    heads, _rule, first, second = text.splitlines()[-7:-3]
    assert {cell_width(line[: line.index(number)]) for line, number in ((first, "4"), (second, "12"))} == {
        cell_width(heads[: heads.index("数量")])
    }, "wide characters leave their columns straight"


def test_a_slip_tells_the_order_its_lots_and_its_custody_in_both_languages() -> None:
    desk = blood_desk()
    order = desk.picture.blood_orders[BloodOrderId("CS-B1-1126-091000-3")]
    for speech, words in (
        (
            "zh_CN",
            ("发血单", "长沙血液中心", "悬浮红细胞", "CS-B-L000042", "13.6 °C", "已隔离，待人工决定", "演练"),
        ),
        ("en", ("Blood issue slip", "Changsha Blood Centre", "suspended red cells", "set aside", "DRILL")),
    ):
        language.use(speech)
        text = as_text(order_slip(order, desk.configuration, desk.clock.now(), "陈洁", drill=True))
        for part in words:
            assert part in text, part


def test_the_stock_of_a_city_counts_what_can_be_given_and_lists_what_expires() -> None:
    desk = blood_desk()
    text = as_text(
        stock_statement(desk.picture, desk.home_city, desk.clock.now(), timedelta(hours=48), "陈洁")
    )
    assert "长沙血液中心" in text
    assert "株洲" not in text
    assert "G123417654324" in text, "past and still on its shelf"


async def test_without_a_printer_the_file_is_written_and_said(tmp_path: Path) -> None:
    language.use("en")
    written = write(SLIP, tmp_path / "printed")
    assert written.text.read_text("utf-8") == as_text(SLIP)
    assert written.html.stat().st_mode & 0o777 == 0o600
    with pytest.raises(NotPrinted) as refused:
        await print_out(written, load_printing())
    assert "set command in printing.toml" in str(refused.value)
    assert str(written.html) in str(refused.value)


def rules(*command: str, **more: object) -> PrintingRules:
    return PrintingRules.model_validate({"edition": "test", "command": command, **more})


@pytest.mark.parametrize("kind", ["text", "html"])
async def test_the_printer_gets_the_file_behind_its_words(tmp_path: Path, kind: str) -> None:
    written, out = write(SLIP, tmp_path), tmp_path / "paper"
    program = f"import sys, shutil; shutil.copy(sys.argv[1], {str(out)!r})"
    await print_out(written, rules(sys.executable, "-c", program, format=kind))
    assert out.read_text("utf-8") == (as_html(SLIP) if kind == "html" else as_text(SLIP))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((sys.executable, "-c", "import sys; sys.exit('no paper')"), "failed (1): no paper"),
        (("no-such-printer",), "failed (127)"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "no answer within 0.5 s"),
    ],
)
async def test_a_printer_that_fails_is_said_with_its_own_words(
    tmp_path: Path, command: tuple[str, ...], said: str
) -> None:
    language.use("en")
    with pytest.raises(NotPrinted) as refused:
        await print_out(
            write(SLIP, tmp_path), rules(*command, timeout_s=0.5 if "time" in command[-1] else 30)
        )
    assert said in str(refused.value)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(NotPrinted):
        write(SLIP, tmp_path / "file" / "printed")
