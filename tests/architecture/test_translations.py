"""Chinese and English are complete: every marked sentence has one translation that says the same."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.architecture.sources import ROOT, called_name, calls, parsed

CATALOGUES = sorted((ROOT / "dispatch/locale/zh_CN").glob("*.po"))
CHINESE = re.compile(r"[\u3400-\u9fff]")
MAY_HOLD_CHINESE = {
    "dispatch/text.py": "folds Chinese punctuation and numerals that were typed",
    "simulators/": "callers and crews of a drill speak Chinese",
    "dispatch/console/moments.py": "spans of time as an operator may type them",
    "dispatch/web/pages.py": "names the other language in itself",
    "dispatch/console/commands/": "words that an operator may type, in Chinese as in English",
}


def place(path: str, node: ast.AST) -> str:
    return f"{path}:{getattr(node, 'lineno', 0)}"


@cache
def sentences() -> dict[str, str]:
    """Marked sentence -> where it is first marked."""
    found: dict[str, str] = {}
    for path, call in calls():
        match call:
            case ast.Call(func=ast.Name(id="_" | "N_"), args=[ast.Constant(value=str(sentence)), *_rest]):
                found.setdefault(sentence, place(path, call))
    return found


@cache
def translations() -> dict[Path, dict[str, Message]]:
    """.po file -> sentence -> its entry."""
    read: dict[Path, dict[str, Message]] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            catalogue = read_po(file, locale="zh_CN", abort_invalid=True)
        read[path] = {str(entry.id): entry for entry in catalogue if entry.id}
    return read


def facts_of(sentence: str) -> Counter[str]:
    """The {named} facts of a sentence, with how often each stands in it."""
    return Counter(
        name for _text, name, _format, _conversion in Formatter().parse(sentence) if name is not None
    )


def test_every_sentence_is_translated() -> None:
    known = {
        sentence for entries in translations().values() for sentence, entry in entries.items() if entry.string
    }
    missing = [f"{where}: {sentence!r}" for sentence, where in sentences().items() if sentence not in known]
    assert not missing, "without a zh_CN translation:\n" + "\n".join(missing)


def test_no_translation_is_left_over() -> None:
    marked = sentences()
    left = [
        f"{path.name}: {one!r}"
        for path, entries in translations().items()
        for one in entries
        if one not in marked
    ]
    left += [f"{path.name}: a #~ entry" for path in CATALOGUES if "#~" in path.read_text(encoding="utf-8")]
    assert not left, "translated but said nowhere:\n" + "\n".join(left)


def test_a_sentence_stands_in_one_catalogue_once() -> None:
    homes: dict[str, list[str]] = {}
    for path in CATALOGUES:
        for sentence in translations()[path]:
            homes.setdefault(sentence, []).append(path.name)
        written = len(re.findall(r"^msgid ", path.read_text(encoding="utf-8"), re.MULTILINE)) - 1
        assert written == len(translations()[path]), f"{path.name} holds a sentence twice"
    twice = [f"{sentence!r}: {', '.join(names)}" for sentence, names in homes.items() if len(names) > 1]
    assert not twice, "in more than one catalogue:\n" + "\n".join(twice)


def test_a_translation_has_the_same_facts_as_its_sentence() -> None:
    wrong = []
    for path, entries in translations().items():
        for sentence, entry in entries.items():
            if set(facts_of(sentence)) != set(facts_of(str(entry.string))):
                wrong.append(f"{path.name}: {sentence!r} -> {entry.string!r}")
    assert not wrong, "other facts than the sentence:\n" + "\n".join(wrong)


def test_a_translation_is_chinese_and_nobody_is_unsure_of_it() -> None:
    wrong = []
    for path, entries in translations().items():
        for sentence, entry in entries.items():
            words = re.findall(r"[a-z]{4,}", re.sub(r"\{[^}]*\}", "", sentence))
            if entry.fuzzy or (words and not CHINESE.search(str(entry.string))):
                wrong.append(f"{path.name}: {sentence!r} -> {entry.string!r}")
    assert not wrong, "fuzzy or still in English:\n" + "\n".join(wrong)


def test_a_sentence_is_marked_as_a_plain_literal() -> None:
    wrong = []
    for path, call in calls():
        name = called_name(call) if isinstance(call.func, ast.Name) else ""
        if name not in ("_", "N_", "say"):
            continue
        said = call.args[1:2] if name == "say" else call.args[:1]
        match said:
            case [ast.JoinedStr() | ast.BinOp()]:
                wrong.append(f"{place(path, call)}: put facts in as {{named}} ones, not by f-string or +")
            case [ast.Constant()] if name == "say":
                wrong.append(f"{place(path, call)}: mark the sentence with N_ where it is written")
            case [ast.Constant(value=str())] | [_] if name != "N_" or isinstance(said[0], ast.Constant):
                continue
            case _:
                wrong.append(f"{place(path, call)}: {name} needs the sentence itself")
    assert not wrong, "\n".join(wrong)


def test_a_sentence_said_at_once_gets_exactly_its_facts() -> None:
    wrong = []
    for path, call in calls():
        match call:
            case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(sentence))], keywords=given):
                names = {keyword.arg for keyword in given}
                if None not in names and names != set(facts_of(sentence)):
                    wrong.append(f"{place(path, call)}: {sentence!r} got {sorted(map(str, names))}")
    assert not wrong, "facts do not fit the sentence:\n" + "\n".join(wrong)


def test_the_marks_keep_their_names() -> None:
    renamed = [
        place(path, node)
        for path, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dispatch.language"
        if any(alias.name in ("_", "N_") and alias.asname for alias in node.names)
    ]
    assert not renamed, f"import _ and N_ under their own names, extractors look for them: {renamed}"


def test_chinese_that_is_said_stands_in_the_catalogues_and_in_config_only() -> None:
    wrong = []
    for path, tree in parsed().items():
        if path.startswith(tuple(MAY_HOLD_CHINESE)):
            continue
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        wrong += [
            f"{place(path, node)}: {node.value!r}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value)
            if id(node) not in docstrings
        ]
    assert not wrong, "Chinese in the code, it belongs to locale/ or config/:\n" + "\n".join(wrong)
