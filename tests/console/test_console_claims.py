"""The screen of claims: by state and age, acts by key, and nothing of it for those who may not."""

import pytest
from textual.pilot import Pilot

from dispatch.claims.claim import ClaimId
from dispatch.claims.states import Deed
from dispatch.desk.document import Document, as_text
from dispatch.domain.operators import Right
from tests.console.driver import Console, console_app
from tests.console.fakes import FakeDesk, fake_desk

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x48": (160, 48), "240x67": (240, 67)}


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def on_claims(pilot: Pilot[None], desk: FakeDesk) -> Console:
    return Console(pilot, desk).line("claims").expect_screen("claims").press("r")


async def test_what_waits_longest_for_the_staff_stands_first_and_is_shown_in_full(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            on_claims(pilot, desk)
            .wait(0)
            .expect_text("CS-0009", "已提交", "等待账册", "k7e487d1f", "湘雅二医院")
        )


async def test_a_claim_that_went_puts_its_keys_onto_no_other(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = on_claims(pilot, desk)
        await console.wait(0)
        del desk.claims.known[ClaimId("CS-0009")]
        await console.press("r").wait(0).press("v").wait(0)
        assert desk.claims.acts == []


async def test_of_two_steps_in_one_state_each_says_what_was_done(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        await on_claims(pilot, desk).wait(0).expect_text("核验：核验中", "批准：核验中")


async def test_a_key_does_it_to_the_claim_under_the_cursor(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).wait(0).press("v").wait(0)
        assert desk.claims.acts == [("CS-0009", Deed.VERIFY, "", ())]


async def test_what_needs_words_opens_the_line_and_waits_for_them(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).wait(0).press("x").expect_text("理赔 驳回 CS-0009").wait(0)
        assert desk.claims.acts == []
        await pilot.press(*"late", "enter")
        await Console(pilot, desk).wait(0)
        ((_claim, deed, reason, _documents),) = desk.claims.acts
        assert (deed, reason) == (Deed.REJECT, "late")


async def test_documents_are_ticked_off_by_name(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).line("claim submit CS-0012 identity, invoice").wait(0)
        assert desk.claims.acts == [("CS-0012", Deed.SUBMIT, "", ("identity", "invoice"))]


async def test_a_dispatcher_sees_no_claims(desk: FakeDesk) -> None:
    desk.forbidden[Right.CLAIMS] = "调度员不可办理报销"
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line("claims").expect_screen("incidents").expect_text("调度员不可办理报销")
        await Console(pilot, desk).line("claim approve CS-0012").wait(0)
        assert desk.claims.acts == []


async def test_what_is_typed_after_a_payment_is_its_reference(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).line("claim pay CS-0003 转账002").wait(0)
        assert desk.claims.references == ["转账002"]


async def test_the_decision_on_the_claim_under_the_cursor_is_printed_by_a_key(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).wait(0).expect_text("t 打印").press("t").wait(0.1)
        printed = paper(desk)
        for words in (
            "用血费用报销申请单",
            "CS-0009",
            "已提交",
            "湘雅二医院",
            "用血费用结算单和发票",
            "演练",
        ):
            assert words in printed, words


async def test_a_claim_that_no_list_has_any_more_is_printed_by_its_number(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).wait(0).line("打印 CS-0003 文件").wait(0.1)
        printed = paper(desk)
        for words in ("CS-0003", "合计 400 mL", "长沙", "586.67", "株洲", "293.33"):
            assert words in printed, words
        assert desk.did("print")[0]["to"] == "file"


async def test_a_claim_that_its_centre_does_not_tell_of_is_not_printed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).wait(0).line("print CS-9999").wait(0.1)
        await Console(pilot, desk).expect_result("CS-9999", ok=False)
        assert desk.did("print") == []


async def test_the_claims_that_are_not_over_are_printed_as_a_list(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await on_claims(pilot, desk).wait(0).line("打印 报销清单").wait(0.1)
        printed = paper(desk)
        assert all(f"CS-00{number}" in printed for number in ("12", "09", "07", "05", "04", "03"))
        assert "用血费用报销：未结申请清单" in printed


@pytest.mark.parametrize("line", ["print claim CS-0009", "print claims"])
async def test_whoever_may_not_see_claims_prints_none(desk: FakeDesk, line: str) -> None:
    desk.forbidden[Right.CLAIMS] = "调度员不能办理报销"
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).line(line).wait(0.1).expect_result("调度员不能办理报销", ok=False)
        assert desk.did("print") == []


def paper(desk: FakeDesk) -> str:
    """What was printed, as a line printer has it."""
    (printed,) = desk.did("print")
    document = printed["document"]
    assert isinstance(document, Document)
    return as_text(document)
