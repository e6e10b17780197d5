"""The rolling update: servers of commit 5d65a76, the last that knows snapshots of the first format only, and today's on one PostgreSQL.

    python3 .ci/real/rolling.py                   builds the old server in a scratch clone: some ten minutes
    python3 .ci/real/rolling.py --old FILE        with an old `task-server` that is there

Two replicas beside a dev-sidecar each, every request to one chosen at random: two old servers; one old and one new, without faults and with each of them
killed; two new ones; and back, by `task-server migrate --to 2 --snapshots-to 1`, to two old ones, and forward again. After each step what the swap suite
asks for holds for all that was acknowledged since the beginning: tasks, versions, keys, activity, `verify`, and with new servers
`verify --outbox` after `outbox redrive`. It needs PostgreSQL, and `make release`.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import Checks, Report, carry_out
from load import Load
from programs import ROOT, Fault, Ports
from services import PostgreSQL, missing
from stand import Replica, Set, Stand

OLD = "5d65a76"
SET = Set("rolling update", "postgres-kafka", postgres=True, pubsub="../../../components/local/pubsub.yaml")
# The old server asks for deliveries in bulk, of which an in-memory broker makes ten a second. Each owner gets more than one snapshot.
OWNERS, PACE = 3, 12


def build(folder):
    """The old server, from a clone of its own."""
    clone = folder / "old"
    for command in (
        ["git", "clone", "--quiet", "--shared", ROOT, clone],
        ["git", "-C", clone, "checkout", "--quiet", OLD],
        ["swift", "build", "--package-path", clone, "-c", "release", "--product", "task-server"],
    ):
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            raise Fault(f"{' '.join(map(str, command))} failed")
    return clone / ".build/release/task-server"


class Update:
    def __init__(self, options):
        self.options, self.report, self.load = options, Report(), None
        self.folder = Path(tempfile.mkdtemp(prefix="rolling-"))
        self.folder.chmod(0o711)  # PostgreSQL, which refuses root, must reach its own folder inside

    def run(self):
        old = self.options.old or build(self.folder)
        self.programs = {"old": old.resolve(), "new": self.options.programs / "task-server"}
        ports = Ports(self.options.ports)
        self.postgres = PostgreSQL(self.folder, ports.take()).start().ready()
        self.stand = Stand(SET, self.folder / "stand", ports, self.options.programs, "dev", postgres=self.postgres)
        self.stand.server_flags = []  # the old servers know none of today's, and the load is below the new ones' limits
        self.stand.replicas = [Replica(self.stand, index) for index in range(2)]
        self.serve("old", "old")
        self.step("two-old")
        self.serve("new", "old")
        self.step("one-of-each")
        self.step("one-of-each-killed", kills=True)
        self.serve("new", "new")
        self.step("two-new")
        self.go_back()
        self.step("old-again")
        self.serve("new", "new")
        self.step("new-again")
        stuck = self.stand.stop()
        self.report.line("at the end", "all end in order", not stuck, ", ".join(stuck) or "yes")

    def serve(self, *kinds):
        """Has the replicas be of these kinds, one after another, as an update goes."""
        for replica, kind in zip(self.stand.replicas, kinds):
            if replica.server.command[0] == str(self.programs[kind]) and replica.server.runs:
                continue
            # The sidecar too, as in a pod: it asks for subscriptions once.
            replica.stop()
            replica.server.command[0] = str(self.programs[kind])
            replica.start().ready()

    def go_back(self):
        """Brings the snapshots back while no new server runs, as docs/operations.md says, and starts old ones."""
        for replica in self.stand.replicas:
            replica.server.stop(40)
        answer = self.stand.command("migrate", "--to", "2", "--snapshots-to", "1")
        lines = (answer.stdout + answer.stderr).strip().splitlines()
        self.report.line("the way back", "migrate --snapshots-to 1", answer.returncode == 0, lines[-1] if lines else "")
        heads = self.postgres.query("SELECT string_agg(DISTINCT convert_from(value, 'UTF8')::json->>'v', ',') FROM tasks_state WHERE key LIKE '%||head:%'")
        self.report.line("the way back", "all heads are of format 1", heads == "1", heads)
        self.serve("old", "old")

    def step(self, name, kills=False):
        """Writes for all owners, then looks at everything since the beginning."""
        load = Load(self.stand, name, OWNERS, self.options.seconds, pace=PACE, readers=2, seed=len(name))
        if self.load:
            load.owners, load.writes, load.created = self.load.owners, self.load.writes, self.load.created
            load.acknowledged_creates = self.load.acknowledged_creates
        self.load = load.run(self.kill_each if kills else None)
        self.stand.ready()
        # Old servers refuse books with new snapshots, to be asked again: that is what `faults` allows. The first replica is the one that knows most.
        checks = Checks(self.stand, load, self.report, faults=True)
        checks.answers()
        checks.activity(*((60, " by what comes afterwards") if kills else ()))
        if name.endswith(("two-new", "new-again")):  # old servers are slow to say what two of them have published
            checks.outbox()
        self.stand.replicas[0].restart_server()
        checks.books()
        checks.keys()
        # An old server does not note what it read from the journal, nor that something came again: of what it counted nothing is known until then.
        if name.endswith(("two-new", "new-again")):
            checks.redrive()
        checks.verify(outbox=name.endswith(("two-new", "new-again")))

    def kill_each(self, end):
        """Kills each server in the middle of the load, and starts it again."""
        for index, replica in enumerate(self.stand.replicas):
            time.sleep(max(0, (end - time.monotonic()) / (3 - index)))
            replica.server.kill()
            replica.server.start()
            replica.ready()


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=Path, help="an old task-server; without it one is built")
    parser.add_argument("--seconds", type=int, default=20, help="how long each step writes")
    parser.add_argument("--ports", type=int, default=26_000, help="the first of the ports that may be used")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/release", help="the folder of today's task-server and dev-sidecar")
    chosen = parser.parse_args()
    chosen.programs = chosen.programs.resolve()
    return chosen


def main():
    chosen = options()
    lacks = missing(["psql"], real=False)
    if lacks:
        sys.exit(f"rolling: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("rolling: was told to end"))
    carry_out("rolling", Update(chosen))


if __name__ == "__main__":
    main()
