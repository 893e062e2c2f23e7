"""A claim's life through the centres: what may follow, what the ledger says, what is refused and why."""

from datetime import date

import pytest

from dispatch.centre.messages import ClaimSaid
from dispatch.centre.wire_parts import facts_payload
from dispatch.claims.claim import ClaimId, ClaimRow
from dispatch.claims.deeds import (
    ActOnClaim,
    AskLedger,
    AskQuota,
    CloseMonth,
    FileClaim,
    LookAtClaim,
    LookAtClaims,
    TellDonation,
)
from dispatch.claims.donors import DonorId
from dispatch.claims.netting import Journal, settle
from dispatch.claims.quota import Donation
from dispatch.claims.states import Deed
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker
from tests.unit.centre.centre_world import CHANGSHA, XIANGTAN, ZHUZHOU, refused
from tests.unit.centre.claims_world import DAY_MS, DONOR, HE, MONTH, OTHER, PAPERS, USED_ON, Claims, facts


@pytest.fixture
def world() -> Claims:
    one = Claims()
    one.gave(400)
    return one


@pytest.mark.parametrize("city", [CHANGSHA, ZHUZHOU])
@pytest.mark.parametrize(("channel", "paid"), [("A", "waived"), ("B", "paid"), ("C", "paid")])
def test_a_claim_goes_from_draft_to_closed_in_every_channel(
    world: Claims, city: str, channel: str, paid: str
) -> None:
    where = ZHUZHOU if city == ZHUZHOU else CHANGSHA
    record = world.paid(where, "c1", facts(channel=channel))
    assert (record.state, record.granted_ml, record.granted_fen, record.liable) == (
        "posted", 400, 88_000, {CHANGSHA: 88_000},
    )  # fmt: skip
    world.now_ms += 31 * DAY_MS
    assert world.net().accepted
    world.settle()
    if where == ZHUZHOU:
        assert world.state(where, "c1") == "netted"
        assert world.payment(CHANGSHA, ZHUZHOU).accepted
        world.settle()
    assert world.state(where, "c1") == "settled"
    assert world.act(where, "c1", Deed.CLOSE).accepted
    states = [step.state.value for step in world.disk(where).history(ClaimId("c1"))]
    assert states == [
        "draft", "submitted", "verifying", "verifying", "approved", paid, "posted", "netted", "settled",
        "closed",
    ]  # fmt: skip


def test_an_illegal_deed_is_refused_with_the_legal_ones(world: Claims) -> None:
    world.file(CHANGSHA, "c1")
    reply = world.act(CHANGSHA, "c1", Deed.PAY)
    assert refused(reply, "illegal_claim", claim="c1", state="draft", deed="pay", legal="submit, withdraw")
    assert refused(world.act(CHANGSHA, "c9", Deed.PAY), "unknown_claim", claim="c9")
    assert world.state(CHANGSHA, "c1") == "draft"


def test_missing_papers_hold_an_approval_up_and_a_donor_needs_no_proof_of_relation(world: Claims) -> None:
    world.file(CHANGSHA, "c1")
    world.act(CHANGSHA, "c1", Deed.SUBMIT, documents=("identity",))
    world.act(CHANGSHA, "c1", Deed.VERIFY)
    assert refused(world.act(CHANGSHA, "c1", Deed.APPROVE), "documents_missing", documents="invoice")
    assert world.act(CHANGSHA, "c1", Deed.ASK_INFO).accepted
    assert world.act(CHANGSHA, "c1", Deed.GIVE_INFO, documents=("invoice",)).accepted
    assert world.act(CHANGSHA, "c1", Deed.APPROVE).accepted
    assert world.state(CHANGSHA, "c1") == "approved"
    world.ready(CHANGSHA, "c2", facts(by="relatives", relation="spouse", line="l2"))
    world.file(CHANGSHA, "c3", facts(by="relatives", relation="spouse", line="l3"))
    world.act(CHANGSHA, "c3", Deed.SUBMIT, documents=PAPERS[:2])
    world.act(CHANGSHA, "c3", Deed.VERIFY)
    assert refused(world.act(CHANGSHA, "c3", Deed.APPROVE), "documents_missing", documents="relation")


