"""czt doctor: what is broken is found, told in both languages with a cure, and counted in the exit code."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch import language
from dispatch.clock import ManualClock, epoch_ms
from dispatch.doctor import brokers, machine_clock, records, secret_files, text_shown
from dispatch.doctor.finding import Finding, Level, exit_code
from dispatch.doctor.printed import document, lines
from dispatch.doctor.rules import shipped_rules
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.payloads import Envelope, NodeState, Source
from dispatch.feed.transport import Endpoint, Received
from dispatch.settings import load

RULES = shipped_rules()
CHANGSHA = CityCode("changsha")
NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


def named(findings: Iterator[Finding] | list[Finding]) -> dict[str, Finding]:
    return {one.check: one for one in findings}


# --- text


def test_a_locale_that_is_not_utf_8_is_a_fault() -> None:
    found = named(text_shown.look({"LANG": "zh_CN.GBK"}, "gbk", lambda _pattern: ["Noto Sans CJK SC"]))
    assert found["text.encoding"].level is Level.FAULT
    assert "LANG" in found["text.encoding"].cure
    assert found["text.font.chinese"].level is Level.GOOD


def test_fonts_are_judged_only_where_they_can_be_known() -> None:
    none = named(text_shown.look({"LANG": "C.UTF-8"}, "utf-8", lambda _pattern: []))
    assert none["text.font.chinese"].level is Level.WARNING
    assert "fonts-noto-cjk" in none["text.font.chinese"].cure
    unknown = named(text_shown.look({"LANG": "C.UTF-8"}, "utf-8", lambda _pattern: None))
    assert unknown["text.font.chinese"].level is Level.NOTE
    remote = named(text_shown.look({"SSH_TTY": "/dev/pts/1"}, "utf-8", lambda _pattern: []))
    assert remote["text.font.chinese"].facts == {"remote": True}


# --- brokers and clocks


def beat(*, ahead_s: float, state: str = "online", retained: bool = False, kind: str = "centre") -> Received:
    """A centre's heartbeat as it comes in when its clock is so far ahead."""
    now = epoch_ms(NOW)
    sent = now + round(ahead_s * 1000)
    envelope = Envelope(
        v=1, type="node.state", src=Source(city=CHANGSHA, node="centre", epoch=now), seq=1, ts_evt=sent,
        ts_pub=sent, drill=False, data=NodeState(state=state, kind=kind),  # type: ignore[arg-type]
    )  # fmt: skip
    return Received(topics.node(CHANGSHA, "centre"), payloads.encode(envelope), retained, now)


def judged(*messages: Received, error: str = "") -> dict[str, Finding]:
    heard = brokers.Heard(error=error)
    for message in messages:
        heard.take(message)
    where = {CHANGSHA: Endpoint("10.1.0.5", 8883)}
    settings = load(None).settings
    return named(brokers.judge(RULES, settings, {CHANGSHA: "Changsha"}, where, {CHANGSHA: heard}))


@pytest.mark.parametrize(
    ("ahead_s", "level"),
    [(0.1, Level.GOOD), (-0.4, Level.GOOD), (3.0, Level.WARNING), (-4.0, Level.WARNING), (11.0, Level.FAULT)],
)
def test_a_clock_is_compared_with_the_heartbeat_of_a_centre(ahead_s: float, level: Level) -> None:
    found = judged(*[beat(ahead_s=ahead_s)] * 3)
    assert found["broker.changsha"].level is Level.GOOD
    assert found["clock.changsha"].level is level
    assert found["clock.changsha"].facts["ahead_s"] == ahead_s


def test_a_retained_birth_tells_who_is_there_but_no_time() -> None:
    found = judged(beat(ahead_s=-900, retained=True))
    assert found["broker.changsha"].level is Level.GOOD
    assert found["clock.changsha"].level is Level.NOTE


def test_a_centre_that_went_is_missed_and_an_unreachable_broker_is_a_fault() -> None:
    gone = judged(beat(ahead_s=0), beat(ahead_s=0, state="offline"))
    assert gone["broker.changsha"].level is Level.WARNING
    assert "czt-centre@changsha" in gone["broker.changsha"].cure
    away = judged(error="connection refused")
    assert (away["broker.changsha"].level, list(away)) == (Level.FAULT, ["broker.changsha"])


def test_what_is_no_heartbeat_counts_for_nothing() -> None:
    broken = Received(topics.node(CHANGSHA, "centre"), b"{}", False, 0)
    other = Received(topics.position(CHANGSHA, "CS-001"), b"{}", False, 0)
    assert judged(broken, other)["broker.changsha"].facts["programs"] == 0


async def test_every_broker_is_listened_to_at_once_and_a_dead_one_says_why(unused_tcp: int) -> None:
    from dispatch.feed.mqtt import over_mqtt

    where = {CHANGSHA: Endpoint("127.0.0.1", unused_tcp)}
    heard = await asyncio.wait_for(brokers.listen(over_mqtt(where, ManualClock(NOW)), where, 0.5), 60)
    assert heard[CHANGSHA].error
    assert not heard[CHANGSHA].centre


