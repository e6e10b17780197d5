"""Streams, waits, the past and replays: what one replica commits the others send within a second, show as it was, and publish once more."""

import http.client
import json
import threading
import time
from urllib.parse import quote

WITHIN = 1.0  # seconds, by which the changes of other replicas arrive
COUNT = 20


def hold(stand, report, name, slow=1.0):
    owner, where = f"{name}-changes", f"{name}, {len(stand.replicas)} replicas"
    first, last = stand.replicas[0], stand.replicas[-1]
    post = lambda replica, title: stand.client.send(replica, "POST", "/api/tasks", owner, json.dumps({"title": title}))
    post(first, "before the stream")
    streams = [Stream(stand, replica, owner).start() for replica in stand.replicas]
    sent = []
    for number in range(COUNT):
        post(last, f"task {number}")
        sent.append(time.monotonic())
        time.sleep(0.15)
    told = [stream.until(COUNT + 1) for stream in streams]
    lags = [max(stream.came[number + 2] - sent[number] for number in range(COUNT)) if told[place] else None for place, stream in enumerate(streams)]
    limit = WITHIN + 0.25 * slow  # That of a call and of a thread here.
    report.line(where, f"streams tell the changes of every replica within {WITHIN:.0f} s", all(lag is not None and lag <= limit for lag in lags), ", ".join(str(lag and round(lag, 2)) for lag in lags))

    first.restart_server()
    post(last, "while it restarts")
    again = Stream(stand, first, owner, since=streams[0].last).start()
    whole = again.until(COUNT + 2) and streams[0].sequences + again.sequences == list(range(1, COUNT + 3))
    report.line(where, "a stream goes on where it stopped, once and in order", whole, f"{streams[0].last}, then {again.sequences}")
    for stream in [*streams, again]:
        stream.close()

    head = COUNT + 2
    waiter = threading.Thread(target=lambda: answers.append((stand.client.get(first, f"/api/changes?since={head}&wait=10", owner, 15), time.monotonic())))
    answers = []
    waiter.start()
    time.sleep(0.5)
    post(last, "waited for")
    done = time.monotonic()
    waiter.join()
    answer, came = answers[0]
    report.line(where, "a request that waits is answered by another's change", answer.status == 200 and answer.json["next"] == head + 1 and came - done <= limit, f"{came - done:.2f} s")

    changes = stand.client.changes(first, owner)
    wrong = []
    for place in (1, COUNT // 2, COUNT + 1):
        titles = [change["task"]["title"] for change in changes[:place]]
        bodies = {stand.client.get(replica, f"/api/tasks?limit=200&as_of={moment}", owner).body for replica in stand.replicas for moment in (place, quote(changes[place - 1]["time"]))}
        found = [[task["title"] for task in json.loads(body)["items"]] for body in bodies]
        if len(bodies) != 1 or found[0] != titles:
            wrong.append((place, len(bodies)))
    report.line(where, "the past is the same from each, by sequence and by time", not wrong, f"{wrong or 'three moments'}")

    replayed = stand.command("events", "replay", "--owner", owner, "--from", "3", "--rate", "1000")
    holds, figures = replayed.returncode == 0, f"exit {replayed.returncode} {replayed.stderr.strip()[-200:] if replayed.returncode else ''}"
    if stand.broker and holds:
        events = [json.loads(message.value) for message in stand.broker.messages("tasks-replay")]
        events = [(event["sequence"], event.get("replay")) for event in events if event.get("owner") == owner]
        holds, figures = events == [(sequence, True) for sequence in range(3, head + 2)], f"{len(events)} events"
    report.line(where, "a stretch of changes is published once more, marked, in order", holds, figures)


class Stream:
    """Reads one owner's stream in a thread, and notes when each change came."""

    def __init__(self, stand, replica, owner, since=0):
        self.connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=30)
        self.headers = {"Authorization": f"Bearer {stand.client.token(owner)}", "Last-Event-ID": str(since)}
        self.came, self.sequences, self.last = {}, [], since
        self.thread = threading.Thread(target=self.read, daemon=True)

    def start(self):
        self.connection.request("GET", "/api/changes/stream", headers=self.headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status
        self.thread.start()
        return self

    def read(self):
        fields = {}
        try:
            for line in iter(self.answer.readline, b""):
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif fields.get("event") == "change":
                    self.last = json.loads(fields["data"])["sequence"]
                    self.came[self.last] = time.monotonic()
                    self.sequences.append(self.last)
                if not name:
                    fields = {}
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # It was closed, here or there.

    def until(self, sequence, seconds=15):
        deadline = time.monotonic() + seconds
        while self.last < sequence and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.last >= sequence

    def close(self):
        if self.connection.sock:
            self.connection.sock.close()
