"""No sentence that a person is shown for a refusal holds a code of the wire, in neither language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dispatch
from dispatch.claims.assess import WHY_NOT
from dispatch.claims.states import ClaimState, Deed
from dispatch.desk.blood_words import REASONS, place_text, reason_text
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.aid import AidState
from dispatch.domain.blood_orders import BloodState
from dispatch.domain.operators import Right, Role
from dispatch.domain.refusals import FIELD_NAMES, SENTENCES
from dispatch.domain.units import UnitState
from dispatch.language import LANGUAGES, use
from dispatch.settings import load

CONFIGURATION = load()
CLAIMS = CONFIGURATION.centre_rules.claims
assert CLAIMS is not None
DOCUMENTS = sorted({one for policy in CLAIMS.policies.values() for one in policy.checklist("relatives")})
CITIES = [str(one.code) for one in CONFIGURATION.cities]
CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+|[A-Z]+(_[A-Z]+)+")
"""What only programs write: words tied by underlines."""
VALUES: dict[str, list[str | int]] = {
    "city": [*CITIES], "payer": [*CITIES], "payee": [*CITIES],
    "bank": [str(one.id) for one in CONFIGURATION.banks],
    "hospital": [str(one.id) for one in CONFIGURATION.hospitals],
    "component": [str(one.code) for one in CONFIGURATION.components],
    "field": [*FIELD_NAMES], "role": [*Role], "right": [*Right], "documents": [", ".join(DOCUMENTS)],
    "step": ["reserve", "commit", "release", "reverse", "hold", "unhold"], "now": ["commit", "-"],
    "fen": [88_000], "quantity": [6], "free": [2],
}  # fmt: skip
STATES: dict[str, list[str]] = {
    "aid_": [*AidState], "blood_": [*BloodState], "illegal_claim": [*ClaimState],
    "illegal_state": [one.name for one in UnitState],
}  # fmt: skip


def refusals_raised() -> Iterator[tuple[str, set[str]]]:
    """Every `Refusal("code", fact=...)` that is written in the program, with the names of its facts."""
    for path in sorted(Path(dispatch.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    yield str(first.value), {str(one.arg) for one in node.keywords if one.arg}


def values_of(code: str, name: str) -> list[str | int]:
    """Whatever a centre may put there."""
    if name in ("state", "wanted", "legal", "deed"):
        if code == "illegal_claim" and name != "state":
            return [*Deed]
        return [*next((states for kind, states in STATES.items() if code.startswith(kind)), ["x"])]
    return VALUES.get(name, ["X-1"])


def every_fact(code: str) -> Iterator[dict[str, str | int]]:
    """Facts for a sentence, each value of each of them at least once."""
    names = re.findall(r"\{(\w+)\}", (SENTENCES | WHY_NOT)[code])
    rounds = max((len(values_of(code, name)) for name in names), default=1)
    for turn in range(rounds):
        yield {name: values_of(code, name)[turn % len(values_of(code, name))] for name in names}


def test_every_refusal_that_is_raised_has_a_sentence_with_its_facts() -> None:
    raised = dict.fromkeys(code for code, _names in refusals_raised())
    assert len(raised) > 50
    assert not set(raised) - set(SENTENCES)
    for code, names in refusals_raised():
        wanted = set(re.findall(r"\{(\w+)\}", SENTENCES[code]))
        assert names <= wanted or code == "unknown_bank", code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(SENTENCES | WHY_NOT))
def test_no_sentence_of_a_refusal_shows_a_code(code: str, language: str) -> None:
    use(language)
    for facts in every_fact(code):
        said = refusal_text(CONFIGURATION, code, facts)
        assert not CODE.findall(said.replace(".toml", "")), said
        assert not [city for city in CITIES if city in said], said
        shown = set(re.findall(r"[A-Za-z-]{2,}", said)) if language == "zh_CN" else set()
        assert not shown & {str(one) for values in STATES.values() for one in values}, said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh_CN", "悬浮红细胞 O+：需要 6 U，可供 2 U"),
        ("en", "suspended red cells O+: 6 U wanted, 2 U can be given"),
    ],
)
def test_what_is_not_on_hand_is_said_by_its_name_and_unit(language: str, said: str) -> None:
    use(language)
    facts: dict[str, str | int] = {"component": "red_cells", "group": "O+", "quantity": 6, "free": 2}
    assert refusal_text(CONFIGURATION, "blood_not_on_hand", facts) == said
    assert reason_text(CONFIGURATION, "blood_not_on_hand", facts) == said


def test_a_step_says_its_reason_rule_and_place_in_words() -> None:
    use("zh_CN")
    for reason in (*REASONS, "blood_stock_unknown"):
        assert not CODE.findall(reason_text(CONFIGURATION, reason, {"bank": "CS-B-CENTRE"}))
    assert reason_text(CONFIGURATION, "rule 2026-11", {}) == "按 2026-11 版规则"
    assert reason_text(CONFIGURATION, "已破损", {}) == "已破损"
    assert place_text(CONFIGURATION, "changsha/console-1") == "长沙 console-1"
