"""What must hold after a load, each with its figures."""

import json
import re
import shutil
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from load import RETRIED
from programs import Fault, Program
from tasks import Unreachable

ACTIVITY_SECONDS, ACTIVITY_SECONDS_AFTER_MUCH = 10, 60
# How often an event is published does not depend on how slow a machine is, as long as nobody takes another for dead; how soon does.
PUBLICATIONS_PER_EVENT, PUBLISHED_SHARE = 1.05, 0.99
# The goal is printed. A machine with other work on it is slower by far for a while, so what fails is what no such work explains.
PUBLISHED_GOAL, PUBLISHED_SECONDS = 0.5, 5


class Report:
    def __init__(self):
        self.passed, self.failed = 0, []

    def line(self, where, name, holds, figures):
        mark = "ok    " if holds else "FAILED"
        print(f"{mark} {where}: {name}: {figures}", flush=True)
        if holds:
            self.passed += 1
        else:
            self.failed.append(f"{where}: {name}")


def carry_out(name, suite):
    """Runs a suite to its end, says what did not hold and where its logs are, and ends this process."""
    begin, failed = time.monotonic(), True
    try:
        suite.run()
        failed = bool(suite.report.failed)
    except (Fault, Unreachable) as fault:
        print(f"{name}: {fault}", flush=True)
    finally:
        for program in Program.every:
            program.kill()
        if failed:
            print(f"       logs and stores are in {suite.folder}", flush=True)
        else:
            shutil.rmtree(suite.folder)
    print(f"{suite.report.passed} checks hold, {len(suite.report.failed)} do not, in {time.monotonic() - begin:.0f} s")
    for check in suite.report.failed:
        print(f"    {check}")
    sys.exit(1 if failed else 0)


def some(items, count=3):
    items = list(items)
    return "" if not items else f" ({', '.join(str(item) for item in items[:count])}{', …' if len(items) > count else ''})"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0


