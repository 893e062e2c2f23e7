"""This machine's own clock: is it kept right by a time server."""

import shutil
import subprocess
from collections.abc import Iterator

from dispatch.doctor.finding import Finding, Level
from dispatch.language import _

_ANSWER_S = 5


def look(synchronized: bool | None) -> Iterator[Finding]:
    """`synchronized`: whether a time server keeps it; None: this machine does not tell."""
    facts = {"synchronized": synchronized}
    if synchronized is None:
        said = _("this machine does not tell whether a time server keeps its clock")
        yield Finding("clock.machine", Level.NOTE, said, facts=facts)
    elif synchronized:
        yield Finding("clock.machine", Level.GOOD, _("kept by a time server"), facts=facts)
    else:
        yield Finding(
            "clock.machine",
            Level.WARNING,
            _("no time server keeps this machine's clock: ages and orders go by it"),
            _("timedatectl set-ntp true, and name the time server of your network in timesyncd.conf"),
            facts,
        )


def synchronized() -> bool | None:
    """As systemd says it."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        run = subprocess.run(
            [program, "show", "--property", "NTPSynchronized", "--value"],
            capture_output=True,
            timeout=_ANSWER_S,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"yes": True, "no": False}.get(run.stdout.strip())