def test_a_claim_waits_while_the_ledger_cannot_be_reached_and_says_so(world: Claims) -> None:
    world.ready(ZHUZHOU, "c1")
    reply = world.act(ZHUZHOU, "c1", Deed.APPROVE)
    assert (reply.accepted, reply.facts["waits"], reply.facts["state"]) == (True, CHANGSHA, "verifying")
    assert refused(world.act(ZHUZHOU, "c1", Deed.REJECT), "claim_waits", city=CHANGSHA)
    assert world.act(ZHUZHOU, "c1", Deed.APPROVE).accepted
    assert len(world.waiting()) == 1, "asked once"
    world.settle()
    assert world.state(ZHUZHOU, "c1") == "approved"


def test_what_the_quota_does_not_cover_is_approved_in_part_and_then_rejected(world: Claims) -> None:
    world.ready(ZHUZHOU, "c1", facts(1000, 100_000))
    world.act(ZHUZHOU, "c1", Deed.APPROVE)
    world.settle()
    found = world.claim(ZHUZHOU, "c1")
    assert (found.state, found.granted_ml, found.granted_fen) == ("approved_partial", 800, 80_000)
    world.ready(XIANGTAN, "c2", facts(line="l2"))
    world.act(XIANGTAN, "c2", Deed.APPROVE)
    world.settle()
    assert (world.state(XIANGTAN, "c2"), world.claim(XIANGTAN, "c2").trouble) == ("rejected", "quota_used_up")


def test_withdrawing_gives_the_quota_and_the_lines_back(world: Claims) -> None:
    world.ready(ZHUZHOU, "c1", facts(800))
    world.act(ZHUZHOU, "c1", Deed.APPROVE)
    world.settle()
    assert refused(world.act(ZHUZHOU, "c1", Deed.WITHDRAW, reason=" "), "missing", field="reason")
    assert world.act(ZHUZHOU, "c1", Deed.WITHDRAW).accepted
    world.settle()
    assert world.paid(XIANGTAN, "c2", facts(800)).granted_ml == 800
    assert world.state(ZHUZHOU, "c1") == "withdrawn"


def test_a_use_line_is_paid_once_whoever_gave(world: Claims) -> None:
    world.gave(400, donor=OTHER)
    world.paid(CHANGSHA, "c1")
    world.ready(ZHUZHOU, "c2", facts(donor=OTHER))
    world.act(ZHUZHOU, "c2", Deed.APPROVE)
    world.settle()
    found = world.claim(ZHUZHOU, "c2")
    assert (found.state, found.trouble, found.trouble_facts) == (
        "verifying", "line_claimed", {"line": "inv-1/1", "claim": "c1"},
    )  # fmt: skip
    world.act(CHANGSHA, "c1", Deed.REVERSE)
    assert world.act(ZHUZHOU, "c2", Deed.APPROVE).accepted
    world.settle()
    assert world.state(ZHUZHOU, "c2") == "approved"


def test_doing_it_again_changes_nothing(world: Claims) -> None:
    world.ready(CHANGSHA, "c1")
    for _again in range(3):
        assert world.act(CHANGSHA, "c1", Deed.APPROVE).accepted
    for _again in range(3):
        assert world.act(CHANGSHA, "c1", Deed.PAY).accepted
        assert world.act(CHANGSHA, "c1", Deed.APPROVE).accepted
    assert [entry.step for entry in world.disk(CHANGSHA).entries_of(ClaimId("c1"))] == ["reserve", "commit"]
    assert len(world.disk(CHANGSHA).posted(ClaimId("c1"))) == 1


def test_what_was_paid_and_netted_is_reversed_in_the_month_in_which_that_is_done(world: Claims) -> None:
    world.paid(ZHUZHOU, "c1")
    world.now_ms += 31 * DAY_MS
    world.net()
    world.settle()
    assert world.act(ZHUZHOU, "c1", Deed.REVERSE).accepted
    world.settle()
    world.now_ms += 31 * DAY_MS
    world.net("2026-12")
    lines = world.disk(CHANGSHA).netted()
    assert [(line.month, line.kind, line.fen) for line in lines] == [
        (MONTH, "advance", 88_000), ("2026-12", "reversal", 88_000),
    ]  # fmt: skip
    first, second = (settle(Journal(entries=tuple(lines)), month).nets for month in (MONTH, "2026-12"))
    assert first == {CHANGSHA: -88_000, ZHUZHOU: 88_000}
    assert second == {CHANGSHA: 88_000, ZHUZHOU: -88_000}
    assert world.state(ZHUZHOU, "c1") == "reversed"


