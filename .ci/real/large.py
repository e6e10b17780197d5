"""Large things beside small ones: what is too large for one never costs another's command, and large tasks arrive as small ones do."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

from checks import Checks
from load import Load, Write

SMALL, OVERSIZED, OVERSIZED_BYTES, PATIENCE = 20, 24, 800_000, 60
TASKS, DESCRIPTION = 200, "\N{GRINNING FACE}" * 10_000  # 40 KB, as long as a description may be


class LargeLoad(Load):
    """One owner creates tasks of 40 KB, one after another."""

    def __init__(self, stand, name):
        super().__init__(stand, name, owners=1, seconds=0, pace=1)

    def run(self):
        self.begin = time.monotonic()
        for number in range(TASKS):
            body = json.dumps({"title": f"{self.name} {number}", "description": DESCRIPTION}, ensure_ascii=False).encode()
            write = Write(self.owners[0], f"{self.name}-{number}", "POST", "/api/tasks", body)
            self.writes.append(write)
            self.carry_out(write, self.random)
        self.took = time.monotonic() - self.begin
        return self


def publish(stand, owner, number, data):
    """A command to the topic, through the first sidecar; all of them in one partition, so that they come in one bulk."""
    event = {
        "specversion": "1.0", "id": f"{owner}-{number}", "source": "/check", "type": "task.create",
        "data": {"user_id": owner, "title": f"{owner} {number}", **data},
    }
    connection = http.client.HTTPConnection("127.0.0.1", stand.replicas[0].dapr_port, timeout=20)
    connection.request(
        "POST", "/v1.0/publish/pubsub/task-commands?metadata.partitionKey=one", json.dumps(event), {"Content-Type": "application/cloudevents+json"},
    )
    status = connection.getresponse().status
    connection.close()
    return status


def commands(stand, report, name):
    """Commands of 800 KB of one sender among small ones of another."""
    where, small, large = f"{name}, {len(stand.replicas)} replicas", f"{name}-small", f"{name}-oversized"
    begin = time.monotonic()
    events = [(large, number, {"description": "x" * OVERSIZED_BYTES}) for number in range(OVERSIZED)] + [(small, number, {}) for number in range(SMALL)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda event: publish(stand, *event), sorted(events, key=lambda event: event[1])))
    report.line(where, "the broker takes commands of 800 KB", set(statuses) == {204}, f"{statuses.count(204)} of {len(statuses)}")

    def carried_out():
        return len(stand.client.tasks(stand.replicas[-1], small))

    def kept():
        answer = stand.command("deadletter", "list", "--json")
        return [letter for letter in json.loads(answer.stdout or "{}").get("dead_letters", []) if letter["event_id"].startswith(large)]

    for what, count, expected in (("small commands among them are carried out", carried_out, SMALL), ("they are kept as dead letters", lambda: len(kept()), OVERSIZED)):
        while count() < expected and time.monotonic() < begin + PATIENCE:
            time.sleep(0.5)
        report.line(where, f"{what} within {PATIENCE} s", count() == expected, f"{count()} of {expected} after {time.monotonic() - begin:.1f} s")
    for letter in kept():
        stand.command("deadletter", "remove", letter["id"])


def tasks(stand, report, name, slow):
    """Tasks of 40 KB of one user, whose events come in bulk."""
    checks = Checks(stand, LargeLoad(stand, name).run(), report, slow=slow)
    checks.answers()
    checks.activity(PATIENCE)
    checks.outbox()
    checks.verify()
    if stand.broker:
        checks.events()
    checks.dead_letters()
