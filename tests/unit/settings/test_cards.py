"""Run cards are checked when they are read: a wrong one is refused with file and line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.console.cards import NEVER, check_cards, missing, values_of
from dispatch.console.commands import COMMANDS, registry
from dispatch.domain.errors import BadConfiguration
from dispatch.settings.cards import load_cards

HEAD = (
    'edition = "test"\n\n[cards.crash]\nzh = "车祸"\nen = "Crash"\nabout = { zh = "车祸", en = "A crash" }\n'
)
PARAMS = 'params = [\n  { name = "place", zh = "地点", en = "place" },\n  { name = "count", zh = "数", en = "n", default = "2" },\n]\n'  # noqa: E501


def write(folder: Path, text: str) -> Path:
    (folder / "cards.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_cards_can_all_be_run() -> None:
    cards = load_cards()
    check_cards(cards, registry())
    assert len(cards.cards) >= 4


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (HEAD + 'steps = [\n  "goto map",\n  "fly away",\n]\n', 9, "fly"),
        (HEAD + 'steps = [\n  "quit",\n]\n', 8, "quit"),
        (HEAD + 'steps = [\n  "card crash",\n]\n', 8, "card"),
        (HEAD + 'steps = [\n  "open {place} p1",\n]\n', 8, "place"),
        (HEAD + PARAMS + 'steps = [\n  "open {place} p1",\n]\n', 7, "count"),
        (HEAD + 'steps = [\n  "note {",\n]\n', 8, ""),
        (HEAD + "steps = []\n", 7, "steps"),
        (HEAD + 'steps = ["goto map"]\nkey = "f4"\n', 8, "key"),
        (HEAD.replace("crash", "Crash!", 1).replace("[cards.Crash!]", '[cards."Crash!"]')
         + 'steps = ["goto map"]\n', 3, "Crash!"),
    ],
)  # fmt: skip
def test_a_wrong_card_is_refused_with_its_line(tmp_path: Path, text: str, line: int, complaint: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        check_cards(load_cards(write(tmp_path, text)), registry())
    assert (refused.value.line, complaint in refused.value.message) == (line, True), refused.value


def test_parameters_are_filled_in_their_order_and_the_last_takes_the_rest(tmp_path: Path) -> None:
    steps = 'steps = [\n  "open {place} p1 {count}",\n  { run = "note {place}", confirm = true },\n]\n'
    (card,) = load_cards(write(tmp_path, HEAD + PARAMS + steps)).cards
    assert values_of(card, "昭山 14") == {"place": "昭山", "count": "14"}
    assert values_of(card, "") == {"place": "", "count": "2"}
    assert missing(card, values_of(card, "")) == ["place"]
    filled = card.filled(values_of(card, "昭山 14"))
    assert [(step.run, step.confirm) for step in filled] == [("open 昭山 p1 14", False), ("note 昭山", True)]
    assert card.filled({})[0].run == "open {place} p1 {count}"


def test_commands_that_no_card_may_give_are_commands() -> None:
    assert {command.name() for command in COMMANDS} >= NEVER


def test_the_cards_are_listed_as_text_and_as_json(tmp_path: Path) -> None:
    write(tmp_path, HEAD + 'steps = [\n  "goto map",\n]\n')
    line = [sys.executable, "-m", "dispatch", "--lang", "en", "cards", "--config", str(tmp_path)]
    text = subprocess.run(line, capture_output=True, text=True, timeout=300, check=True).stdout
    assert "crash" in text
    assert " 1  goto map" in text
    told = json.loads(
        subprocess.run([*line, "--json"], capture_output=True, text=True, timeout=300, check=True).stdout
    )
    assert [(card["code"], card["steps"][0]["run"]) for card in told["cards"]] == [("crash", "goto map")]


def test_a_wrong_card_ends_the_command_with_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, HEAD + 'steps = [\n  "fly",\n]\n')
    line = [sys.executable, "-m", "dispatch", "--lang", "en", "cards", "--config", str(tmp_path)]
    run = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 2
    assert f"{tmp_path / 'cards.toml'}:8" in run.stderr
