"""What people read puts nothing between two values that only English writes so: "长沙: ..." is no Chinese."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "dispatch"
ROOMS = ("console", "desk", "blood")
MARKS = frozenset({": ", "; ", ", "})
FOR_PROGRAMS = frozenset({
    "desk/records.py",  # rows of the audit log
    "desk/endings.py", "desk/helping.py", "desk/lending.py",  # facts of alarms and messages on the wire
    "blood/joined.py", "blood/moves.py", "blood/move_documents.py",  # editions and keys of documents
    "blood/labels.py",  # codes of a label
    "console/keymap.py", "console/overrides.py", "console/symbols.py", "console/limits.py",
    "console/commands/cards.py", "console/commands/drills.py",  # names as they stand in a file or are typed
    "console/keycard.py", "console/screens/help.py",  # verbs
})  # fmt: skip
"""Files in which such marks stand between codes, not in sentences."""


def fixed_marks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines where a list is joined, or two values are set beside each other, by a mark of English."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(mark)), attr="join")):
                if mark in MARKS:
                    yield node.lineno, mark
            case ast.JoinedStr(values=values):
                for before, between, after in zip(values, values[1:], values[2:], strict=False):
                    match before, between, after:
                        case ast.FormattedValue(), ast.Constant(value=": " | "; "), ast.FormattedValue():
                            yield node.lineno, str(between.value)


@pytest.mark.parametrize("room", ROOMS)
def test_no_mark_of_english_stands_between_two_values(room: str) -> None:
    found = [
        f"{name}:{line}: {mark!r}"
        for file in sorted((ROOT / room).rglob("*.py"))
        if (name := str(file.relative_to(ROOT))) not in FOR_PROGRAMS
        for line, mark in fixed_marks(ast.parse(file.read_text("utf-8")))
    ]
    assert not found, 'say _(": "), _("; ") or _(", "): ' + ", ".join(found)


@pytest.mark.parametrize("source", ['f"{a}: {b}"', '", ".join(a)', 'f"x {a}; {b}"'])
def test_such_a_mark_is_found(source: str) -> None:
    assert list(fixed_marks(ast.parse(source)))


@pytest.mark.parametrize("source", ["f\"{a}{_(': ')}{b}\"", '_(", ").join(a)', 'f"width: {a}"'])
def test_what_is_said_in_the_language_in_use_is_not(source: str) -> None:
    assert not list(fixed_marks(ast.parse(source)))
