"""Callers that create and complete tasks and read them back, each write with an Idempotency-Key, at replicas chosen at random."""

import json
import random
import threading
import time
from collections import Counter

from tasks import Unreachable

RETRIED = {429, 500, 502, 503, 504}


class Write:
    """One command and what was answered to it, perhaps after repeats."""

    def __init__(self, owner, key, method, path, body):
        self.owner, self.key, self.method, self.path, self.body = owner, key, method, path, body
        self.status, self.answer, self.attempts, self.acknowledged = None, None, 0, False

    def send(self, client, replica, seconds=10):
        return client.send(replica, self.method, self.path, self.owner, self.body, {"Idempotency-Key": self.key}, seconds)


class Load:
    """A pace in commands a second, over some owners; without a pace as fast as the callers can."""

    def __init__(self, stand, name, owners, seconds, pace=None, callers=32, readers=0, seed=1, patience=60, timed=False):
        self.timed = timed
        self.stand, self.name, self.seconds, self.pace, self.patience = stand, name, seconds, pace, patience
        self.owners = [f"{name}-{number:02}" for number in range(owners)]
        self.random = random.Random(seed)
        self.writes, self.lock, self.issued, self.over = [], threading.Lock(), 0, False
        self.refusals, self.reads, self.missing, self.stale = Counter(), Counter(), [], []
        self.created = {owner: [] for owner in self.owners}
        self.acknowledged_creates = Counter()
        self.threads = [threading.Thread(target=self.call, args=(seed * 1000 + number,), daemon=True) for number in range(callers)]
        self.threads += [threading.Thread(target=self.read, args=(seed * 2000 + number,), daemon=True) for number in range(readers)]

    def run(self, during=None):
        """Runs to its end; `during` is called meanwhile, in this thread, with the time at which the load ends."""
        self.begin = time.monotonic()
        for thread in self.threads:
            thread.start()
        if during:
            during(self.begin + self.seconds)
        for thread in self.threads:
            while thread.is_alive():
                thread.join(0.5)
                if during:  # a sidecar that ended without its broker just before the last fault would be missed by every write that is left
                    self.stand.revive()
        self.took = time.monotonic() - self.begin
        return self

    def turn(self):
        """The number of the next command, once it is due; None when there is no more."""
        with self.lock:
            number = self.issued
            self.issued += 1
        due = self.begin + number / self.pace if self.pace else time.monotonic()
        if due >= self.begin + self.seconds:
            return None
        time.sleep(max(0, due - time.monotonic()))
        return number if time.monotonic() < self.begin + self.seconds + 1 or self.pace else None

    def call(self, seed):
        choose = random.Random(seed)
        while (number := self.turn()) is not None:
            owner = self.owners[number % len(self.owners)]
            with self.lock:
                known = self.created[owner]
                task = choose.choice(known) if known and choose.random() < 0.15 else None
            if task:
                write = Write(owner, f"{self.name}-{number}", "POST", f"/api/tasks/{task}/complete", None)
            else:
                write = Write(owner, f"{self.name}-{number}", "POST", "/api/tasks", json.dumps({"title": f"{self.name} {number}"}))
            with self.lock:
                self.writes.append(write)
            self.carry_out(write, choose)

    def carry_out(self, write, choose):
        """Sends it, and again under its key while nobody knows what came of it."""
        deadline, pause = time.monotonic() + self.patience, 0.05
        while True:
            write.attempts += 1
            try:
                answer = write.send(self.stand.client, choose.choice(self.stand.replicas))
                write.status = answer.status
            except Unreachable:
                answer, write.status = None, None
            if answer and 200 <= answer.status < 300:
                return self.acknowledge(write, answer)
            with self.lock:
                self.refusals[write.status] += 1
            if (answer and answer.status not in RETRIED) or time.monotonic() > deadline:
                write.answer = answer
                return
            time.sleep(pause * (0.5 + choose.random()))
            pause = min(pause * 2, 1)

    def acknowledge(self, write, answer):
        write.answer, write.acknowledged = answer, True
        if write.path == "/api/tasks":
            with self.lock:
                self.created[write.owner].append(answer.json["id"])
                self.acknowledged_creates[write.owner] += 1

    def read(self, seed):
        """Reads tasks that were acknowledged, and counts of lists, while the load goes on."""
        choose = random.Random(seed)
        while time.monotonic() < self.begin + self.seconds:
            time.sleep(0.02)
            owner = choose.choice(self.owners)
            with self.lock:
                known, least = self.created[owner], self.acknowledged_creates[owner]
                task = choose.choice(known) if known else None
            if not task:
                continue
            single = choose.random() < 0.7
            path = f"/api/tasks/{task}" if single else "/api/tasks?limit=1"
            try:
                answer = self.stand.client.get(choose.choice(self.stand.replicas), path, owner)
            except Unreachable:
                self.reads[None] += 1
                continue
            with self.lock:
                self.reads[answer.status] += 1
                if single and answer.status == 404:
                    self.missing.append((owner, task))
                if not single and answer.status == 200 and answer.json["total"] < least:
                    self.stale.append((owner, answer.json["total"], least))

    @property
    def acknowledged(self):
        return [write for write in self.writes if write.acknowledged]

    @property
    def wrong(self):
        """Writes whose last answer is neither a success nor one that asks to come again."""
        return [write for write in self.writes if not write.acknowledged and write.status is not None and write.status not in RETRIED]
