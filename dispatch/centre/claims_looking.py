"""Looking at the claims of a centre from another machine: pages of rows, and one claim with its newest steps.

Answers fit in the facts of a response. They are not stored: looking changes nothing.
"""

import json

from dispatch.centre.draft import Draft, Refusal
from dispatch.claims.claim import ClaimRecord, ClaimRow
from dispatch.claims.deeds import LookAtClaim, LookAtClaims
from dispatch.claims.states import deeds_in

PAGE = 20
STEPS = 10
SHORT = 80
"""Characters: a fact of a response has 400, and must not be cut in its middle."""
Facts = dict[str, str | int]


def rows(draft: Draft, said: LookAtClaims) -> Facts:
    """Claims that are not over first, the newest change first; as many of them as there are in `total`."""
    disk = draft.past.claims
    found = disk.page(said.skip, PAGE, open_only=said.open_only)
    facts: Facts = {"total": disk.count(open_only=said.open_only)}
    return facts | {f"row{place:02}": row_of(one).model_dump_json() for place, one in enumerate(found)}


def row_of(claim: ClaimRecord) -> ClaimRow:
    """What a list shows of a claim."""
    return ClaimRow(
        id=claim.id,
        state=claim.state,
        channel=claim.facts.channel,
        name=claim.facts.name,
        ml=claim.granted_ml or sum(line.ml for line in claim.facts.lines),
        fen=claim.granted_fen or sum(line.fen for line in claim.facts.lines),
        filed_ms=claim.filed_ms,
        changed_ms=claim.changed_ms,
        waits=claim.waits or "",
        trouble=claim.trouble,
    )


def details(draft: Draft, said: LookAtClaim) -> Facts:
    """One claim; Refusal when there is none."""
    disk = draft.past.claims
    claim = disk.claim(said.claim)
    if claim is None:
        raise Refusal("unknown_claim", city=draft.city, claim=said.claim)
    facts: Facts = {
        "row": row_of(claim).model_dump_json(),
        "by": claim.facts.by,
        "relation": claim.facts.relation or "",
        "hospital": claim.facts.hospital,
        "used_on": claim.facts.used_on.isoformat(),
        "donor": claim.facts.donors[0][:17],
        "lines": len(claim.facts.lines),
        "claimed_ml": sum(line.ml for line in claim.facts.lines),
        "claimed_fen": sum(line.fen for line in claim.facts.lines),
        "documents": ",".join(claim.documents),
        "liable": ",".join(f"{centre}:{fen}" for centre, fen in sorted(claim.liable.items())),
        "policy": claim.policy,
        "reference": claim.reference,
        "next": ",".join(deeds_in(claim.state)),
        "why": json.dumps(claim.trouble_facts, ensure_ascii=False),
    }
    for place, step in enumerate(disk.history(claim.id)[-STEPS:]):
        short = {"by": step.by[:SHORT], "reason": step.reason[:SHORT]}
        facts[f"step{place:02}"] = step.model_copy(update=short).model_dump_json()
    return facts