def test_a_disputed_claim_is_not_netted_until_that_is_over(world: Claims) -> None:
    world.paid(ZHUZHOU, "c1")
    assert refused(world.act(ZHUZHOU, "c1", Deed.DISPUTE, by=XIANGTAN), "claim_not_yours")
    assert world.act(ZHUZHOU, "c1", Deed.DISPUTE, by=CHANGSHA).accepted, "it is to pay"
    world.settle()
    assert refused(world.act(ZHUZHOU, "c1", Deed.CLOSE), "illegal_claim", legal="reverse, resolve")
    world.now_ms += 31 * DAY_MS
    assert world.net().facts["entries"] == 0
    assert world.act(ZHUZHOU, "c1", Deed.RESOLVE).accepted
    world.settle()
    assert world.state(ZHUZHOU, "c1") == "posted"
    world.now_ms += 31 * DAY_MS
    assert world.net("2026-12").facts["entries"] == 1
    world.settle()
    assert (world.state(ZHUZHOU, "c1"), world.claim(ZHUZHOU, "c1").month) == ("netted", "2026-12")


def test_a_claim_that_is_disputed_after_netting_comes_back_to_where_it_was(world: Claims) -> None:
    world.paid(ZHUZHOU, "c1")
    world.now_ms += 31 * DAY_MS
    world.net()
    world.settle()
    world.act(ZHUZHOU, "c1", Deed.DISPUTE)
    world.settle()
    world.payment(CHANGSHA, ZHUZHOU)
    world.settle()
    assert world.state(ZHUZHOU, "c1") == "disputed"
    world.act(ZHUZHOU, "c1", Deed.RESOLVE)
    world.settle()
    assert world.state(ZHUZHOU, "c1") == "settled"


def test_a_month_is_netted_when_it_is_over_once_and_in_order(world: Claims) -> None:
    world.paid(ZHUZHOU, "c1")
    assert refused(world.net(), "month_not_over", month=MONTH)
    world.now_ms += 62 * DAY_MS
    assert world.net("2026-12").facts["entries"] == 1, "what waits from before is netted with it"
    assert world.net("2026-12").facts["entries"] == 1
    assert refused(world.net(), "month_order", month="2026-12")
    assert refused(world.say(ZHUZHOU, CloseMonth(month=MONTH)), "ledger_elsewhere", city=CHANGSHA)
    world.settle()
    assert refused(world.payment(XIANGTAN, ZHUZHOU, "2026-12"), "no_such_payment")
    assert world.payment(CHANGSHA, ZHUZHOU, "2026-12").accepted
    assert world.payment(CHANGSHA, ZHUZHOU, "2026-12").accepted
    assert refused(world.payment(CHANGSHA, ZHUZHOU, "2026-12", "b-2"), "paid_already", reference="b-1")


def test_a_donor_is_known_by_his_older_keys_too(world: Claims) -> None:
    newer = DonorId(f"k00000002:{'c' * 40}")
    world.paid(CHANGSHA, "c1", facts(800))
    both = facts(line="l2", donors=(newer, DONOR))
    world.ready(ZHUZHOU, "c2", both)
    world.act(ZHUZHOU, "c2", Deed.APPROVE)
    world.settle()
    assert world.claim(ZHUZHOU, "c2").trouble == "quota_used_up"
    gift = Donation(day=date(2026, 1, 2), centre=CHANGSHA, province="430000", kind="whole_blood", ml=200)
    world.say(CHANGSHA, TellDonation(id=ClaimId("d9"), donors=(newer, DONOR), donation=gift))
    told = world.say(CHANGSHA, AskQuota(donors=(newer,), on=USED_ON))
    assert (told.facts["credited_ml"], told.facts["donor_used_ml"], told.facts["donor_left_ml"]) == (
        600,
        800,
        1000,
    )


