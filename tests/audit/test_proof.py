"""The proof of one row: checked without the log, and nothing forged passes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.audit import proof
from dispatch.audit.notes import BadNote
from dispatch.audit.read import rows
from dispatch.domain.errors import DispatchError
from tests.audit.logs import tamper
from tests.audit.signing import TRUSTED, note_of, opened

quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def proved(hundred: Path) -> str:
    return proof.prove(hundred, 41, opened(note_of(hundred, 90, ("zhuzhou", "xiangtan"))))


async def test_every_row_of_a_checkpoint_can_be_proved_without_the_log(hundred: Path) -> None:
    cosigned = opened(note_of(hundred, 90, ("zhuzhou", "xiangtan")))
    for row in list(rows(hundred))[:90]:
        written = proof.prove(hundred, row.seq, cosigned)
        assert proof.check(written, TRUSTED).row == row
        assert len(written) < 4000


async def test_a_proof_says_who_signed_and_who_saw(proved: str) -> None:
    checked = proof.check(proved, TRUSTED)
    assert checked.row.target == "CS-040"
    assert checked.opened.checkpoint.size == 90
    assert [one.key.name for one in checked.opened.witnesses] == [
        "czt/zhuzhou/witness",
        "czt/xiangtan/witness",
    ]


async def test_a_row_after_the_checkpoint_is_not_proved_by_it(hundred: Path) -> None:
    with pytest.raises(DispatchError, match="91"):
        proof.prove(hundred, 91, opened(note_of(hundred, 90)))


async def test_no_proof_is_made_from_a_log_that_holds_another_history(hundred: Path) -> None:
    cosigned = opened(note_of(hundred, 90))
    tamper(hundred, "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'e') WHERE seq = 7")
    with pytest.raises(DispatchError, match="verify"):
        proof.prove(hundred, 41, cosigned)


@quick
@given(st.data())
async def test_no_mutated_proof_is_accepted(proved: str, data: st.DataObject) -> None:
    """Whatever is changed, either nothing is proved, or the same row by the same signatures that are left."""
    raw = proved.encode()
    if data.draw(st.booleans()):
        bit = data.draw(st.integers(0, len(raw) * 8 - 1))
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        raw = bytes(changed)
    else:
        a, b = sorted((data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, len(raw)))))
        raw = raw[:a] + data.draw(st.binary(max_size=30)) + raw[b:]
    try:
        found = proof.check(raw.decode(), TRUSTED)
    except (BadNote, UnicodeDecodeError):
        return
    true = proof.check(proved, TRUSTED)
    assert found.row == true.row
    assert found.opened.checkpoint == true.opened.checkpoint
    assert set(found.opened.witnesses) <= set(true.opened.witnesses)


async def test_a_proof_of_one_row_is_none_of_another(hundred: Path) -> None:
    cosigned = opened(note_of(hundred, 90))
    one, other = (proof.prove(hundred, row, cosigned).split("\n") for row in (41, 42))
    for line in (1, 2, 3):
        mixed = [*one]
        mixed[line] = other[line]
        if mixed != one:
            with pytest.raises(BadNote):
                proof.check("\n".join(mixed), TRUSTED)


@given(st.text(max_size=400))
def test_any_text_is_no_proof_and_nothing_worse(text: str) -> None:
    with pytest.raises(BadNote):
        proof.check(text, TRUSTED)
    with pytest.raises(BadNote):
        proof.check(f"{proof.FIRST_LINE}\n{text}", TRUSTED)
