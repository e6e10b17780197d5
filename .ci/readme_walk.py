"""Walk the README: run the commands of its ```console blocks, exactly as they stand, and compare what they print.

A line that begins with `$ ` is a command, what follows up to the next one is its answer. `…` in an answer stands for any
text in a line, alone on a line for any lines. An answer that begins with `HTTP/` names the headers that must be there, in
any order. A command without an answer must succeed. `make run` starts in the background; where the README runs it again,
the sidecar and the server are killed with SIGKILL first. `make test` is a step of .ci/run and not repeated here.

After each `make run` it sees what the README does not show: who does not know the token of that run delivers nothing, and
what is written belongs to its owner alone.
"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

READY = "http://127.0.0.1:8080/ready"
EVENTS = "http://127.0.0.1:8080/events/task-commands"
BUILD_SECONDS, READY_SECONDS, COMMAND_SECONDS, STOP_SECONDS = 1000, 60, 60, 30
PROGRAMS = {"dev-sidecar", "task-server"}
DATA = Path(".data")


class Fault(Exception):
    """What did not go as the README says."""


def commands(markdown):
    """Yields (command, expected answer) in order."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", markdown, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:].split("  #")[0].strip(), []))
            elif found:
                found[-1][1].append(line)
    return [(command, "\n".join(answer).strip()) for command, answer in found]


def pattern(text):
    """The answer as a regular expression."""
    lines = []
    for line in text.split("\n"):
        lines.append("(?s:.*?)" if line.strip() == "…" else "[^\n]*?".join(re.escape(part) for part in line.split("…")))
    return "\n".join(lines)


def agrees(expected, actual):
    if not expected:
        return True
    if not expected.startswith("HTTP/"):
        return re.fullmatch(pattern(expected), actual) is not None
    head, _, body = expected.partition("\n\n")
    actual_head, _, actual_body = actual.partition("\n\n")
    status, *headers = head.split("\n")
    actual_status, *actual_headers = actual_head.split("\n")
    return (
        status == actual_status.strip()
        and all(any(re.fullmatch(pattern(h), a, re.I) for a in actual_headers) for h in headers if h != "…")
        and (not body or re.fullmatch(pattern(body), actual_body) is not None)
    )


