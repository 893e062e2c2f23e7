"""Run a program that dies with its parent: `python leash.py PARENT_PID PROGRAM ARGUMENT...`.

Linux kills the program when the parent ends however it ends (PR_SET_PDEATHSIG survives exec). Done
here and not between fork and exec of a program with threads and an event loop, where it could hang.
Elsewhere the program is simply started.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            raise SystemExit(1)
    os.execv(program[0], program)  # noqa: S606 - no shell: the arguments are the broker's own


if __name__ == "__main__":
    main()
