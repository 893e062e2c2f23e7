"""A key that may be in a stranger's hands: what it signed counts where another city had seen it before."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.audit.checkpoint import Checkpoint, open_note
from dispatch.audit.keyring import Withdrawn, load_trusted, trust, withdraw
from dispatch.audit.notes import BadNote, Note, PublicKey
from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError
from tests.audit.signing import AT_MS, CITIES, TRUSTED

SEEN_S = AT_MS // 1000
CHECKPOINT = Checkpoint("czt/changsha/centre", 7, b"\x01" * 32, AT_MS)
OWN, WITNESS = CITIES["changsha"].log.public, CITIES["zhuzhou"].witness.public
CST = timezone(timedelta(hours=8))


def note(witnessed_s: int | None) -> Note:
    signed = CHECKPOINT.signed(CITIES["changsha"].log)
    if witnessed_s is None:
        return signed
    return signed.with_signatures([CITIES["zhuzhou"].witness.line(signed.text, witnessed_s)])


def withdrawn(since: dict[PublicKey, int]) -> list[PublicKey]:
    return [replace(key, withdrawn_s=since.get(key)) for key in TRUSTED]


def test_what_another_city_saw_before_still_counts() -> None:
    opened = open_note(note(SEEN_S).written(), withdrawn({OWN: SEEN_S + 1}))
    assert opened.log.key == OWN
    assert [one.key for one in opened.witnesses] == [WITNESS]


@pytest.mark.parametrize("witnessed_s", [None, SEEN_S, SEEN_S + 3600])
def test_the_thief_of_a_key_is_not_believed_whatever_time_he_writes(witnessed_s: int | None) -> None:
    with pytest.raises(BadNote, match="czt/changsha"):
        open_note(note(witnessed_s).written(), withdrawn({OWN: SEEN_S}))


def test_a_withdrawn_witness_saw_nothing() -> None:
    keys = withdrawn({WITNESS: SEEN_S + 3600})
    assert open_note(note(SEEN_S).written(), keys).witnesses == ()
    with pytest.raises(BadNote, match="czt/changsha"):
        open_note(note(SEEN_S).written(), withdrawn({OWN: SEEN_S + 1, WITNESS: SEEN_S + 3600}))


def test_the_list_keeps_what_was_withdrawn_and_never_sooner_believed_again(tmp_path: Path) -> None:
    file = tmp_path / "trusted_keys.toml"
    trust(file, TRUSTED)
    early, late = (datetime(2026, 11, day, 8, tzinfo=CST) for day in (20, 25))
    reason = 'stolen "with" \\ bag\nin the train \x7f 被盗'
    withdraw(file, OWN, Withdrawn(late, reason))
    withdraw(file, OWN, Withdrawn(early, reason))
    after = withdraw(file, OWN, Withdrawn(late, "a second look"))
    assert trust(file, TRUSTED) == after == load_trusted(file)
    assert {key: key.withdrawn_s for key in after if key.withdrawn_s} == {OWN: int(early.timestamp())}
    assert tuple(after) == TRUSTED
    with pytest.raises(DispatchError, match=r"trusted_keys\.toml"):
        withdraw(file, replace(OWN, raw=b"\x02" * 32), Withdrawn(early, ""))


@pytest.mark.parametrize(
    "table",
    ['withdrawn = "all"', 'withdrawn = ["x"]', "[[withdrawn]]\nsince = 2026-11-20T08:00:00+08:00",
     '[[withdrawn]]\nkey = "{key}"', '[[withdrawn]]\nkey = "{key}"\nsince = 2026-11-20T08:00:00'],
)  # fmt: skip
def test_a_list_that_withdraws_nothing_clear_is_refused(tmp_path: Path, table: str) -> None:
    file = tmp_path / "trusted_keys.toml"
    file.write_text(f'trusted = ["{OWN}"]\n{table.replace("{key}", str(OWN))}\n', encoding="utf-8")
    with pytest.raises(DispatchError, match="withdrawn"):
        load_trusted(file)


def test_the_command_names_a_key_by_its_hash(tmp_path: Path) -> None:
    run = CliRunner()
    folder = ["--config", str(tmp_path)]
    assert run.invoke(app, ["keys", "trust", *folder, *map(str, TRUSTED)]).exit_code == 0
    asked = ["--since", "2026-11-20 08:00:00", "--reason", "laptop stolen", *folder]
    done = run.invoke(app, ["--lang", "en", "keys", "withdraw", OWN.hash.hex(), *asked])
    assert done.exit_code == 0
    assert "withdrawn since 2026-11-20 08:00:00" in done.stdout
    listed = json.loads(run.invoke(app, ["keys", "show", *folder, "--json"]).stdout)
    since = int(datetime(2026, 11, 20, 8, tzinfo=CST).timestamp())
    assert {one["key"]: one["withdrawn_s"] for one in listed if one["withdrawn_s"]} == {str(OWN): since}
    assert run.invoke(app, ["keys", "withdraw", "00000000", *asked]).exit_code != 0
