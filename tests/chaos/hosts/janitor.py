"""Removes the namespaces of a run when that run is gone: `python -m tests.chaos.hosts.janitor PROCESS`.

Its input is held open by the run; it ends when the run does, however that happens.
"""

import sys

from tests.chaos.hosts.network import names_of, remove

if __name__ == "__main__":
    sys.stdin.buffer.read()
    remove(names_of(int(sys.argv[1])))
