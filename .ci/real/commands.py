"""Batches, merges and undos: what one replica did the next ones repeat, merge with and take back, and a fresh server answers as the first did."""

import json
import threading


def hold(stand, report, name):
    owner, where = f"{name}-commands", f"{name}, {len(stand.replicas)} replicas"
    door = Door(stand, owner)
    batch = {"operations": [{"op": "create", "as": f"t{n}", "task": {"title": f"of a hundred {n}"}} for n in range(99)] + [{"op": "complete", "id": "$t0"}]}
    made = door.post(0, "/api/batch", batch, key="made")
    ids = [result["task"]["id"] for result in made.json["results"][:99]]
    sequences = made.json["sequences"]
    report.line(where, "a batch of 100 is one stretch of changes", made.status == 200 and sequences == {"first": 1, "last": 100}, f"{made.status}, {sequences}")

    trial = {"dry_run": True, "operations": [{"op": "patch", "id": ids[1], "task": {"priority": "high"}}, {"op": "create", "task": {"title": "planned"}}]}
    plans = {door.post(n, "/api/batch", trial).json["plan"] for n in range(3)}
    done = door.post(1, "/api/batch", {"plan": plans.copy().pop(), "operations": trial["operations"]})
    stale = door.post(2, "/api/batch", {"plan": plans.copy().pop(), "operations": trial["operations"]})
    report.line(where, "a plan is the same everywhere, and holds once", len(plans) == 1 and (done.status, stale.status) == (200, 409), f"{len(plans)} plans, {done.status}, {stale.status}")

    path = f"/api/tasks/{ids[2]}"
    edits = [
        threading.Thread(target=door.send, args=(n, "PATCH", path, body, {"If-Match": '"1"', "Prefer": "merge"}))
        for n, body in enumerate([{"priority": "low"}, {"tags": ["a"]}, {"tags": ["b"]}, {"description": "d"}])
    ]
    for edit in edits:
        edit.start()
    for edit in edits:
        edit.join()
    task = door.send(2, "GET", path).json
    merged = (task["priority"], sorted(task["tags"]), task["description"], task["version"])
    report.line(where, "changes of one version, made at once, are merged", merged == ("low", ["a", "b"], "d", 5), f"{merged}")

    partial = {"mode": "partial", "operations": [{"op": "complete", "id": ids[3]}, {"op": "delete", "id": ids[2], "if_match": 1}, {"op": "delete", "id": ids[4]}]}
    first = door.post(0, "/api/batch", partial, key="partial")
    statuses = [result["status"] for result in first.json["results"]]
    report.line(where, "of a partial batch each result has its status", statuses == [200, 412, 204], f"{statuses}")

    undone = door.post(1, "/api/undo", {"token": first.json["undo"]})
    back = door.send(2, "GET", f"/api/tasks/{ids[4]}")
    redone = door.post(2, "/api/undo", {"token": undone.json["undo"]})
    gone = door.send(0, "GET", f"/api/tasks/{ids[4]}").status
    found = (undone.status, back.json.get("title"), redone.status, gone)
    report.line(where, "another replica takes it back, and that is taken back", found == (200, "of a hundred 4", 200, 404), f"{found}")
    conflict = door.post(0, "/api/undo", {"token": made.json["undo"]})
    report.line(where, "what was changed since is not undone", conflict.status == 409 and len(conflict.json["error"]["details"]["conflicts"]) > 2, f"{conflict.status}")

    stand.replicas[-1].restart_server()
    keyed = [("/api/batch", batch, "made", made), ("/api/batch", partial, "partial", first), ("/api/undo", {"token": first.json["undo"]}, None, undone)]
    wrong = [path for path, body, key, was in keyed for n in range(len(stand.replicas)) if door.post(n, path, body, key=key).body != was.body]
    report.line(where, "repeats get the first answer from each and from a fresh one", not wrong, f"{len(keyed)} commands" if not wrong else f"{wrong}")
    head = door.send(0, "GET", "/api/changes?limit=1000").json
    seen = [change["sequence"] for change in head["changes"]]
    report.line(where, "all of it is one journal", seen == list(range(1, len(seen) + 1)), f"{len(seen)} changes")


class Door:
    """Asks replicas in turn for one owner."""

    def __init__(self, stand, owner):
        self.stand, self.owner = stand, owner

    def post(self, number, path, body, key=None):
        return self.send(number, "POST", path, body, {"Idempotency-Key": key} if key else {})

    def send(self, number, method, path, body=None, headers=None):
        replica = self.stand.replicas[number % len(self.stand.replicas)]
        return self.stand.client.send(replica, method, path, self.owner, json.dumps(body) if body is not None else None, headers=headers or {})
