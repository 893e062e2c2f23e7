"""Signed notes and checkpoints: what is accepted, and that nothing forged or mutated is."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audit.checkpoint import Checkpoint, open_note, origin_of
from dispatch.audit.keyring import load_private, load_trusted, make_keys, trust
from dispatch.audit.notes import LOG_KEY, WITNESS_KEY, BadNote, Note, PrivateKey, PublicKey
from dispatch.domain.errors import DispatchError
from tests.audit.signing import AT_MS, CITIES, TRUSTED, city_keys

CHECKPOINT = Checkpoint(origin_of("changsha", "centre", drill=False), 1204, bytes(range(32)), AT_MS)
NOTE = CHECKPOINT.signed(CITIES["changsha"].log)
COSIGNED = NOTE.with_signatures(
    CITIES[city].witness.line(NOTE.text, AT_MS // 1000 + 5) for city in ("zhuzhou", "xiangtan")
)


def test_a_note_of_another_program_is_read_and_made_alike() -> None:
    """The example of the documentation of golang.org/x/mod/sumdb/note."""
    public = PublicKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    private = PrivateKey.parse(
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    )
    written = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngo"
        "tpRZb6KE6RyyBwJnAM=\n"
    )
    note = Note.parse(written)
    assert [one.key for one in note.signed_by([public])] == [public]
    assert private.public == public
    assert Note(note.text, (private.line(note.text, 0),)).written() == written


def test_a_checkpoint_is_written_as_the_form_asks() -> None:
    first, size, root, when, end = CHECKPOINT.text().split("\n")
    assert (first, size, when, end) == ("czt/changsha/centre", "1204", f"time {AT_MS}", "")
    assert base64.b64decode(root) == bytes(range(32))
    assert Checkpoint.parse(CHECKPOINT.text()) == CHECKPOINT


def test_signatures_say_who_and_when() -> None:
    found = open_note(COSIGNED.written(), TRUSTED)
    assert found.checkpoint == CHECKPOINT
    assert found.log.key == CITIES["changsha"].log.public
    assert [(one.key.name, one.at_s) for one in found.witnesses] == [
        ("czt/zhuzhou/witness", AT_MS // 1000 + 5),
        ("czt/xiangtan/witness", AT_MS // 1000 + 5),
    ]


def test_a_drill_is_never_taken_for_real() -> None:
    drill = Checkpoint(origin_of("changsha", "centre", drill=True), 1, bytes(32), AT_MS)
    assert drill.drill
    assert not CHECKPOINT.drill
    assert drill.origin != CHECKPOINT.origin


def test_a_key_nobody_trusts_proves_nothing() -> None:
    forger = city_keys("changsha")
    with pytest.raises(BadNote, match="czt/changsha"):
        open_note(CHECKPOINT.signed(forger.log).written(), TRUSTED)
    with pytest.raises(BadNote):
        open_note(COSIGNED.written(), ())
    unknown = NOTE.with_signatures([city_keys("zhuzhou").witness.line(NOTE.text, 1)])
    assert open_note(unknown.written(), TRUSTED).witnesses == ()


def test_a_key_signs_for_its_own_city_and_purpose_only() -> None:
    for name in ("zhuzhou", "xiangtan"):
        with pytest.raises(BadNote):
            open_note(CHECKPOINT.signed(CITIES[name].log).written(), TRUSTED)
    own_witness = NOTE.with_signatures([CITIES["changsha"].witness.line(NOTE.text, 1)])
    assert open_note(own_witness.written(), TRUSTED).witnesses == ()
    as_log = PrivateKey("czt/zhuzhou/witness", LOG_KEY, CITIES["zhuzhou"].witness.seed)
    confused = NOTE.with_signatures([as_log.line(NOTE.text, 1)])
    assert open_note(confused.written(), TRUSTED).witnesses == ()


def test_a_witness_that_signs_twice_counts_once() -> None:
    twice = COSIGNED.with_signatures([CITIES["zhuzhou"].witness.line(NOTE.text, 99)])
    assert len(open_note(twice.written(), TRUSTED).witnesses) == 2


def test_the_time_of_a_cosignature_cannot_be_changed() -> None:
    line = CITIES["zhuzhou"].witness.line(NOTE.text, 1000)
    later = line._replace(signed=(2000).to_bytes(8, "big") + line.signed[8:])
    with pytest.raises(BadNote):
        open_note(NOTE.with_signatures([later]).written(), TRUSTED)


WRITTEN = COSIGNED.written().encode()


def accepted(written: bytes) -> bool:
    try:
        found = open_note(written.decode(), TRUSTED)
    except (BadNote, UnicodeDecodeError):
        return False
    return found.note.written() != COSIGNED.written() and len(found.witnesses) >= 2


@given(st.integers(0, len(WRITTEN) * 8 - 1))
def test_no_note_with_a_flipped_bit_passes_with_all_its_signatures(bit: int) -> None:
    changed = bytearray(WRITTEN)
    changed[bit // 8] ^= 1 << bit % 8
    assert not accepted(bytes(changed))


@given(st.integers(0, len(WRITTEN)), st.integers(0, len(WRITTEN)), st.binary(max_size=40))
def test_no_note_with_a_piece_replaced_passes_with_all_its_signatures(a: int, b: int, piece: bytes) -> None:
    start, stop = sorted((a, b))
    changed = WRITTEN[:start] + piece + WRITTEN[stop:]
    if changed != WRITTEN:
        assert not accepted(changed)


TEXT = CHECKPOINT.text().encode()


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_no_changed_text_is_believed_at_all(place: int, by: int) -> None:
    changed = bytearray(WRITTEN)
    changed[place] ^= by
    with pytest.raises((BadNote, UnicodeDecodeError)):
        open_note(bytes(changed).decode(), TRUSTED)


@given(st.text(max_size=300))
def test_any_text_is_a_bad_note_and_nothing_worse(text: str) -> None:
    with pytest.raises(BadNote):
        open_note(text, TRUSTED)


@given(st.text(max_size=200))
def test_any_text_is_no_key_and_nothing_worse(text: str) -> None:
    with pytest.raises(BadNote):
        PublicKey.parse(text)
    with pytest.raises(BadNote):
        PrivateKey.parse(f"PRIVATE+KEY+{text}")


def test_a_private_file_is_its_owners_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "changsha.key"
    made = make_keys("changsha", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_private(file) == made
    with pytest.raises(DispatchError, match="密钥绝不覆盖"):
        make_keys("changsha", file)
    file.chmod(0o640)
    with pytest.raises(DispatchError, match="chmod 600"):
        load_private(file)


def test_a_private_key_never_shows_in_a_repr(tmp_path: Path) -> None:
    keys = make_keys("changsha", tmp_path / "keys")
    shown = f"{keys!r} {keys.log!r} {[keys.witness]}"
    for key in (keys.log, keys.witness):
        assert key.seed.hex() not in shown
        assert base64.b64encode(key.seed).decode()[2:40] not in shown
        assert repr(key.seed) not in shown


def test_trust_grows_and_keeps_what_it_had(tmp_path: Path) -> None:
    file = tmp_path / "trusted_keys.toml"
    trust(file, CITIES["changsha"].public)
    trust(file, [*CITIES["zhuzhou"].public, CITIES["changsha"].log.public])
    assert load_trusted(file) == (*CITIES["changsha"].public, *CITIES["zhuzhou"].public)


def test_a_key_copied_wrongly_is_noticed() -> None:
    written = str(CITIES["zhuzhou"].witness.public)
    kind = WITNESS_KEY if "+B" in written else LOG_KEY
    assert PublicKey.parse(written).kind == kind
    for place in range(len(written)):
        changed = written[:place] + ("x" if written[place] != "x" else "y") + written[place + 1 :]
        try:
            assert PublicKey.parse(changed) == PublicKey.parse(written)
        except BadNote:
            continue
