"""Imports point one way: as import-linter reads them, and as Python does them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), name + "."):
        importlib.import_module(found.name)
print(*sorted(set(sys.argv[1].split(",")) & set(sys.modules)))
"""
GROUND = ("dispatch.clock", "dispatch.language", "dispatch.text")
LAYERS = {
    "ground": (GROUND, "textual,rich,aiomqtt,paho,numpy,pydantic,sqlite3,pypinyin"),
    "domain": (
        ("dispatch.domain",),
        "textual,rich,aiomqtt,paho,asyncio,sqlite3,dispatch.picture,dispatch.feed",
    ),
    "picture": (("dispatch.picture",), "textual,rich,aiomqtt,paho,sqlite3,dispatch.decide,dispatch.feed"),
    "decide": (("dispatch.decide",), "textual,rich,aiomqtt,paho,sqlite3,dispatch.audit,dispatch.feed"),
    "audit": (("dispatch.audit",), "textual,rich,aiomqtt,paho,dispatch.feed,dispatch.console"),
    "feed": (("dispatch.feed",), "textual,rich,dispatch.console,simulators"),
    "centre": (("dispatch.centre",), "textual,rich,dispatch.console,dispatch.desk,simulators"),
    "desk": (
        ("dispatch.desk", "dispatch.signin", "dispatch.calls", "dispatch.handover"),
        "textual,rich,dispatch.console,simulators",
    ),
    "simulators": (("simulators",), "textual,rich,dispatch.console"),
}


def test_the_import_contracts_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_importing_a_layer_brings_in_nothing_it_must_not_know(layer: str) -> None:
    modules, forbidden = LAYERS[layer]
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, forbidden, *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, f"{layer} cannot be imported:\n{run.stderr}"
    assert run.stdout.split() == [], f"importing {layer} also imported {run.stdout.strip()}"
