"""What requests cost the CPU of task-server, beside the same with FastAPI and aiohttp; for `make bench ONLY=create-whole,whole`.

    .build/bench-venv/bin/python .ci/real/whole_cost.py create                  on daprd, PostgreSQL and Kafka
    .build/bench-venv/bin/python .ci/real/whole_cost.py list --sidecar dev      on dev-sidecar, all in its memory

64 callers send one request after another, by turns to one and to the other, in many short rounds: they create tasks, read tasks, list the first 50,
or do all of it (`mixed`: of ten requests eight read a task, one lists, one creates). Each service has a sidecar of its own on the same store and
broker. Ours commits to its journal, publishes, and is delivered its own events and counts them; its time is taken when the activity of every
owner has all of them. FastAPI saves and publishes, and that is all; its lists read the tasks that were there at the beginning. The last line is
the ratio of the lower quartiles, FastAPI's CPU to ours; what the sidecars used stands beside it.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from checks import deliveries
from programs import ROOT, Fault, Ports, Program, listens, wait_for
from services import missing
from stand import Set, Stand

CALLERS, TOPIC = 64, "yardstick"
BODY = '{"title":"Buy milk","description":"Two litres, and something for the cat.","priority":"high","tags":["home","shop"]}'
# Of ten requests so many read a task, list, and create.
KINDS = {"create": (0, 0, 10), "get": (10, 0, 0), "list": (0, 10, 0), "mixed": (8, 1, 1)}
TASKS = 60
SCRIPT = """
local users, at = {%s}, 0
local requests, kinds = {{}, {}, {}}, {%s}
function init()
  for i, user in ipairs(users) do
    local headers = {["Authorization"] = "Bearer " .. user.token}
    requests[1][i] = wrk.format("GET", "/api/tasks/" .. user.task, headers)
    requests[2][i] = wrk.format("GET", "/api/tasks?limit=50", headers)
    headers["Content-Type"] = "application/json"
    requests[3][i] = wrk.format("POST", "/api/tasks", headers, '%s')
  end
