"""Commands are imported when they are called, and say the same help as before that."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from dispatch.cli.app import Commands, app
from dispatch.cli.lazily import imported

SLOW = "numpy,pydantic,scipy,matplotlib,osmium,textual,rich,sqlite_utils,aiomqtt"
LOADED = f"""
import sys
from typer.testing import CliRunner
from dispatch.cli.app import app
found = CliRunner().invoke(app, sys.argv[1:])
assert found.exit_code == 0, found.output
print(*sorted(set("{SLOW}".split(",")) & set(sys.modules)))
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


@pytest.mark.parametrize("name", Commands.late)
def test_a_command_can_be_imported_and_says_what_the_list_says(name: str) -> None:
    place, said = Commands.late[name]
    command = imported(name, place, said)
    assert (command.name, command.help) == (name, said)
    assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_a_command_that_is_not_known_is_answered_with_the_nearest_one() -> None:
    found = CliRunner().invoke(app, ["recomend"])
    assert found.exit_code == 2
    assert "'recommend'" in found.output


def test_the_list_holds_every_command_in_its_order() -> None:
    output = CliRunner().invoke(app, ["--help"]).output
    places = [output.index(f"\n  {name} ") for name in Commands.late]
    assert places == sorted(places)
    assert isinstance(app, typer.Typer)
