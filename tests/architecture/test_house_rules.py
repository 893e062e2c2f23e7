"""Rules of the house that no linter knows."""

import ast
import re

from dispatch.audit.actions import ACTIONS
from tests.architecture.sources import ROOT, called_name, calls, parsed, project_files

THIS_FILE = "tests/architecture/test_house_rules.py"
TRACES = {
    "a path of somebody's machine": re.compile(r"(?<![\w.~$})/-])/(?:root|work)/"),
    "the address of a package registry": re.compile(
        r"https?://\S*/simple\b|--(?:extra-)?index-url|files\.pythonhosted\.org|_proxy="
    ),
}
LINES_OF_A_CLASS = 300
LONGER = {"Intake": 325, "SignIn": 327}
"""Classes that are longer, and how long they may be: doors through which every message or person comes."""
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = []
    for file in project_files():
        name = file.relative_to(ROOT).as_posix()
        content = file.read_bytes()
        if b"\0" in content[:8192] or name == THIS_FILE:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            found += [f"{name}:{number}: {what}" for what, trace in TRACES.items() if trace.search(line)]
    assert not found, "\n".join(found)


def test_only_the_clock_reads_the_clock() -> None:
    found = []
    for path, call in calls():
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr=function) if (module, function) in CLOCKS:
                if path != "dispatch/clock.py":
                    found.append(f"{path}:{call.lineno}: take a Clock instead of {module}.{function}()")
    assert not found, "\n".join(found)


def test_every_action_that_is_logged_has_its_sentence() -> None:
    unknown = []
    for path, call in calls():
        if called_name(call) in ("append", "append_soon") and any(
            word.arg == "actor" for word in call.keywords
        ):
            action = call.args[0] if call.args else None
            if isinstance(action, ast.Constant) and action.value not in ACTIONS:
                unknown.append(f"{path}:{call.lineno}: {action.value!r} is not in dispatch/audit/actions.py")
    assert not unknown, "\n".join(unknown)


def test_no_class_is_longer_than_one_can_keep_in_mind() -> None:
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for path, tree in parsed().items()
        if path.startswith(("dispatch/", "simulators/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LINES_OF_A_CLASS
    }
    grown = [f"{name}: {lines}" for name, lines in long.items() if lines > LONGER.get(name, LINES_OF_A_CLASS)]
    assert not grown, f"look for the second noun inside: {', '.join(grown)}"
    assert long.keys() == LONGER.keys(), "an exception that is no longer one goes out of the list"


def test_every_module_says_in_a_sentence_what_it_is() -> None:
    silent = [path for path, tree in parsed().items() if not ast.get_docstring(tree)]
    assert not silent, f"without a docstring: {', '.join(silent)}"