end
function request()
  at = at + 1
  return requests[kinds[at %% #kinds + 1]][at %% #users + 1]
end
"""


def script(users, kind):
    """What wrk sends: users are pairs of a token and a task."""
    kinds = [str(place + 1) for place, count in enumerate(KINDS[kind]) for _ in range(count)]
    rows = ",".join(f'{{token="{token}",task="{task}"}}' for token, task in users)
    return SCRIPT % (rows, ",".join(kinds), BODY)


def cpu_seconds(program):
    """What all threads of a program have used, in user and in system mode, those that have ended too.

    By the clock of clock_getcpuclockid(3), which Python has no function for.
    """
    return time.clock_gettime(~program.process.pid << 3 | 2)


class Service:
    def __init__(self, name, program, sidecar, port):
        self.name, self.program, self.sidecar, self.port, self.costs, self.sidecar_costs, self.rates = name, program, sidecar, port, [], [], []

    def measure(self, script, seconds, settled):
        """One round; `settled` waits until nothing is left to do for any create."""
        settled()
        cpu, sidecar = cpu_seconds(self.program), cpu_seconds(self.sidecar)
        wrk = ["wrk", "-t1", f"-c{CALLERS}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{self.port}/api/tasks"]
        text = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
        found = re.search(r"(\d+) requests in", text)
        if not found or "Non-2xx" in text or "Socket errors" in text:
            raise Fault(f"{self.name}: {text}")
        settled()
        # Those in flight when wrk went are carried out too.
        requests = int(found[1]) + CALLERS
        self.costs.append((cpu_seconds(self.program) - cpu) * 1e6 / requests)
        self.sidecar_costs.append((cpu_seconds(self.sidecar) - sidecar) * 1e6 / requests)
        self.rates.append(requests / seconds)

    @property
    def last(self):
        return f"{self.name} {self.costs[-1]:.0f} us, its sidecar {self.sidecar_costs[-1]:.0f} us, {self.rates[-1]:.0f} a second"


def lower_quartile(values):
    return sorted(values)[(len(values) - 1) // 4]


class Comparison:
    def __init__(self, options):
        self.options, self.ports = options, Ports(options.ports)
        self.folder = Path(tempfile.mkdtemp(prefix="whole-cost-"))
        self.folder.chmod(0o711)  # PostgreSQL, which refuses root, must reach its own folder inside

    def stand(self):
        if self.options.sidecar == "dev":
            memory = Set("in memory", "local", statestore="memory-statestore.yaml")
            return Stand(memory, self.folder / "stand", self.ports, self.options.programs, "dev")
        return Stand.production(self.folder, self.ports, self.options.programs)

    def fill(self, stand, replica, owners, port, dapr_port):
        """Gives each owner some tasks at ours, and FastAPI as many in all; users for wrk, each with a task."""
        ours, theirs = [], []
        count = TASKS if self.options.kind in ("list", "mixed") else 1
        for owner in owners:
            made = [stand.client.send(replica, "POST", "/api/tasks", owner, BODY) for _ in range(count)]
            ours.append((stand.client.token(owner), made[-1].json["id"]))
        for _ in range(max(TASKS, len(owners))):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/api/tasks", BODY.encode(), {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                theirs.append(("none", json.load(answer)["id"]))
        ids = json.dumps([{"key": "ids", "value": [task for _, task in theirs]}]).encode()
        state = f"http://127.0.0.1:{dapr_port}/v1.0/state/statestore"
        urllib.request.urlopen(urllib.request.Request(state, ids, {"Content-Type": "application/json"}), timeout=20).close()
        return ours, theirs

    def run(self):
        stand = self.stand()
        # One worker each, no line a request, and glibc as the image sets it.
        stand.server_flags += ["--loops", 1, "--log-level", "warning"]
        stand.server_environment = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=127"}
        stand.scale(1)
        replica, (port, dapr_port) = stand.replicas[0], (self.ports.take(), self.ports.take())
        sidecar = stand.sidecar_program("sidecar of FastAPI", dapr_port, {"DAPR_HTTP_PORT": str(dapr_port)}).start()
        app = ["-m", "uvicorn", "--app-dir", ROOT / "Sources/Programs/Yardsticks/python", "--port", port, "--log-level", "warning", "app:app"]
        program = Program(
            "FastAPI", [sys.executable, *app], self.folder / "fastapi.log", {"SIDECAR": f"http://127.0.0.1:{dapr_port}", "TOPIC": TOPIC},
        ).start()
        wait_for("FastAPI and its sidecar", lambda: listens(port) and listens(dapr_port), 60)
        ours, theirs = Service("task-server", replica.server, replica.sidecar, replica.port), Service("FastAPI", program, sidecar, port)
        owners = [f"owner{number}" for number in range(self.options.owners)]
        our_users, their_users = self.fill(stand, replica, owners, port, dapr_port)
        for file, users in (("ours.lua", our_users), ("theirs.lua", their_users)):
            self.folder.joinpath(file).write_text(script(users, self.options.kind))

        def counted():
            """Whether the activity has counted all changes."""
            metrics = stand.client.get(replica, "/metrics").body.decode()
            # One that was read from the journal, since the next had overtaken it, is `repeated` when it comes.
            return sum(deliveries(stand).values()) >= int(re.search(r"^tasks_changes_total (\d+)$", metrics, re.M)[1])

        def settled():
            # Not often: to answer costs the service as much as some creates.
            wait_for("the activity of every owner", counted, 60, 1)

        for number in range(self.options.rounds + 1):
            ours.measure(self.folder / "ours.lua", self.options.seconds, settled)
            theirs.measure(self.folder / "theirs.lua", self.options.seconds, lambda: None)
            if number == 0:  # both are warm then
                for service in (ours, theirs):
                    service.costs.clear()
                    service.sidecar_costs.clear()
            else:
                print(f"{ours.last}; {theirs.last}", flush=True)
        stand.stop()
        both = lower_quartile(theirs.costs) + lower_quartile(theirs.sidecar_costs), lower_quartile(ours.costs) + lower_quartile(ours.sidecar_costs)
        print(f"with the sidecars' CPU: {both[0] / both[1]:.2f}")
        print(f"{lower_quartile(theirs.costs) / lower_quartile(ours.costs):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--sidecar", choices=["daprd", "dev"], default="daprd")
    parser.add_argument("--owners", type=int, default=CALLERS)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--ports", type=int, default=21_000, help="the first of the ports that may be used")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/release", help="the folder of task-server and dev-sidecar")
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    if lacks := missing(["psql", "java", "wrk"]) if options.sidecar == "daprd" else missing(["wrk"], real=False):
        sys.exit(f"whole_cost: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("whole_cost: was told to end"))
    comparison, failed = Comparison(options), True
    try:
        comparison.run()
        failed = False
    finally:
        for program in Program.every:
            program.kill()
        if not failed:
            shutil.rmtree(comparison.folder)
        else:
            print(f"whole_cost: logs and stores are in {comparison.folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