def test_a_donation_counts_once_and_only_its_own_centre_tells_it(world: Claims) -> None:
    gift = Donation(day=date(2025, 5, 1), centre=ZHUZHOU, province="430000", kind="whole_blood", ml=300)
    told = TellDonation(id=ClaimId("d1"), donors=(DONOR,), donation=gift)
    assert world.say(ZHUZHOU, told).facts["waits"] == CHANGSHA
    world.settle()
    assert world.say(ZHUZHOU, told).accepted
    world.settle()
    assert refused(world.say(CHANGSHA, told), "donation_not_yours", city=ZHUZHOU)
    other = told.model_copy(update={"donation": gift.model_copy(update={"ml": 400})})
    assert refused(world.say(CHANGSHA, other, by=ZHUZHOU, node="centre"), "donation_differs")
    abroad = gift.model_copy(update={"centre": "hengyang"})
    assert world.say(CHANGSHA, told.model_copy(update={"id": "d2", "donation": abroad})).accepted
    assert world.say(CHANGSHA, AskQuota(donors=(DONOR,), on=USED_ON)).facts["credited_ml"] == 1000


def test_what_was_given_outside_the_three_cities_is_borne_by_the_centre_that_handles_the_claim() -> None:
    world = Claims()
    gift = Donation(day=date(2025, 5, 1), centre="hengyang", province="430000", kind="whole_blood", ml=400)
    world.say(CHANGSHA, TellDonation(id=ClaimId("d1"), donors=(DONOR,), donation=gift))
    assert world.paid(ZHUZHOU, "c1").liable == {ZHUZHOU: 88_000}


def test_only_claims_staff_and_only_its_own_centre_act_on_a_claim(world: Claims) -> None:
    filed = FileClaim(claim=ClaimId("c1"), facts=facts())
    dispatcher = By(operator="li", role=Role.DISPATCHER)
    assert refused(world.say(CHANGSHA, filed, who=dispatcher), "not_allowed", right="claims")
    assert refused(world.say(CHANGSHA, filed, by=ZHUZHOU), "claim_not_yours", city=CHANGSHA)
    assert world.say(CHANGSHA, filed).accepted
    assert refused(world.act(CHANGSHA, "c1", Deed.SUBMIT, by=ZHUZHOU), "claim_not_yours")
    step = AskLedger(claim=ClaimId("c1"), step="reserve", facts=facts())
    assert refused(world.say(CHANGSHA, step, by=ZHUZHOU), "centres_only")
    assert refused(world.say(CHANGSHA, FileClaim(claim=ClaimId("c1"), facts=facts(1))), "claim_exists")


def test_the_ledger_lets_no_centre_touch_anothers_claim_or_jump_a_step(world: Claims) -> None:
    world.paid(ZHUZHOU, "c1")
    for step in ("commit", "release", "reverse", "hold"):
        said = AskLedger(claim=ClaimId("c1"), step=step)
        assert refused(world.say(CHANGSHA, said, by=XIANGTAN, node="centre"), "claim_not_yours", city=ZHUZHOU)
    release = AskLedger(claim=ClaimId("c1"), step="release")
    assert refused(world.say(CHANGSHA, release, by=ZHUZHOU, node="centre"), "ledger_step", now="commit")
    commit = AskLedger(claim=ClaimId("c2"), step="commit")
    assert refused(world.say(CHANGSHA, commit, by=ZHUZHOU, node="centre"), "ledger_step", now="-")


def test_two_centres_that_give_a_claim_the_same_id_never_get_each_others_answer(world: Claims) -> None:
    world.gave(100, donor=OTHER)
    world.ready(ZHUZHOU, "c1")
    world.ready(XIANGTAN, "c1", facts(donor=OTHER, line="l2"))
    for city in (ZHUZHOU, XIANGTAN):
        world.act(city, "c1", Deed.APPROVE)
    world.settle()
    assert world.state(ZHUZHOU, "c1") == "approved"
    assert world.state(XIANGTAN, "c1") == "verifying"
    assert world.claim(XIANGTAN, "c1").trouble == "claim_not_yours"


def test_blood_used_in_the_future_or_under_no_policy_is_not_paid(world: Claims) -> None:
    world.ready(CHANGSHA, "c1", facts(used_on=date(2026, 12, 1)))
    assert refused(world.act(CHANGSHA, "c1", Deed.APPROVE), "in_the_future")
    world.file(CHANGSHA, "c2", facts(used_on=date(1999, 1, 1), line="l2"))
    world.act(CHANGSHA, "c2", Deed.SUBMIT, documents=PAPERS)
    world.act(CHANGSHA, "c2", Deed.VERIFY)
    assert refused(world.act(CHANGSHA, "c2", Deed.APPROVE), "no_policy", day="1999-01-01")


