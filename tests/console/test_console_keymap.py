"""The keymap is read with care, and the key card is made of it."""

from pathlib import Path

import pytest

from dispatch.console.commands import registry
from dispatch.console.keycard import key_card
from dispatch.console.keymap import Keymap, is_text_key, key_name, load_keymap
from dispatch.console.limits import load_manners
from dispatch.console.overrides import KINDS, load_override_reasons
from dispatch.domain.errors import BadConfiguration
from dispatch.settings import config_file

DOCS = Path(__file__).parents[2] / "docs"


def read(folder: Path, text: str) -> Keymap:
    file = folder / "keymap.toml"
    file.write_text(text, encoding="utf-8")
    return load_keymap(file, registry().names())


def test_the_shipped_keymap_is_sound_and_leaves_f11_free() -> None:
    keymap = load_keymap(config_file("keymap.toml"), registry().names())
    assert {f"f{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)} <= keymap.keys()
    assert keymap.line("f11", "map") is None
    assert keymap.line("fullwidth_colon", "map") == keymap.line("colon", "map") == "line"
    assert keymap.line("c", "units") == "city"
    assert keymap.line("c", "map") is None


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ('[everywhere]\nf1 = "help"\nf1 = "ack"\n', 3, "第 3 行"),
        ('[everywhere]\nn = "new"\n\n[map]\nn = "point"\n', 5, "already gives 'new'"),
        ('[everywhere]\n"ctrl+m" = "new"\n', 2, "Enter"),
        ('[everywhere]\nenter = "choose"\n', 2, "moves within"),
        ('[everywhere]\nf1 = "fly"\n', 2, "no command"),
        ("[everywhere]\nf1 = 3\n", 2, "in quotes"),
        ('[kitchen]\nf1 = "help"\n', 1, "not one of"),
    ],
)
def test_a_wrong_keymap_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, complaint: str
) -> None:
    with pytest.raises(BadConfiguration, match=complaint) as refused:
        read(tmp_path, text)
    assert refused.value.line == line


@pytest.mark.parametrize(
    ("key", "name"),
    [("f7", "F7"), ("ctrl+t", "Ctrl+T"), ("colon", ":"), ("slash", "/"), ("n", "n"), ("plus", "+")],
)
def test_a_key_is_named_as_it_is_printed(key: str, name: str) -> None:
    assert key_name(key) == name


def test_text_keys_are_told_from_the_others() -> None:
    assert [is_text_key(key) for key in ("n", "colon", "fullwidth_colon", "f7", "ctrl+n", "delete")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "file"), [("zh_CN", "keys.zh-CN.md"), ("en", "keys.md")])
def test_the_key_card_in_docs_is_the_one_that_is_made_now(language: str, file: str) -> None:
    assert (DOCS / file).read_text(encoding="utf-8") == key_card(language), "make it anew: czt keys"


def test_override_reasons_are_there_for_every_kind() -> None:
    reasons = load_override_reasons(config_file("override_reasons.toml"))
    assert all(1 <= len(reasons.said(kind)) <= 9 for kind in KINDS)


@pytest.mark.parametrize("text", ['unit = [ { zh = "x" } ]', "unit = [", "[kitchen]\n"])
def test_a_wrong_list_of_reasons_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "override_reasons.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration):
        load_override_reasons(file)


@pytest.mark.parametrize("text", ["edition = 3", 'edition = "x"\nexpiring_soon_hours = -1', "x = ["])
def test_wrong_manners_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "console.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration):
        load_manners(file)
