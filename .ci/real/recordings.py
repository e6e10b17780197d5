"""Holds a real daprd to its own recordings, so that a wrong recording is noticed before dev-sidecar is held to it.

    python3 .ci/real/recordings.py                  every group that there is, several at a time
    python3 .ci/real/recordings.py --except GROUPS  without those that take long

PostgreSQL, Redis, Kafka and Dapr's scheduler run on loopback. A group that differs is tried once more by itself: some rows tell times.
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from programs import REAL, ROOT, Fault, Ports, Program, listens, wait_for
from services import Kafka, PostgreSQL, Redis, missing

CONTRACT = ROOT.parent / "shared" / "contract"
# Those that share a broker's topics, a store's keys or a scheduler go one after another; those that wait long begin first.
TOGETHER = ["publish-redis subscribe-redis", "publish-kafka subscribe-kafka", "subscribe-memory", "found-jobs jobs", "client-configuration client-lock"]
NOT_HERE = {"client-actors": "Dapr's placement service is not among the real programs"}


class Group:
    def __init__(self, names, suite):
        self.names, self.log = names, suite.folder / f"{names.replace(' ', '-')}.log"
        self.program = Program(
            names,
            [
                sys.executable, CONTRACT / "contract.py", "check", "--sidecar", f"{REAL} daprd", CONTRACT / "recordings",
                "--scheduler", f"--scheduler-host-address 127.0.0.1:{suite.scheduler_port}", "--only", names.replace(" ", ","),
            ],
            self.log, suite.environment, suite.folder,
        )

    def start(self):
        self.log.write_text("")
        self.begin = time.monotonic()
        self.program.start()
        return self

    @property
    def is_over(self):
        return not self.program.runs

    @property
    def holds(self):
        return self.program.process.returncode == 0

    def print(self):
        print(f"{'ok    ' if self.holds else 'FAILED'} {time.monotonic() - self.begin:3.0f} s  " + self.log.read_text().strip().replace("\n", "\n           "), flush=True)


class Suite:
    def __init__(self, options):
        self.folder, self.ports = Path(tempfile.mkdtemp(prefix="recordings-")), Ports(options.ports)
        self.folder.chmod(0o711)
        self.scheduler_port = self.ports.take(5)
        self.postgres, self.redis, self.kafka = (kind(self.folder, self.ports.take(3)) for kind in (PostgreSQL, Redis, Kafka))
        self.environment = {
            "CONTRACT_POSTGRES": self.postgres.url, "CONTRACT_REDIS": f"127.0.0.1:{self.redis.port}",
            "CONTRACT_KAFKA": f"127.0.0.1:{self.kafka.port}",
        }

    def run(self, names, jobs):
        services = [service.start() for service in (self.postgres, self.redis, self.kafka)]
        Program("scheduler", [REAL, "scheduler", self.scheduler_port, self.folder / "scheduler"], self.folder / "scheduler.log").start()
        for service in services:
            service.ready()
        wait_for("the scheduler", lambda: listens(self.scheduler_port), 60)
        together = [" ".join(name for name in group.split() if name in names) for group in TOGETHER]
        alone = [name for name in names if not any(name in group.split() for group in together)]
        return self.side_by_side(self.side_by_side([Group(name, self) for name in together + alone if name], jobs), 1)

    @staticmethod
    def side_by_side(groups, jobs):
        """Those that differ."""
        waiting, running, differ = list(groups), [], []
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(waiting.pop(0).start())
            for group in [group for group in running if group.is_over]:
                running.remove(group)
                group.print()
                if not group.holds:
                    differ.append(group)
            time.sleep(0.05)
        return differ


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="some groups, by commas")
    parser.add_argument("--except", default="", dest="without", help="groups to leave out, by commas")
    parser.add_argument("--jobs", type=int, default=6, help="how many groups at a time")
    parser.add_argument("--ports", type=int, default=25_000, help="the first of the ports that may be used")
    options = parser.parse_args()
    if lacks := missing():
        sys.exit(f"recordings: {'; '.join(lacks)}")
    names = [file.stem for file in sorted((CONTRACT / "recordings").glob("*.json"))]
    names = [name for name in options.only.split(",") if name] or [name for name in names if name not in [*options.without.split(","), *NOT_HERE]]
    for name, reason in NOT_HERE.items():
        print(f"       without {name}: {reason}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("recordings: was told to end"))
    suite, begin = Suite(options), time.monotonic()
    try:
        differ = suite.run(names, options.jobs)
        rows = sum(len(json.loads((CONTRACT / "recordings" / f"{name}.json").read_text())) for name in names)
        print(f"{len(names)} groups of {rows} rows, {len(differ)} differ, in {time.monotonic() - begin:.0f} s")
        sys.exit(1 if differ else 0)
    except Fault as fault:
        sys.exit(f"recordings: {fault}")
    finally:
        for program in Program.every:
            program.kill()
        shutil.rmtree(suite.folder)


if __name__ == "__main__":
    main()
