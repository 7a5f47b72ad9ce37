"""Run a program that dies with its parent: `python leash.py PARENT_PID PROGRAM ARGUMENT…`.

A program of its own rather than a `preexec_fn`, which is not safe in a process with threads. On Linux the kernel
kills the program when the thread that started it ends (PR_SET_PDEATHSIG); elsewhere it merely runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program, unless the parent is gone already."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - a command line of ours, no shell


if __name__ == "__main__":
    main()
