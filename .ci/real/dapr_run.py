"""`dapr run -f .` as the README says, with the real `dapr` command: its curl lines, a burst of writes, and an end that leaves nothing behind.

    python3 .ci/real/dapr_run.py                                  on the ports that dapr.yaml names
    python3 .ci/real/dapr_run.py --port 25080 --dapr-port 25350   on others

Needs the release build. It works in a folder with a copy of what `dapr run -f .` reads, so that nobody's tasks are touched.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

sys.path.append(str(Path(__file__).resolve().parents[1]))
from checks import Checks, Report, deliveries
from load import Load
from programs import REAL, ROOT, Fault, Ports, Program, below, listens, wait_for
from readme_walk import Fault as ReadmeFault
from readme_walk import Shell, agrees, commands
from services import missing
from tasks import Client, Unreachable

COPIED = ["Makefile", "apt.txt", "scripts", "dapr.yaml", "components", "dapr-config"]
SECRETS = ".data/secrets.json"
STARTED = "Started Dapr with app id"
BURST_SECONDS, PUBLISHED_SECONDS, STOP_SECONDS = 5, 60, 30


def event(title):
    """A command for another user's tasks."""
    data = {"user_id": "victim", "title": title}
    return json.dumps({"specversion": "1.0", "id": title, "source": "/forged", "type": "task.create", "data": data}).encode()


def status(port, method, path, body=None, headers=None):
    """What a sidecar answers; 0 when it does not."""
    lines = {"Content-Type": "application/cloudevents+json"} if body else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, lines | (headers or {}), method=method), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


