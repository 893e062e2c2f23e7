"""Asking for blood: four fields in the common case, more only where the rules must know more."""

import pytest
from textual.widgets import Input

from dispatch.console.dialogs.blood import BloodDialog
from dispatch.decide.blood import BloodNeed
from dispatch.decide.blood_rules import RecipientClass
from dispatch.domain.blood import BloodGroup
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def asked(desk: FakeDesk) -> BloodNeed:
    """What the last bank was asked for."""
    need = desk.did("bank")[-1]["need"]
    assert isinstance(need, BloodNeed)
    return need


def shown(console: Console) -> set[str]:
    """The fields of the rest that are in view."""
    return {
        name
        for name in ("mode", "recipient", "anti_d", "attributes", "physician")
        if console.app.screen.query_one(f"#field-{name}").display
    }


async def test_a_common_request_takes_group_quantity_hospital_and_f7(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("f10", "tab", "4").fill("quantity", "6").fill("hospital", "xyeyy")
        assert shown(console) == {"mode", "attributes"}
        await (
            console.press("f7").expect_dialog(None)
            .expect_text("悬浮红细胞 A+ 6 U", "急诊（警灯急送）", "A+ > O+")
            .press("f7", "enter").expect_act("bank", bank="CS-B-CENTRE")
        )  # fmt: skip
    need = asked(desk)
    assert (need.mode, need.recipient, need.anti_d) == ("emergency", RecipientClass.UNKNOWN, False)
    assert (need.attributes, need.on_word_of) == (frozenset(), None)


async def test_an_rhd_negative_patient_is_asked_about_and_the_answer_opens_what_it_may(
    desk: FakeDesk,
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("f10", "tab", "3").fill("quantity", "40").fill("hospital", "xyeyy")
        assert shown(console) == {"mode", "recipient", "anti_d", "attributes"}
        await (
            console.press("f7").expect_text("受血者：未说明", "该受血者（未说明）不供：O+、A+")
            .press("f10", "tab", "tab", "tab", "tab", "tab", "tab", "2")
            .press("f7").expect_text("受血者：其他成人", "A- > O- > A+ > O+").expect_no_text("不供")
        )  # fmt: skip


async def test_what_was_said_of_a_patient_does_not_outlive_the_question(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("blood 悬浮红细胞 A- 2 湘雅二医院 3h 育龄妇女 抗D")
            .expect_text("有抗D抗体").press("f10").expect_dialog(BloodDialog)
            .press("tab", "4").press("f7").expect_no_text("抗D").press("f7", "enter")
        )  # fmt: skip
    assert (asked(desk).group, asked(desk).anti_d) == (BloodGroup.A_POS, False)
    assert asked(desk).recipient is RecipientClass.UNKNOWN


async def test_the_form_comes_back_as_it_was_filled_in(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("blood 单采血小板 A- 1 湘雅二医院 3h 医师:王强 临时 辐照").press("f10")
        assert shown(console) == {"mode", "anti_d", "attributes", "physician"}
        assert console.app.screen.query_one("#physician", Input).value == "王强"
        await console.press("f7").expect_text("临时（普通送血）", "辐照", "医师 王强 同意")


async def test_a_physician_allows_another_group_of_platelets(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("blood 单采血小板 A+ 60 湘雅二医院 3h")
            .expect_text("须医师同意方可供：O+、B+、AB+").press("f10").fill("physician", "王强").press("f7")
            .expect_text("A+ > AB+ > B+ > O+", "医师 王强 同意")
            .press("f7").expect_text("医师 王强 同意", "AB+").press("enter")
            .expect_act("bank")
        )  # fmt: skip
    assert asked(desk).on_word_of == "王强"


async def test_nothing_special_can_be_asked_of_plasma(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("f10", "6")
        assert shown(console) == {"mode"}


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("临时", {"mode": "ad_hoc"}),
        ("linshi", {"mode": "ad_hoc"}),
        ("emergency", {"mode": "emergency"}),
        ("育龄妇女", {"recipient": RecipientClass.CHILD_BEARING}),
        ("yuling", {"recipient": RecipientClass.CHILD_BEARING}),
        ("child", {"recipient": RecipientClass.CHILD}),
        ("长期输血", {"recipient": RecipientClass.LONG_TERM}),
        ("adult 抗Ｄ", {"recipient": RecipientClass.GENERAL, "anti_d": True}),
        ("anti-d", {"anti_d": True}),
        ("辐照 cmv_negative", {"attributes": frozenset({"irradiated", "cmv_negative"})}),
        ("fuzhao", {"attributes": frozenset({"irradiated"})}),
        ("医师：王强", {"on_word_of": "王强"}),
        ("doctor:Wang", {"on_word_of": "Wang"}),
    ],
)
async def test_the_command_line_takes_the_rest_as_words(
    desk: FakeDesk, words: str, facts: dict[str, object]
) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line(f"blood {words} 悬浮红细胞 A- 2 湘雅二医院 3h").expect_screen("blood")
        need = console.app.screen.need  # type: ignore[attr-defined]
    assert {name: getattr(need, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("blood 悬浮红细胞 A+ 2 湘雅二医院 3h 抗D", "请交输血科处理"),
        ("blood 悬浮红细胞 A- 2 湘雅二医院 3h 医师:", "后请写姓名"),
        ("blood 悬浮红细胞 A- 2 湘雅二医院 3h 什么", "不是已知的"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(desk: FakeDesk, line: str, complaint: str) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line(line).expect_text(complaint)


async def test_antibodies_are_typed_by_letter_case_and_an_unknown_one_is_refused(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("f10", "tab", "4").fill("quantity", "2").fill("hospital", "xyeyy")
        await console.fill("antibodies", "k Jka").press("f7").expect_dialog(BloodDialog)
        await console.fill("antibodies", "K Jka").press("f7").expect_dialog(None)
        await console.expect_text("抗体：Jka K", "未检定为 Jka K")


async def test_a_line_may_name_an_antibody_and_the_next_round(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("blood 悬浮红细胞 A+ 2 湘雅二医院 3h 定期 抗c")
            .expect_text("备货，下一定期班次", "抗体：c")
        )  # fmt: skip


async def test_a_plan_over_two_banks_asks_each_for_its_part_after_one_question(desk: FakeDesk) -> None:
    for stock in desk.picture.stock.banks.values():
        few = 8 if stock.bank.startswith("CS") else 24
        stock.lots = {code: lot.model_copy(update={"quantity": few}) for code, lot in stock.lots.items()}
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.line("blood 悬浮红细胞 A+ 10 湘雅二医院 3h")
            .expect_text("P1", "方案：按优选次序").press("f7", "enter")
        )  # fmt: skip
    assert [(act["bank"], act["quantity"], act["why"]) for act in desk.did("bank")] == [
        ("CS-B-CENTRE", 8, None),
        ("ZZ-B-CENTRE", 2, None),
    ]