def test_only_a_forwarded_claim_is_paid_by_another_centre(world: Claims) -> None:
    world.ready(ZHUZHOU, "c1")
    world.act(ZHUZHOU, "c1", Deed.APPROVE)
    world.settle()
    assert refused(world.act(ZHUZHOU, "c1", Deed.PAY, paid_by=CHANGSHA), "paid_elsewhere")
    world.ready(ZHUZHOU, "c2", facts(channel="C", line="l2"))
    world.act(ZHUZHOU, "c2", Deed.APPROVE)
    world.settle()
    assert world.act(ZHUZHOU, "c2", Deed.PAY, paid_by=CHANGSHA).accepted
    world.settle()
    (line,) = world.disk(CHANGSHA).posted(ClaimId("c2"))
    assert (line.liable, line.advanced_by) == (CHANGSHA, CHANGSHA)


def test_what_the_ledger_refused_is_asked_again_when_it_is_done_again(world: Claims) -> None:
    world.ready(ZHUZHOU, "c1")
    world.act(ZHUZHOU, "c1", Deed.APPROVE)
    world.settle()
    world.act(ZHUZHOU, "c1", Deed.PAY)
    ((_city, key, _to),) = world.waiting()
    reply = ClaimSaid(key, Asker(ZHUZHOU, "centre"), HE, ActOnClaim(claim=ClaimId("c1"), deed=Deed.PAY))
    (told,) = world.take(CHANGSHA, reply)  # under this key the ledger has answered no, whatever it was asked
    world.answer(ZHUZHOU, CHANGSHA, told)
    assert (world.state(ZHUZHOU, "c1"), world.claim(ZHUZHOU, "c1").trouble) == ("paid", "unknown_claim")
    assert world.act(ZHUZHOU, "c1", Deed.PAY).accepted
    world.settle()
    assert (world.state(ZHUZHOU, "c1"), world.claim(ZHUZHOU, "c1").trouble) == ("posted", "")


def test_a_claim_that_costs_nothing_is_rejected_for_it_could_never_be_settled(world: Claims) -> None:
    world.ready(CHANGSHA, "c1", facts(1600, 1))
    world.act(CHANGSHA, "c1", Deed.APPROVE)
    found = world.claim(CHANGSHA, "c1")
    assert (found.state, found.trouble) == ("rejected", "nothing_to_pay")
    assert world.paid(CHANGSHA, "c2", facts(800, line="l2")).granted_ml == 800


def test_claims_are_looked_at_in_pages_and_looking_leaves_nothing_behind(world: Claims) -> None:
    for place in range(25):
        world.now_ms += 1000
        world.file(CHANGSHA, f"c{place}", facts(line=f"l{place}"))
    world.act(CHANGSHA, "c3", Deed.WITHDRAW)
    first = world.say(CHANGSHA, LookAtClaims(), key="same")
    rows = [ClaimRow.model_validate_json(str(first.facts[f"row{at:02}"])) for at in range(20)]
    assert (first.facts["total"], rows[0].id, len(first.facts)) == (24, "c24", 21)
    rest = world.say(CHANGSHA, LookAtClaims(skip=20), key="same")
    assert (len(rest.facts), world.say(CHANGSHA, LookAtClaims(open_only=False)).facts["total"]) == (5, 25)
    one = world.say(CHANGSHA, LookAtClaim(claim=ClaimId("c3")))
    assert (one.facts["next"], "step01" in one.facts) == ("", True)
    assert len(facts_payload(one.facts)) == len(one.facts) <= 24, "it fits on the wire"
    assert refused(world.say(CHANGSHA, LookAtClaims(), by=ZHUZHOU), "claim_not_yours")
    dispatcher = By(operator="li", role=Role.DISPATCHER)
    assert refused(world.say(CHANGSHA, LookAtClaims(), who=dispatcher), "not_allowed")


def test_the_longest_row_fits_in_one_fact(world: Claims) -> None:
    name = "c" + "9" * 47
    long = facts(800, 10**12, line="l", name="\U00020000**")
    world.file(CHANGSHA, name, long)
    row = world.say(CHANGSHA, LookAtClaims()).facts["row00"]
    assert len(str(row)) < 350
    assert ClaimRow.model_validate_json(str(facts_payload({"row": row})["row"])).id == name