class Run:
    def __init__(self, options):
        self.options, self.report, self.folder = options, Report(), Path(tempfile.mkdtemp(prefix="dapr-run-"))
        self.home = self.folder / "tasks"
        self.home.mkdir()
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.home / name)
        (self.home / ".build").symlink_to(ROOT / ".build")
        file = self.home / "dapr.yaml"
        text = file.read_text()
        for name, port, other in (("appPort", 8080, options.port), ("daprHTTPPort", 3500, options.dapr_port)):
            if f"{name}: {port}" not in text:
                raise Fault(f"dapr.yaml does not say `{name}: {port}`, as the README does")
            text = text.replace(f"{name}: {port}", f"{name}: {other}")
        file.write_text(text)
        subprocess.run(["make", "-s", "secrets"], cwd=self.home, check=True)
        self.program = Program(
            "dapr run", [REAL, "dapr", "run", "-f", "."], self.folder / "dapr-run.log",
            {"APP_API_TOKEN": secrets.token_hex(32), "REAL_HOME": str(self.folder / "home")}, self.home, own_session=False,
        )
        # What the load and its checks need of a stand.
        key = json.loads((self.home / SECRETS).read_text())["jwt-secret"]
        server = SimpleNamespace(port=options.port, is_ready=self.is_ready)
        self.stand = SimpleNamespace(client=Client(key), replicas=[server], broker=None, revive=lambda: None, command=self.command)

    def command(self, *words):
        return subprocess.run(
            [ROOT / ".build/release/task-server", *words], capture_output=True, text=True, timeout=120,
            env={**os.environ, "DAPR_HTTP_PORT": str(self.options.dapr_port)}, cwd=self.home,
        )

    def is_ready(self):
        try:
            return self.stand.client.get(self.stand.replicas[0], "/ready", seconds=5).status == 200
        except Unreachable:
            return False

    def start(self):
        if listens(self.options.port) or listens(self.options.dapr_port):
            raise Fault(f"something else listens at {self.options.port} or {self.options.dapr_port}")
        begin = time.monotonic()
        self.program.start()

        def came():
            if not self.program.runs:
                raise Fault("`dapr run -f .` ended before it was ready")
            return self.is_ready()

        wait_for("`dapr run -f .`", came, 90)
        took = time.monotonic() - begin
        # Before that the command loses a Ctrl-C, which ends its sidecar alone.
        wait_for("the command's own readiness", lambda: self.program.log.read_text().count(STARTED) == self.program.starts, 30)
        return took

    def curl_lines(self):
        """The README's lines between its two `make run`, and the one after them."""
        shell, compared = Shell(), 0
        shell.run(f"cd '{self.home}'")
        try:
            for command, expected in commands((ROOT / "README.md").read_text()):
                if command.startswith(("curl", "TOKEN=")):
                    answer, status = shell.run(command.replace("127.0.0.1:8080", f"127.0.0.1:{self.options.port}"))
                    if status != 0 or not agrees(expected, answer):
                        raise Fault(f"`{command}` ended with {status} and printed\n{answer}\n… it should be\n{expected}")
                    compared += bool(expected)
        finally:
            shell.close()
        self.report.line("dapr run", "the README's curl lines", compared > 0, f"{compared} answers as the README has them")

    def neighbour(self):
        """Events that are invoked: through another application's sidecar none arrives, through the server's own they do, as docs/events.md says."""
        ports = Ports(self.options.ports)
        port = ports.take()
        shop = Program(
            "another daprd",
            [
                REAL, "daprd", "--app-id", "shop", "--dapr-http-port", port, "--dapr-grpc-port", ports.take(), "--dapr-internal-grpc-port", ports.take(),
                "--enable-metrics=false", "--log-level", "warn",
            ],
            self.folder / "shop.log", {"REAL_HOME": str(self.folder / "home")},
        ).start()
        try:
            wait_for("another daprd", lambda: status(port, "GET", "/v1.0/healthz/outbound") == 204, 30)
            found = {
                what: status(port, "POST", f"/v1.0/invoke/task-server/method/events/{topic}", event(what))
                for what, topic in (("command", "task-commands"), ("change", "tasks"), ("dead", "dead/task-commands"))
            }
            found["subscribe"] = status(port, "GET", "/v1.0/invoke/task-server/method/dapr/subscribe")
            own = status(self.options.dapr_port, "POST", "/v1.0/invoke/task-server/method/events/task-commands", event("own"))
            named = status(
                self.options.dapr_port, "POST", "/v1.0/invoke/task-server/method/events/task-commands", event("named"), {"dapr-caller-app-id": "task-server"}
            )
        finally:
            shop.stop()
        titles = [task["title"] for task in self.stand.client.tasks(self.stand.replicas[0], "victim")]
        self.report.line(
            "dapr run", "no event by another sidecar; by its own, as from the broker", set(found.values()) == {403} and (own, named) == (200, 403) and titles == ["own"],
            f"another's: {', '.join(f'{what} {code}' for what, code in found.items())}; its own: {own}, with a caller's name {named}; tasks: {titles}",
        )

    def burst(self):
        before = deliveries(self.stand)
        load = Load(self.stand, "dapr-run", 12, BURST_SECONDS).run()
        checks = Checks(self.stand, load, self.report)
        checks.answers()
        checks.activity(PUBLISHED_SECONDS)
        checks.delivered_once(before)
        checks.outbox()
        checks.verify()
        checks.dead_letters()

    def stop(self):
        """As Ctrl-C in a terminal does; nothing stays."""
        begun, begin = below(self.program.process.pid), time.monotonic()
        os.killpg(self.program.process.pid, signal.SIGINT)
        ended = self.program.ended(STOP_SECONDS)
        took, code = time.monotonic() - begin, self.program.process.returncode
        left = {pid: name for pid, name in begun.items() if Path(f"/proc/{pid}/exe").exists()}
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.report.line(
            "dapr run", "Ctrl-C ends it and leaves nothing behind", ended and not left and {"daprd", "task-server"} <= set(begun.values()),
            f"{len(begun)} programs ({', '.join(sorted(set(begun.values())))}), exit code {code} after {took:.1f} s, left: {', '.join(left.values()) or 'none'}",
        )

    def end(self):
        """Whatever happened: nothing stays."""
        if self.program.runs:
            begun = below(self.program.process.pid)
            self.program.kill()
            for pid in begun:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def run(self):
        self.start()
        self.curl_lines()
        self.neighbour()
        self.burst()
        self.stop()
        took = self.start()
        tasks = self.stand.client.tasks(self.stand.replicas[0], "demo")
        self.report.line("dapr run", "the next run has the tasks", [task["title"] for task in tasks] == ["Buy milk"], f"ready after {took:.1f} s")
        self.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--dapr-port", type=int, default=3500)
    parser.add_argument("--ports", type=int, default=25_000, help="the first of the ports that may be used beside them")
    if lacks := missing([]):
        sys.exit(f"dapr_run: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("dapr_run: was told to end"))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run, failed = Run(parser.parse_args()), True
    try:
        run.run()
        failed = bool(run.report.failed)
    except (Fault, ReadmeFault, Unreachable) as fault:
        print(f"dapr_run: {fault}", flush=True)
    finally:
        run.end()
        if failed:
            print(f"{run.program.tail(30)}\n       its log is in {run.folder}", flush=True)
        else:
            shutil.rmtree(run.folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
