"""The store goes back in time, but for a commit that was under way: what the journal does not lead to is taken out, on the real store."""

import json
import sqlite3

KEPT, TITLE = 10, "ground {}"


def stranded(stand, report, name):
    """Removes the commit before the last one, and its task, as a copy that took over without it would have; then everything goes on without either."""
    owner, replica = f"{name}-ground", stand.replicas[0]
    where = f"{name}, {len(stand.replicas)} replicas"
    ids = [create(stand, owner, TITLE.format(number))["id"] for number in range(KEPT + 2)]
    for program in [each.server for each in stand.replicas]:
        program.kill()
    lose(stand, [f"log:{owner}:{KEPT + 1}", f"task:{owner}:{ids[KEPT]}"])
    for each in stand.replicas:
        each.server.start()
    for each in stand.replicas:
        each.ready()
    expected = sorted(TITLE.format(number) for number in range(KEPT))
    seen = [sorted(task["title"] for task in stand.client.tasks(each, owner)) for each in stand.replicas]
    report.line(where, "nobody lists what was lost, or what followed it", all(titles == expected for titles in seen), f"{[len(titles) for titles in seen]} of {KEPT}")
    gone = [stand.client.get(replica, f"/api/tasks/{ids[place]}", owner).status for place in (KEPT, KEPT + 1)]
    report.line(where, "their tasks are not there", gone == [404, 404], f"{gone}")
    task = create(stand, owner, "next")
    last = stand.client.changes(stand.replicas[-1], owner)[-1]
    report.line(where, "the next change takes the first free sequence", (last["sequence"], last["task_id"]) == (KEPT + 1, task["id"]), f"{last['sequence']}")
    answer = stand.command("verify", "--owner", owner, "--json")
    report.line(where, "verify finds nothing stranded", answer.returncode == 0, answer.stdout.strip().splitlines()[-1] if answer.stdout.strip() else answer.stderr.strip())


def create(stand, owner, title):
    answer = stand.client.send(stand.replicas[0], "POST", "/api/tasks", owner, json.dumps({"title": title}))
    assert answer.status == 201, answer.status
    return answer.json


def lose(stand, keys):
    """Deletes rows of the state store behind the sidecar's back."""
    names = [f"task-server||{key}" for key in keys]
    if stand.postgres:
        listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        count = stand.postgres.query(f"WITH gone AS (DELETE FROM tasks_state WHERE key IN ({listed}) RETURNING 1) SELECT count(*) FROM gone")
        assert count == str(len(keys)), count
        return
    with sqlite3.connect(stand.folder / "tasks.db", timeout=10) as database:
        count = database.execute(f"DELETE FROM state WHERE key IN ({', '.join('?' * len(names))})", names).rowcount
    database.close()
    assert count == len(keys), count
