"""What happens to the programs of a stand while a load runs, by a seed."""

import random
import time
from collections import Counter


class Faults:
    """Each kind once in a random order, then again, until the time is over; afterwards everything runs."""

    def __init__(self, stand, seed, longest_pause):
        self.stand, self.random, self.longest_pause = stand, random.Random(seed), longest_pause
        self.done, self.due, self.last = Counter(), [], None
        self.kinds = [self.kill_server, self.kill_sidecar, self.kill_pair, self.pause_server]
        if stand.postgres:
            self.kinds += [self.end_backends, self.lose_connections, self.kill_postgres]
        if stand.broker and stand.broker.name == "Kafka":
            self.kinds.append(self.kill_broker)

    def run(self, until):
        time.sleep(1)
        deck = []
        while time.monotonic() < until:
            if not deck:
                deck = self.random.sample(self.kinds, len(self.kinds))
            fault = deck.pop()
            fault()
            self.done[fault.__name__] += 1
            self.last = time.monotonic()
            self.wait(self.random.uniform(0.2, 1.2))
        self.recover()

    def wait(self, seconds):
        """Waits, wakes those whose pause is over, and starts again what ended by itself."""
        end = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            for time_due, program in [entry for entry in self.due if entry[0] <= now]:
                program.resume()
                self.due.remove((time_due, program))
                self.last = now
            self.stand.revive()
            if now >= end:
                return
            time.sleep(0.05)

    def recover(self):
        for _, program in self.due:
            program.resume()
            self.last = time.monotonic()
        self.due.clear()

    def bring_back(self, *programs):
        for program in programs:
            program.kill()
            self.due = [entry for entry in self.due if entry[1] is not program]
        time.sleep(self.random.choice([0, 0.3, 1]))
        for program in programs:
            program.start()


    def kill_server(self):
        self.bring_back(self.random.choice(self.stand.replicas).server)

    def kill_sidecar(self):
        self.bring_back(self.random.choice(self.stand.replicas).sidecar)

    def kill_pair(self):
        self.bring_back(*self.random.choice(self.stand.replicas).programs)

    def pause_server(self):
        running = [replica.server for replica in self.stand.replicas if not replica.server.paused]
        if running:
            server = self.random.choice(running)
            server.pause()
            self.due.append((time.monotonic() + self.random.uniform(0.5, self.longest_pause), server))

    def end_backends(self):
        self.stand.postgres.end_backends()

    def lose_connections(self):
        for _ in range(8):
            self.stand.postgres.end_backends()
            self.wait(0.3)

    def kill_postgres(self):
        self.stand.postgres.kill()
        self.stand.postgres.start().ready()

    def kill_broker(self):
        self.stand.broker.kill()
        self.stand.broker.start()
