"""Three hosts on one machine: a network namespace for each city, and a cable between each two.

Namespaces are called czt-<process>-<city>. Whatever ends this program, they are removed by a small one that
outlives it (janitor.py); if that one is killed too, at the next start.

A cut cable carries nothing and tells nobody. That is done with the neighbour tables alone: packets to the
other host go out under a hardware address that nobody has. So each direction is cut for itself, and no module
of the kernel is needed beyond namespaces and veth.
"""

import os
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Self

from tests.chaos.cities.small_cities import CITIES, ROOT

PREFIX = "czt"
NOBODY = "02:00:00:00:00:00"
ADDRESSES = {city: f"10.77.0.{number}" for number, city in enumerate(CITIES, 1)}
"""Each host has one address, which is its own in every namespace of this machine."""
PAIRS = tuple(combinations(CITIES, 2))
_WITHIN_S = 20


class NoNamespaces(Exception):
    """No hosts can be made here; the text says why and what to do."""


def ip(*words: str) -> str:
    """Run iproute2; NoNamespaces with its own words when it refuses."""
    program = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise NoNamespaces("iproute2 is not installed (apt-get install iproute2)")
    done = subprocess.run((program, *words), capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    if done.returncode:
        raise NoNamespaces(f"ip {' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def try_here() -> None:
    """NoNamespaces when this machine, or this account, cannot make what is needed."""
    if sys.platform != "linux":
        raise NoNamespaces("network namespaces are a thing of Linux")
    if os.geteuid() != 0:
        raise NoNamespaces("network namespaces need root")
    name = f"{PREFIX}-{os.getpid()}-trial"
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "add", "one", "type", "veth", "peer", "name", "other")
    finally:
        remove([name])


def remove(names: list[str]) -> None:
    """End whatever runs in them, then take them away; what is not there is no fault."""
    for name in names:
        try:
            for pid in ip("netns", "pids", name).split():
                os.kill(int(pid), 9)
            ip("netns", "del", name)
        except (NoNamespaces, ProcessLookupError):
            continue


def names_of(process: int | None = None) -> list[str]:
    """The namespaces of one run, or of all runs that are on this machine."""
    start = f"{PREFIX}-" if process is None else f"{PREFIX}-{process}-"
    listed = [line.split()[0] for line in ip("netns", "list").splitlines() if line.strip()]
    return [name for name in listed if name.startswith(start)]


def sweep() -> list[str]:
    """Remove what runs that are gone left behind; their names."""
    left = []
    for name in names_of():
        pid = name.split("-")[1]
        if pid.isdigit() and not Path("/proc", pid).exists():
            left.append(name)
    remove(left)
    return left


class Hosts:
    """The namespaces and cables of one run: a context manager."""

    def __init__(self) -> None:
        self.names = {city: f"{PREFIX}-{os.getpid()}-{city}" for city in CITIES}
        self.cut: set[tuple[str, str]] = set()
        """(from, to) of every direction that carries nothing now."""
        self._janitor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        sweep()
        self._janitor = subprocess.Popen(
            (sys.executable, "-m", "tests.chaos.hosts.janitor", str(os.getpid())),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl+C is for the run, and this one must outlive it
        )
        try:
            for name in self.names.values():
                ip("netns", "add", name)
                ip("-n", name, "link", "set", "lo", "up")
            for city, address in ADDRESSES.items():
                ip("-n", self.names[city], "address", "add", f"{address}/32", "dev", "lo")
            for one, other in PAIRS:
                self._lay(one, other)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_what: object) -> None:
        remove(list(self.names.values()))
        if self._janitor is not None:
            assert self._janitor.stdin is not None
            self._janitor.stdin.close()
            self._janitor.wait(_WITHIN_S)
            self._janitor = None

    def within(self, city: str) -> tuple[str, ...]:
        """What a command is started with, to run on a city's host."""
        return ("ip", "netns", "exec", self.names[city])

    def cut_way(self, one: str, other: str) -> None:
        """From now on nothing goes from one host to the other; the way back is not touched."""
        self.cut.add((one, other))
        self._point(one, other, NOBODY)

    def mend_way(self, one: str, other: str) -> None:
        self.cut.discard((one, other))
        self._point(one, other, _hardware(other, one))

    def _lay(self, one: str, other: str) -> None:
        """One cable: a pair of interfaces, each in its host's namespace."""
        ends = ((one, other), (other, one))
        ip("link", "add", f"to-{other}", "netns", self.names[one], "address", _hardware(one, other),
           "type", "veth", "peer", "name", f"to-{one}", "netns", self.names[other],
           "address", _hardware(other, one))  # fmt: skip
        for here, there in ends:
            ip("-n", self.names[here], "link", "set", f"to-{there}", "up")
            route = (f"{ADDRESSES[there]}/32", "dev", f"to-{there}", "src", ADDRESSES[here])
            ip("-n", self.names[here], "route", "add", *route)
            self.mend_way(here, there)

    def _point(self, one: str, other: str, hardware: str) -> None:
        entry = (ADDRESSES[other], "lladdr", hardware, "dev", f"to-{other}", "nud", "permanent")
        ip("-n", self.names[one], "neigh", "replace", *entry)


def _hardware(here: str, there: str) -> str:
    """The address of the interface of one host on its cable to another."""
    return f"02:00:00:00:{CITIES.index(here) + 1:02x}:{CITIES.index(there) + 1:02x}"
