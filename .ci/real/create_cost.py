"""What a create costs the CPU of task-server, beside the same with FastAPI and aiohttp; for `make bench ONLY=create-whole`.

    .build/bench-venv/bin/python .ci/real/create_cost.py                  on daprd, PostgreSQL and Kafka
    .build/bench-venv/bin/python .ci/real/create_cost.py --sidecar dev    on dev-sidecar, all in its memory

64 callers create one task after another, by turns at one and at the other, in many short rounds. Each service has a sidecar of its own on the
same store and broker. Ours commits to its journal, publishes, and is delivered its own events and counts them; its time is taken when
the activity of every owner has all of them. FastAPI saves and publishes, and that is all. The last line is the ratio of the lower quartiles,
FastAPI's CPU to ours; what the sidecars used stands beside it.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from programs import ROOT, Fault, Ports, Program, listens, wait_for
from services import Kafka, PostgreSQL, missing
from stand import Set, Stand

CALLERS, TOPIC = 64, "yardstick"
METRICS = ["tasks_changes_total", r'tasks_event_sequences_total\{outcome="counted"\}']
BODY = '{"title":"Buy milk","description":"Two litres, and something for the cat.","priority":"high","tags":["home","shop"]}'
SCRIPT = """
local tokens, at = {%s}, 0
local requests = {}
function init()
  for i, token in ipairs(tokens) do
    requests[i] = wrk.format("POST", "/api/tasks", {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}, '%s')
  end
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
"""


def cpu_seconds(program):
    """What all threads of a program have used, in user and in system mode, those that have ended too.

    By the clock of clock_getcpuclockid(3), which Python has no function for.
    """
    return time.clock_gettime(~program.process.pid << 3 | 2)


class Service:
    def __init__(self, name, program, sidecar, port):
        self.name, self.program, self.sidecar, self.port, self.costs, self.sidecar_costs, self.rates = name, program, sidecar, port, [], [], []

    def measure(self, script, seconds, count):
        """One round; `count` returns the number of creates that there were ever, once nothing is left to do for any."""
        before = count(None)
        cpu, sidecar = cpu_seconds(self.program), cpu_seconds(self.sidecar)
        wrk = ["wrk", "-t1", f"-c{CALLERS}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{self.port}/api/tasks"]
        text = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
        found = re.search(r"(\d+) requests in", text)
        if not found or "Non-2xx" in text or "Socket errors" in text:
            raise Fault(f"{self.name}: {text}")
        creates = count(int(found[1])) - before
        self.costs.append((cpu_seconds(self.program) - cpu) * 1e6 / creates)
        self.sidecar_costs.append((cpu_seconds(self.sidecar) - sidecar) * 1e6 / creates)
        self.rates.append(creates / seconds)

    @property
    def last(self):
        return f"{self.name} {self.costs[-1]:.0f} us, its sidecar {self.sidecar_costs[-1]:.0f} us, {self.rates[-1]:.0f} a second"


def lower_quartile(values):
    return sorted(values)[(len(values) - 1) // 4]


class Comparison:
    def __init__(self, options):
        self.options, self.ports = options, Ports(options.ports)
        self.folder = Path(tempfile.mkdtemp(prefix="create-cost-"))
        self.folder.chmod(0o711)  # PostgreSQL, which refuses root, must reach its own folder inside
        self.theirs_ever = 0

    def stand(self):
        if self.options.sidecar == "dev":
            memory = Set("in memory", "local", statestore="memory-statestore.yaml")
            return Stand(memory, self.folder / "stand", self.ports, self.options.programs, "dev")
        services = [kind(self.folder, self.ports.take(3)).start() for kind in (PostgreSQL, Kafka)]
        postgres, broker = [service.ready() for service in services]
        return Stand(Set("PostgreSQL + Kafka", "postgres-kafka", Kafka, postgres=True), self.folder / "stand", self.ports, self.options.programs, "daprd", broker, postgres)

    def run(self):
        stand = self.stand()
        # One worker each, no line a request, and glibc as the image sets it.
        stand.server_flags = ["--loops", 1, "--log-level", "warning"]
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
        script = self.folder / "create.lua"
        script.write_text(SCRIPT % (",".join(f'"{stand.client.token(owner)}"' for owner in owners), BODY))

        def ours_ever(_):
            """How many changes there were ever, once the activity has counted them all."""
            def counted():
                metrics = stand.client.get(replica, "/metrics").body.decode()
                changes, counted = [re.search(rf"^{name} (\d+)$", metrics, re.M) for name in METRICS]
                changes = int(changes[1])
                return (changes,) if changes == 0 or counted and int(counted[1]) >= changes else None

            # Not often: to answer costs the service as much as some creates.
            return wait_for("the activity of every owner", counted, 60, 1)[0]

        def theirs_ever(count):
            """Those in flight when wrk went are carried out too."""
            self.theirs_ever += count + CALLERS if count is not None else 0
            return self.theirs_ever

        for number in range(self.options.rounds + 1):
            ours.measure(script, self.options.seconds, ours_ever)
            theirs.measure(script, self.options.seconds, theirs_ever)
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
    parser.add_argument("--sidecar", choices=["daprd", "dev"], default="daprd")
    parser.add_argument("--owners", type=int, default=CALLERS)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--ports", type=int, default=21_000, help="the first of the ports that may be used")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/release", help="the folder of task-server and dev-sidecar")
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    if lacks := missing(["psql", "java", "wrk"]) if options.sidecar == "daprd" else missing(["wrk"], real=False):
        sys.exit(f"create_cost: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("create_cost: was told to end"))
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
            print(f"create_cost: logs and stores are in {comparison.folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
