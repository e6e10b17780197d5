"""Programs that a check starts, kills, pauses and ends, each with a log of its own. None outlives the check."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real" / "real"
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Fault(Exception):
    """What keeps a check from being made at all."""


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Ports:
    """Free ports on loopback, from a range below the one that the system gives to clients."""

    def __init__(self, first):
        self.next = first

    def take(self, count=1):
        """So many ports in a row, the first of which is returned."""
        while True:
            if self.next + count > 65_536:
                raise Fault("there are no free ports left")
            block = range(self.next, self.next + count)
            self.next += count
            if all(self.is_free(port) for port in block):
                return block[0]

    @staticmethod
    def is_free(port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True


def wait_for(what, condition, seconds, pause=0.1):
    """Returns what the condition gives once that is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Fault(f"{what} did not come within {seconds} s")
        time.sleep(pause)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Program:
    """One program. It is started by the main thread, since the system ends it with the thread that started it."""

    every = []

    def __init__(self, name, command, log, environment=None, folder=None, own_session=True):
        self.own_session = own_session  # without one it has a process group, as under a terminal's shell
        self.name, self.command, self.log, self.folder = name, [str(part) for part in command], log, folder
        self.environment = {**os.environ, **(environment or {})}
        Program.every.append(self)
        self.process, self.paused, self.starts, self.own_ends = None, False, 0, 0

    def start(self):
        self.starts += 1
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd=self.folder,
                start_new_session=self.own_session, process_group=None if self.own_session else 0, preexec_fn=die_with_parent,
            )
        return self

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        if self.runs:
            os.kill(self.process.pid, number)

    def kill(self):
        self.send(signal.SIGKILL)
        self.paused = False
        if self.process:
            self.process.wait()

    def pause(self):
        self.paused = True
        self.send(signal.SIGSTOP)

    def resume(self):
        self.paused = False
        self.send(signal.SIGCONT)

    def stop(self, seconds=20, number=signal.SIGTERM):
        """Ends it in order; False when it had to be killed."""
        self.resume()
        self.send(number)
        return self.ended(seconds)

    def ended(self, seconds=20):
        """Waits for its end; False when it had to be killed."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def tail(self, lines=15):
        try:
            return "\n".join(Path(self.log).read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def below(pid):
    """The living processes that a process started, and those that these started, as {pid: program}."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                head, _, rest = entry.joinpath("stat").read_text().rpartition(")")
            except OSError:
                continue
            state, parent = rest.split()[:2]
            if state != "Z":
                parents[int(entry.name)] = (int(parent), head.partition("(")[2])
    found, wave = {}, {pid}
    while wave:
        wave = {child for child, (parent, _) in parents.items() if parent in wave and child not in found}
        found.update({child: parents[child][1] for child in wave})
    return found