def readiness():
    """What `/ready` answers, as (status, body); None while nothing listens."""
    try:
        with urllib.request.urlopen(READY, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()
    except OSError:
        return None


class Run:
    """`make run` in the background, with all that it started."""

    def __init__(self, command):
        if readiness():
            raise Fault(f"{READY} answers before `{command}`: something else runs on that port")
        self.process = subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            self.wait(command)
        except BaseException:
            self.kill(every=False)
            raise

    def wait(self, command):
        """Returns once the service is ready: it may take long to build, and not long to start."""
        deadline, answer = time.monotonic() + BUILD_SECONDS, None
        while answer is None or answer[0] != 200:
            if self.process.poll() is not None:
                raise Fault(f"`{command}` ended with exit code {self.process.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise Fault(f"`{command}` was not ready in time; /ready: {answer}")
            time.sleep(0.3)
            listens, answer = answer is not None, readiness()
            if answer and not listens:
                deadline = time.monotonic() + READY_SECONDS

    def descendants(self):
        """The living processes under `make run`, as {pid: program}."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)", entry.joinpath("stat").read_text().strip(), re.S).groups()
                except (OSError, AttributeError):
                    continue
                state, parent = rest.split()[:2]
                if state != "Z":
                    parents[int(entry.name)] = (int(parent), name)
        found, wave = {}, {self.process.pid}
        while wave:
            wave = {pid for pid, (parent, _) in parents.items() if parent in wave and pid not in found}
            found.update({pid: parents[pid][1] for pid in wave})
        return found

    def app_token(self):
        """The token that sidecar and server share; it stands in their environments alone."""
        found = set()
        for pid, name in self.descendants().items():
            if name in PROGRAMS:
                variables = dict(v.split("=", 1) for v in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in v)
                found.add(variables.get("APP_API_TOKEN", ""))
        if len(found) != 1 or not re.fullmatch("[0-9a-f]{64}", next(iter(found))):
            raise Fault(f"sidecar and server share no random token of 64 digits, but have {len(found)} of {sorted(map(len, found))} characters")
        return found.pop()

    def kill(self, every=True):
        """Ends the sidecar and the server at once, as a power cut would; `every`: both must be there."""
        victims = {pid: name for pid, name in self.descendants().items() if name in PROGRAMS or not every}
        if every and set(victims.values()) != PROGRAMS:
            raise Fault(f"`make run` runs {victims}, and not {PROGRAMS}")
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def stop(self):
        """Ends everything as Ctrl-C does, and sees that nothing stays behind."""
        below = self.descendants()
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill(every=False)
            raise Fault(f"Ctrl-C did not end `make run` within {STOP_SECONDS} s") from None
        left = {pid: name for pid, name in below.items() if Path(f"/proc/{pid}/exe").exists()}
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if left:
            raise Fault(f"Ctrl-C left these behind: {left}")


def status_of_event(token):
    """What the app port answers to an event for another user's tasks, with that token or none."""
    event = b'{"specversion":"1.0","id":"1","source":"/forged","type":"task.create","data":{"user_id":"victim","title":"forged"}}'
    headers = {"Content-Type": "application/cloudevents+json"} | ({"dapr-api-token": token} if token is not None else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(EVENTS, event, headers), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def check_safety(run, known):
    """Sees that a forged event is refused, that each run has a token of its own, and that `.data` is its owner's."""
    token = run.app_token()
    if token in known:
        raise Fault("`make run` has the token of the run before")
    for forged in (None, "", "0" * 64, *known):
        if (status := status_of_event(forged)) != 401:
            raise Fault(f"an event with {'no token' if forged is None else 'another token'} was answered {status}, and not 401")
    known.append(token)
    files = sorted(DATA.rglob("*"))
    names = {file.name for file in files}
    if not {"secrets.json", "tasks.db"} <= names:
        raise Fault(f"{DATA} holds {sorted(names)}, and not the key and the tasks")
    for path, mode in [(DATA, 0o700), *((file, 0o700 if file.is_dir() else 0o600) for file in files)]:
        if (found := path.stat().st_mode & 0o777) != mode:
            raise Fault(f"{path} has the rights {found:o}, and not {mode:o}")


class Shell:
    """One shell for all commands, so that a variable set by one is there for the next."""

    MARK = "--- end of answer "

    def __init__(self):
        self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, command):
        self.process.stdin.write(
            f"timer() {{ sleep {COMMAND_SECONDS}; kill -9 $$; }}; timer >/dev/null & T=$!\n"
            f"{command}\n{{ S=$?; kill $T; wait $T; }} 2>/dev/null; printf '\\n{self.MARK}%s\\n' $S\n"
        )
        self.process.stdin.flush()
        answer = ""
        for line in self.process.stdout:
            if line.startswith(self.MARK):
                return answer.replace("\r", "").strip(), int(line.removeprefix(self.MARK))
            answer += line
        raise Fault(f"`{command}` took longer than {COMMAND_SECONDS} s, or ended the shell; so far it printed:\n{answer}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(5)


def walk():
    todo = commands(Path("README.md").read_text())
    if not any(c == "make run" for c, _ in todo) or not any(answer for _, answer in todo):
        raise Fault("the README's console blocks hold no `make run`, or no answer to compare")
    running, shell, compared, done, tokens = None, Shell(), 0, False, []
    try:
        for command, expected in todo:
            if command == "make test":
                continue
            print(f"$ {command}", flush=True)
            if command == "make run":
                if running:
                    running.kill()
                running = Run(command)
                check_safety(running, tokens)
                continue
            answer, status = shell.run(command)
            print(answer, flush=True)
            if status != 0:
                raise Fault(f"`{command}` failed with exit code {status}")
            if not agrees(expected, answer):
                raise Fault(f"`{command}` should have printed:\n{expected}")
            compared += bool(expected)
        done = True
    finally:
        shell.close()
        if running and done:
            running.stop()
        elif running:
            running.kill(every=False)
    print(f"{len(todo)} commands, {compared} answers as the README has them; {len(tokens)} runs, each with a token of its own")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("readme_walk: was told to end"))  # a step out of time leaves nothing behind
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else a script in the background hands on "ignored"
    try:
        walk()
    except Fault as fault:
        sys.exit(f"readme_walk: {fault}")
