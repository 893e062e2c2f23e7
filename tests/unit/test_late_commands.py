"""Commands are imported when they are called, and say the same help as before that."""

import gc
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from dispatch.cli.app import Commands, app
from dispatch.cli.lazily import loading

SLOW = "numpy,pydantic,scipy,matplotlib,osmium,textual,rich,sqlite_utils,aiomqtt"
LOADED = f"""
import sys
from typer.testing import CliRunner
from dispatch.cli.app import app
found = CliRunner().invoke(app, sys.argv[1:])
assert found.exit_code == 0, found.output
print(*sorted(set("{SLOW}".split(",")) & set(sys.modules)))
"""

WORDED = """
import sys
from typer.testing import CliRunner
from dispatch import language
language.use(sys.argv[1])
from dispatch.cli.app import Commands, app
from dispatch.cli.lazily import imported
for name, (place, said) in Commands.late.items():
    command = imported(name, place, said)
    assert (command.name, command.help) == (name, said), (name, command.help, said)
    assert CliRunner().invoke(app, ["--lang", sys.argv[1], name, "--help"]).exit_code == 0, name
    print(name)
"""


def loaded_by(*arguments: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(run.stdout.split())


def test_the_help_of_all_commands_imports_none_of_them() -> None:
    assert loaded_by("--help") == set()


@pytest.mark.parametrize("command", ["recommend", "geo"])
def test_a_command_brings_in_no_library_that_only_others_need(command: str) -> None:
    assert not loaded_by(command, "--help") & {"scipy", "matplotlib", "osmium", "textual", "rich"}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_command_can_be_imported_and_says_what_the_list_says(language: str) -> None:
    """In a program of its own: a command is worded once, in the language in use when it is imported."""
    run = subprocess.run(
        [sys.executable, "-c", WORDED, language], capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout.split() == list(Commands.late)


def test_a_command_that_is_not_known_is_answered_with_the_nearest_one() -> None:
    found = CliRunner().invoke(app, ["recomend"])
    assert found.exit_code == 2
    assert "'recommend'" in found.output


def test_the_list_holds_every_command_in_its_order() -> None:
    output = CliRunner().invoke(app, ["--help"]).output
    places = [output.index(f"\n  {name} ") for name in Commands.late]
    assert places == sorted(places)
    assert isinstance(app, typer.Typer)


def test_nothing_is_collected_while_a_command_is_loaded_and_all_is_afterwards() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
