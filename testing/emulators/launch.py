"""Runs a server, given as a module of Python, until standard input ends.

The test run holds the other end of that pipe. However the run ends, by itself, by Ctrl-C or by kill -9, the system
closes the pipe; then the server, what it has started and the folder of the run go.

    launch.py RUN_FOLDER MODULE [ARGUMENT ...]
"""

import os
import runpy
import shutil
import signal
import sys
import threading

folder, module, *arguments = sys.argv[1:]

# A group of its own: Ctrl-C in the terminal does not reach the server before the tests have cleaned up.
if os.getpgrp() != os.getpid():
    os.setpgid(0, 0)


def end_with_the_run() -> None:
    while os.read(0, 4096):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_the_run, daemon=True).start()
sys.argv = [module, *arguments]
runpy.run_module(module, run_name="__main__", alter_sys=True)