@pytest.fixture
def unused_tcp() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def test_a_machine_without_a_time_server_is_warned_of() -> None:
    assert [one.level for one in machine_clock.look(None)] == [Level.NOTE]
    assert [one.level for one in machine_clock.look(False)] == [Level.WARNING]
    assert [one.level for one in machine_clock.look(True)] == [Level.GOOD]


# --- records and secrets


def test_records_are_read_with_version_and_head_of_the_chain(tmp_path: Path) -> None:
    async def write() -> None:
        from dispatch.audit.log import AuditLog

        log = AuditLog.open(tmp_path / "audit.db", clock=ManualClock(NOW), city=CHANGSHA,
                            console="console-1", drill=False)  # fmt: skip
        await log.append("session.start", actor="console", role="program")
        await log.close()

    asyncio.run(write())
    found = named(records.look(RULES, tmp_path))
    assert found["records.audit.db"].level is Level.GOOD
    assert found["records.audit.db"].facts["row"] == 1
    whole = (tmp_path / "audit.db").read_bytes()
    place = whole.index(b"session.start")
    (tmp_path / "audit.db").write_bytes(whole[:place] + b"session.START" + whole[place + 13 :])
    broken = named(records.look(RULES, tmp_path))["records.audit.db"]
    assert (broken.level, "evidence" in broken.cure) == (Level.FAULT, True)


def test_a_file_that_is_no_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"no database at all, though called one" * 40)
    assert named(records.look(RULES, tmp_path))["records.desk.db"].level is Level.FAULT


def test_a_data_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    found = named(records.look(RULES, tmp_path / "not" / "yet"))
    assert found["records.writable"].level is Level.GOOD
    assert found["records.databases"].level is Level.NOTE


def test_a_full_disk_is_a_fault(tmp_path: Path) -> None:
    tight = RULES.model_copy(update={"disk_fault_mb": 1e12})
    assert named(records.look(tight, tmp_path))["records.room"].level is Level.FAULT


def test_a_secret_that_others_can_read_is_a_fault_whose_cure_is_the_command(tmp_path: Path) -> None:
    settings = load(None).settings.model_copy(update={"data_dir": tmp_path / "data"})
    key = tmp_path / "pki" / "console-1.key"
    key.parent.mkdir()
    key.write_text("secret")
    key.chmod(0o644)
    (found,) = secret_files.look(settings, tmp_path)
    assert (found.level, found.cure) == (Level.FAULT, f"chmod 600 {key}")
    key.chmod(0o600)
    tmp_path.chmod(0o777)
    assert {one.check: one.level for one in secret_files.look(settings, tmp_path)} == {
        "secrets.rights": Level.GOOD,
        "secrets.folder": Level.FAULT,
    }


# --- the whole


def czt(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dispatch", *words],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("spoken", ["en", "zh_CN"])
def test_the_command_tells_every_finding_in_the_language_in_use(spoken: str, tmp_path: Path) -> None:
    names = 'zh = "坏"\nen = "bad"\nabout = { zh = "坏", en = "bad" }'
    bad = f'edition = "2026-11-27"\n\n[cards.bad]\n{names}\nsteps = [\n  "fly away",\n]\n'
    (tmp_path / "cards.toml").write_text(bad, encoding="utf-8")
    run = czt("--lang", spoken, "doctor", "--offline", "--json", "--config", str(tmp_path))
    assert run.returncode == 1, run.stderr
    told = json.loads(run.stdout)
    assert told["exit_code"] == 1
    (fault,) = [one for one in told["checks"] if one["level"] == "fault"]
    assert (fault["check"], fault["facts"]["line"]) == ("configuration.files", 8)
    assert "fly" in fault["said"]
    assert "czt config check" in fault["cure"]
    assert ("修改" in fault["cure"]) == (spoken == "zh_CN")


def test_a_configuration_that_cannot_be_read_ends_no_look(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("language = 3\n")
    run = czt("--lang", "en", "doctor", "--offline", "--config", str(tmp_path))
    assert run.returncode == 1
    assert "settings.toml:1" in run.stdout
    assert "cure: mend line 1" in run.stdout
    assert "fault 1" in run.stdout.splitlines()[-1]


def test_an_old_edition_of_an_own_file_is_warned_of(tmp_path: Path) -> None:
    from dispatch.doctor import configured
    from dispatch.settings import config_file

    shipped = config_file("console.toml").read_text("utf-8")
    (tmp_path / "console.toml").write_text(shipped.replace('edition = "', 'edition = "2020-', 1))
    configuration, found = configured.look(tmp_path)
    assert configuration is not None
    assert named(found)["configuration.console.toml"].level is Level.WARNING
    assert exit_code(found) == 0


def test_a_warning_without_a_cure_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="cure"):
        Finding("x.y", Level.WARNING, "something is wrong")


def test_lines_and_document_hold_the_same_findings() -> None:
    findings = [
        Finding("records.room", Level.FAULT, "full", "make room"),
        Finding("text.encoding", Level.GOOD, "UTF-8"),
    ]
    told = "\n".join(lines(findings, sample="长株潭"))
    assert told.index("UTF-8") < told.index("长株潭") < told.index("full") < told.index("make room")
    assert [one["check"] for one in json.loads(document(findings))["checks"]] == [
        one.check for one in findings
    ]