class Checks:
    """The checks of one load on one stand."""

    def __init__(self, stand, load, report, faults=None, since=None, slow=1):
        self.slow = slow
        self.stand, self.load, self.report, self.faults = stand, load, report, faults
        self.where = f"{load.name}, {len(stand.replicas)} replica{'s' * (len(stand.replicas) > 1)}"
        self.since = since or time.monotonic()
        self.pool = ThreadPoolExecutor(16)

    def check(self, name, holds, figures):
        self.report.line(self.where, name, holds, figures)

    def each_owner(self, action):
        return dict(zip(self.load.owners, self.pool.map(action, self.load.owners)))

    # While the replicas are as the load left them.

    def answers(self):
        load = self.load
        refused = ", ".join(f"{status or 'no answer'} {count} times" for status, count in load.refusals.items())
        unknown = len(load.writes) - len(load.acknowledged)
        figures = f"{len(load.acknowledged)} of {len(load.writes)} writes acknowledged in {load.took:.1f} s; on the way {refused or 'no refusal'}"
        self.check("answers", not load.wrong and (self.faults or not load.refusals and not unknown), figures + some(w.status for w in load.wrong))
        if load.reads:
            self.check(
                "reads while it ran", not load.missing and not load.stale and set(load.reads) <= {200, None, *RETRIED},
                f"{sum(load.reads.values())}, of these 404: {load.reads[404]}; lists without what was acknowledged: {len(load.stale)}; "
                f"no answer or one that says to come again: {sum(load.reads[status] for status in {None, *RETRIED})}",
            )

    def activity(self, patience=None, when=""):
        """The activity of every owner is that of the journal, in time."""
        patience = (patience or (ACTIVITY_SECONDS_AFTER_MUCH if self.faults or not self.load.pace else ACTIVITY_SECONDS)) * self.slow
        replica = self.first_ready()
        self.changes = self.each_owner(lambda owner: self.stand.client.changes(replica, owner))
        waiting, came = dict(self.changes), 0.0
        while waiting and time.monotonic() < self.since + patience + 1:
            right = self.pool.map(lambda item: (item[0], self.is_counted(*item)), list(waiting.items()))
            for owner, holds in list(right):
                if holds:
                    del waiting[owner]
                    came = time.monotonic() - self.since
            self.stand.revive()
            time.sleep(0.2)
        behind = {owner: f"{owner} at {self.counted(owner)} of {len(changes)}" for owner, changes in waiting.items()}
        self.check(
            f"activity right within {patience:.0f} s{when}", not waiting,
            f"{len(self.load.owners) - len(waiting)} of {len(self.load.owners)} owners, the last after {came:.1f} s" + some(behind.values()),
        )

    def first_ready(self, seconds=30):
        """A replica that serves, while what ended by itself, as daprd without its broker does, is started again."""
        deadline = time.monotonic() + seconds * self.slow
        while time.monotonic() < deadline:
            self.stand.revive()
            for replica in self.stand.replicas:
                if replica.is_ready():
                    return replica
            time.sleep(0.2)
        return self.stand.replicas[0]

    def counted(self, owner):
        try:
            return self.stand.client.surely(self.stand.replicas[-1], "/api/activity", owner)["sequence"]
        except Unreachable:
            return "?"

    def is_counted(self, owner, changes):
        replica = self.stand.replicas[hash(owner) % len(self.stand.replicas)]
        try:
            answer = self.stand.client.get(replica, "/api/activity", owner)
        except Unreachable:
            return False
        if answer.status != 200:
            return False
        kinds, activity = Counter(change["type"].removeprefix("task.") for change in changes), answer.json
        days = activity["days"]
        return activity["sequence"] == len(changes) and all(
            sum(day[kind] for day in days) == kinds[kind] for kind in ("created", "completed", "reopened", "deleted")
        )

    def outbox(self):
        """Nobody says that changes wait; a slot may be held a moment longer, and that of a server that died until another takes it."""
        deadline = max(time.monotonic() + 15, self.since + (ACTIVITY_SECONDS_AFTER_MUCH if self.faults else 0)) + 10 * (self.slow - 1)
        while True:
            answer = self.stand.command("outbox", "--json")
            text = answer.stdout if answer.returncode == 0 else answer.stderr
            waiting = unpublished(json.loads(text), self.changes) if answer.returncode == 0 else [text.strip()[-300:]]
            if not waiting or time.monotonic() > deadline:
                break
            time.sleep(1)
        self.check("outbox has nothing that waits", not waiting, f"{len(waiting)} owners wait" + some(waiting))

    # On a server that was started afterwards.

    def books(self):
        """What was acknowledged is there once, what is not known at most once, and nothing else."""
        fresh, client = self.stand.replicas[0], self.stand.client
        listed = self.each_owner(lambda owner: client.tasks(fresh, owner))
        titles = Counter(task["title"] for tasks in listed.values() for task in tasks)
        ids = {task["id"]: task for tasks in listed.values() for task in tasks}
        lost, strange = [], set(titles)
        for write in self.load.writes:
            if write.path == "/api/tasks":
                title = json.loads(write.body)["title"]
                strange.discard(title)
                if write.acknowledged and titles[title] != 1 or write.acknowledged and write.answer.json["id"] not in ids:
                    lost.append(title)
            elif write.acknowledged and ids.get(write.path.split("/")[3], {}).get("status") != "done":
                lost.append(write.key)
        doubled = [title for title, count in titles.items() if count > 1]
        dense = [owner for owner, changes in self.changes.items() if [c["sequence"] for c in changes] != list(range(1, len(changes) + 1))]
        self.check(
            "nothing lost, nothing doubled", not (lost or doubled or strange or dense),
            f"{sum(titles.values())} tasks; lost {len(lost)}, doubled {len(doubled)}, unasked {len(strange)}, journals with gaps {len(dense)}"
            + some(lost + doubled + sorted(strange) + dense),
        )

    def keys(self):
        """Every key again: the first result, byte for byte, and nothing new in the journal."""
        fresh, differ, unanswered, lock = self.stand.replicas[0], [], [], threading.Lock()

        def repeat(write):
            for _ in range(20):
                try:
                    answer = write.send(self.stand.client, fresh)
                    if answer.status not in RETRIED:
                        break
                except Unreachable:
                    pass
                time.sleep(0.2)
            else:
                return unanswered.append(write.key)
            if (answer.status, answer.body) != (write.answer.status, write.answer.body):
                with lock:
                    differ.append(f"{write.key}: {write.answer.status}, then {answer.status}")

        list(self.pool.map(repeat, self.load.acknowledged))
        after = self.each_owner(lambda owner: len(self.stand.client.changes(fresh, owner)))
        grown = [owner for owner, count in after.items() if count != len(self.changes[owner])]
        self.check(
            "every repeated key answers the first result", not (differ or unanswered or grown),
            f"{len(self.load.acknowledged)} keys; {len(differ)} differ, {len(unanswered)} without an answer, {len(grown)} journals grew"
            + some(differ + unanswered + grown),
        )

    def verify(self, outbox=True):
        flags = ["--outbox"] * outbox
        # What a broker brings again late has the time that the activity has.
        deadline = self.since + ACTIVITY_SECONDS_AFTER_MUCH * self.slow if self.faults else 0
        while True:
            answer = self.stand.command("verify", *flags, *self.named_owners())
            if answer.returncode == 0 or time.monotonic() > deadline:
                break
        lines = (answer.stdout or answer.stderr).strip().splitlines() or [f"exit {answer.returncode}"]
        self.check(" ".join(["verify", *flags, "is sound"]), answer.returncode == 0, lines[-1] + some(lines[:-1], 2))

    def named_owners(self):
        return [word for owner in self.load.owners for word in ("--owner", owner)]

    # At the broker.

    def events(self):
        """Each change's event is there, its first coming not before that of an earlier change of the owner."""
        dead = [name for name in ("tasks-dead", "task-commands-dead") if self.stand.broker.messages(name)]
        arrivals, partitions, delays, seen, total = defaultdict(list), defaultdict(set), [], set(), 0
        for message in self.stand.broker.messages("tasks"):
            event = json.loads(message.value)
            owner = event.get("owner")
            if owner in self.changes:
                total += 1
                partitions[owner].add(message.partition)
                if (owner, event["sequence"]) not in seen:
                    seen.add((owner, event["sequence"]))
                    arrivals[owner].append(event["sequence"])
                    delays.append(message.milliseconds / 1000 - seconds(event["time"]))
        distinct = sum(len(found) for found in arrivals.values())
        missing = {owner: len(changes) - len(arrivals[owner]) for owner, changes in self.changes.items()}
        ahead = {owner: sum(b < a for a, b in zip(found, found[1:])) for owner, found in arrivals.items()}
        self.check(
            "every event at the broker", not any(missing.values()),
            f"{distinct} of {sum(map(len, self.changes.values()))} changes" + some(f"{o} lacks {n}" for o, n in missing.items() if n),
        )
        self.check(
            "none ahead of an earlier one", not any(ahead.values()) and all(len(found) == 1 for found in partitions.values()),
            f"{sum(map(bool, ahead.values()))} owners out of order, {sum(len(found) > 1 for found in partitions.values())} in several partitions"
            + some(f"{o} {n} times" for o, n in ahead.items() if n),
        )
        per_event = total / max(distinct, 1)
        late = percentile(delays, PUBLISHED_SHARE)
        if not self.faults:
            self.check(
                f"publications an event at most {PUBLICATIONS_PER_EVENT}", per_event <= PUBLICATIONS_PER_EVENT,
                f"{total} of {distinct}, {per_event:.3f} each",
            )
        if self.load.timed:
            limit = PUBLISHED_SECONDS * max(1, self.slow)
            self.check(
                f"{PUBLISHED_SHARE:.0%} published within {limit:.0f} s", late <= limit,
                f"the goal of {PUBLISHED_GOAL * 1000:.0f} ms is {'met' if late <= PUBLISHED_GOAL else 'missed'}: p50 {percentile(delays, 0.5) * 1000:.0f} ms, p99 {late * 1000:.0f} ms, the last {max(delays, default=0) * 1000:.0f} ms",
            )
        self.check("no dead letter at the broker", not dead, ", ".join(dead) or "none")

    # Where the broker is the sidecar's memory.

    def delivered_once(self, before):
        """What the servers say was delivered to them: nobody else can look into that broker."""
        changes, deadline = sum(map(len, self.changes.values())), time.monotonic() + ACTIVITY_SECONDS * self.slow
        while True:
            # The activity is right before the last delivery: it reads from the journal what a later change told of.
            counted = deliveries(self.stand)
            came = {kind: counted[kind] - before[kind] for kind in counted}
            if sum(came.values()) >= changes or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        self.check(
            f"deliveries an event at most {PUBLICATIONS_PER_EVENT}", changes <= sum(came.values()) <= PUBLICATIONS_PER_EVENT * changes,
            f"{sum(came.values())} of {changes}: " + ", ".join(f"{kind} {count}" for kind, count in came.items()),
        )

    def redrive(self):
        """What is not known to be published, as `verify` names it, comes again by hand, and changes nothing that was right."""
        # All at once: each is looked at for a while, since what is missing may be on its way.
        answer = self.stand.command("verify", "--outbox", "--json", "--side-by-side", str(len(self.load.owners)), *self.named_owners())
        first = {}
        for difference in json.loads(answer.stdout)["differences"]:
            found = re.search(r"--from (\d+)", difference["reason"])
            first[difference["owner"]] = found[1] if found else "1"
        # And some of which all is known, which is harmless.
        for owner in list(self.load.owners)[:4]:
            first.setdefault(owner, "1")
        failed = [
            answer for owner, start in first.items()
            if (answer := self.stand.command("outbox", "redrive", "--owner", owner, "--from", start)).returncode
        ]
        self.check("outbox redrive", not failed, f"{len(first)} owners" + some(answer.stderr.strip()[-200:] for answer in failed))
        self.since = time.monotonic()
        self.activity(ACTIVITY_SECONDS, " after it")

    def dead_letters(self):
        answer = self.stand.command("deadletter", "list", "--json")
        letters = json.loads(answer.stdout)["dead_letters"] if answer.returncode == 0 else [answer.stderr.strip()[-300:]]
        self.check("no dead letter kept", not letters, f"{len(letters)}" + some(letters, 1))


def deliveries(stand):
    """How many of our own changes were delivered to the servers of a stand, by what came of them."""
    counted = Counter(counted=0)
    for replica in stand.replicas:
        for line in stand.client.get(replica, "/metrics").body.decode().splitlines():
            if line.startswith("tasks_event_sequences_total{"):
                counted[line.split('"')[1]] += int(float(line.rsplit(" ", 1)[1]))
    return counted


def unpublished(outbox, owners):
    """Which of the owners, in the answer of `outbox --json`, have changes after the published ones."""
    slots = [slot for instance in outbox["instances"] for slot in instance["slots"] if slot["owner"] in owners]
    return sorted({f"{slot['owner']}: {slot['published']} of {slot['last']}" for slot in slots if slot["last"] > slot["published"]})


def seconds(text):
    """A time of an event in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()
