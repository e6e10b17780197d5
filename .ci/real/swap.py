"""The swap suite: the task server on real programs behind its component files, under load and under faults.

    python3 .ci/real/swap.py                  the short form, some three minutes
    python3 .ci/real/swap.py --long           minutes for each set instead of seconds
    python3 .ci/real/swap.py --sidecar dev    on dev-sidecar: three on one PostgreSQL; needs nothing but PostgreSQL
    python3 .ci/real/swap.py --sets kafka,redis --seed 7

It starts PostgreSQL, Kafka, Redis, task servers and a sidecar for each on loopback, and ends them. A line says each thing that was checked, with figures;
the exit code is 1 when one did not hold. What a failed run leaves (logs, stores) stays in the folder that it names.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import changes
import commands
import ground
import large
import lists
from checks import Checks, Report, carry_out, deliveries
from faults import Faults
from load import Load
from programs import ROOT, Ports
from services import Kafka, PostgreSQL, Redis, missing
from stand import Set, Stand

PACE = 230  # commands a second, of which some 200 create
SHORT = {"one": 4, "plain": 9, "busy": 7, "faults": 15, "pause": 8}
LONG = {"one": 30, "plain": 60, "busy": 20, "faults": 240, "pause": 35}
REAL_SETS = {
    "memory": Set("SQLite + in-memory", "local"),
    "kafka": Set("PostgreSQL + Kafka", "postgres-kafka", Kafka, postgres=True),
    "redis": Set("PostgreSQL + Redis", "postgres-kafka", Redis, postgres=True, pubsub="redis-pubsub.yaml"),
}
DEV_SETS = {
    "memory": REAL_SETS["memory"],
    "postgres": Set("PostgreSQL + in-memory", "postgres-kafka", postgres=True, pubsub="../../../components/local/pubsub.yaml"),
}


class Suite:
    def __init__(self, options):
        self.options, self.report = options, Report()
        self.slow = options.slow / 100
        self.lengths = LONG if options.long else SHORT
        self.pace = PACE / self.slow
        self.folder = Path(tempfile.mkdtemp(prefix="swap-"))
        self.folder.chmod(0o711)  # PostgreSQL, which refuses root, must reach its own folder inside
        self.ports = Ports(options.ports)

    def run(self):
        sets = DEV_SETS if self.options.sidecar == "dev" else REAL_SETS
        chosen = {name: sets[name] for name in self.options.sets.split(",")} if self.options.sets else sets
        services = {}
        for kind in {k for s in chosen.values() for k in ([s.broker] if s.broker else []) + ([PostgreSQL] if s.postgres else [])}:
            services[kind] = kind(self.folder, self.ports.take(3)).start()
        for name, chosen_set in chosen.items():
            begin = time.monotonic()
            self.run_set(name, chosen_set, services)
            print(f"       {chosen_set.name}: {time.monotonic() - begin:.0f} s", flush=True)
        for service in services.values():
            service.stop()

    def run_set(self, name, chosen, services):
        postgres = services[PostgreSQL].ready() if chosen.postgres else None
        broker = services[chosen.broker].ready() if chosen.broker else None
        stand = Stand(chosen, self.folder / f"set-{name}", self.ports, self.options.programs, self.options.sidecar, broker, postgres)
        try:
            stand.scale(1)
            if chosen.postgres:
                self.plain(stand, [self.load(stand, f"{name}-one", self.lengths["one"], pace=self.pace, timed=True)])
                if self.options.long:
                    self.under_faults(stand, f"{name}-one-faults")
                stand.scale(3)
            self.plain(stand, [
                self.load(stand, f"{name}-plain", self.lengths["plain"], pace=self.pace, readers=2, timed=True),
                # One replica takes what comes; three share a pace at which they often stand a few changes apart, as snapshots become due.
                self.load(stand, f"{name}-busy", self.lengths["busy"], owners=12, pace=1.3 * self.pace if len(stand.replicas) > 1 else None),
            ])
            self.under_faults(stand, f"{name}-faults")
            if self.options.long or name != "redis":
                large.tasks(stand, self.report, f"{name}-large", self.slow)
                if stand.broker:
                    large.commands(stand, self.report, f"{name}-large")
            lists.same(stand, self.report, name)
            commands.hold(stand, self.report, name)
            changes.hold(stand, self.report, name, self.slow)
            ground.stranded(stand, self.report, name)
            stuck = stand.stop()
            self.report.line(chosen.name, "all end in order", not stuck, ", ".join(stuck) or "yes")
        finally:
            for program in stand.everything():
                program.kill()

    def load(self, stand, name, seconds, owners=48, **more):
        return Load(stand, name, owners, seconds, seed=self.options.seed, **more)

    def plain(self, stand, loads):
        """Loads without a fault, then everything that must hold."""
        checked, deadlocks = [], stand.postgres.deadlocks() if stand.postgres else 0
        for load in loads:
            before = None if stand.broker else deliveries(stand)
            load.run()
            checks = Checks(stand, load, self.report, slow=self.slow)
            checks.answers()
            checks.activity()
            if not stand.broker:
                checks.delivered_once(before)
            checked.append(checks)
        checked[-1].outbox()
        if stand.postgres:
            count = stand.postgres.deadlocks() - deadlocks
            checked[-1].check("no deadlock in the database", count == 0, f"{count}")
        self.afterwards(stand, checked)

    def under_faults(self, stand, name):
        load = self.load(stand, name, self.lengths["faults"], pace=self.pace / 2, readers=4)
        faults = Faults(stand, self.options.seed, self.lengths["pause"])
        load.run(faults.run)
        for service in (stand.postgres, stand.broker):
            if service:
                service.ready()
        stand.ready()
        did = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in sorted(faults.done.items()))
        own = ", ".join(f"{program.name} {program.own_ends}" for program in stand.everything() if program.own_ends)
        print(f"       {stand.set.name}, {name}: {did}{'; ended by themselves and started again: ' + own if own else ''}", flush=True)
        checks = Checks(stand, load, self.report, faults=faults, since=faults.last, slow=self.slow)
        checks.answers()
        checks.activity()
        checks.outbox()
        if not stand.broker:
            checks.redrive()
        self.afterwards(stand, [checks])

    def afterwards(self, stand, checked):
        """On a server that starts afresh, and at the broker."""
        stand.replicas[0].restart_server()
        for checks in checked:
            checks.books()
            checks.keys()
            checks.verify()
            if stand.broker:
                checks.events()
        checked[-1].dead_letters()


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sidecar", choices=["daprd", "dev"], default="daprd")
    parser.add_argument("--sets", help=f"some of {', '.join(REAL_SETS)}; with --sidecar dev of {', '.join(DEV_SETS)}")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 20))
    parser.add_argument("--slow", type=int, default=100, help="how slow this machine is, in hundredths of a quiet one with two cores")
    parser.add_argument("--ports", type=int, default=25_000, help="the first of the ports that may be used")
    parser.add_argument("--programs", type=Path, help="the folder of task-server and dev-sidecar; without it the release build, then the debug one")
    chosen = parser.parse_args()
    if chosen.programs is None:
        builds = [ROOT / ".build" / build for build in ("release", "debug")]
        chosen.programs = next((build for build in builds if (build / "task-server").exists()), builds[0])
    chosen.programs = chosen.programs.resolve()
    return chosen


def main():
    chosen = options()
    lacks = missing() if chosen.sidecar == "daprd" else missing(["psql"], real=False)
    if lacks:
        sys.exit(f"swap: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("swap: was told to end"))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"       seed {chosen.seed}, {chosen.programs}", flush=True)
    carry_out("swap", Suite(chosen))


if __name__ == "__main__":
    main()
