"""The screen of claims: by state and age, acts by key, and nothing of it for those who may not."""

import pytest
from textual.pilot import Pilot

from dispatch.claims.claim import ClaimId
from dispatch.claims.states import Deed
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
        await on_claims(pilot, desk).wait(0).expect_text("核验: 核验中", "批准: 核验中")


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
