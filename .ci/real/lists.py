"""Lists: whichever replica is asked, and after it has read the book anew, the answer is the same, and each knows the other's entity tag and cursor."""

import json
from urllib.parse import urlencode

# In the order in which they are due in Berlin, where 2026-03-29 has 23 hours.
TASKS = [
    ("at noon", "2026-03-29T12:00:00Z"), ("by the end of the day", "2026-03-29"), ("after midnight there", "2026-03-29T22:00:00Z"),
    ("Käse kaufen", "2026-03-30"), ("some time", None),
]
QUESTIONS = [
    ({}, [0, 1, 2, 3, 4]), ({"sort": "due_date", "tz": "Europe/Berlin"}, [0, 1, 2, 3, 4]), ({"sort": "due_date"}, [0, 2, 1, 3, 4]),
    ({"due": "on:2026-03-29", "tz": "Europe/Berlin"}, [0, 1]), ({"due": "on:2026-03-29"}, [0, 1, 2]), ({"due": "none"}, [4]),
    ({"q": "kase"}, [3]), ({"filter": 'due > 2026-03-29 and not title ~ "some"', "tz": "Europe/Berlin"}, [2, 3]), ({"sort": "-title"}, [4, 3, 1, 0, 2]),
]


def same(stand, report, name):
    owner, where = f"{name}-lists", f"{name}, {len(stand.replicas)} replicas"
    for place, (title, due) in enumerate(TASKS):
        replica = stand.replicas[place % len(stand.replicas)]
        answer = stand.client.send(replica, "POST", "/api/tasks", owner, json.dumps({"title": title, "due_date": due}))
        assert answer.status == 201 and (due is None or answer.json["due_date"][:10] == due[:10]), answer
    asked = [ask(stand, replica, owner) for replica in stand.replicas]
    wrong = [parameters for (parameters, expected), (_, body) in zip(QUESTIONS, asked[0]) if titles(body) != [TASKS[place][0] for place in expected]]
    report.line(where, "filters, searches and orders, also by days", not wrong, f"{len(QUESTIONS)} lists" if not wrong else f"{wrong}")
    stand.replicas[-1].restart_server()
    anew = ask(stand, stand.replicas[-1], owner)
    report.line(where, "every replica answers the same, and one that reads anew", all(each == anew for each in asked), f"{len(asked) + 1} times")
    first, last = stand.replicas[0], stand.replicas[-1]
    known = [stand.client.send(last, "GET", path(parameters), owner, headers={"If-None-Match": tag}).status for (parameters, _), (tag, _) in zip(QUESTIONS, asked[0])]
    report.line(where, "each knows the other's entity tags", set(known) == {304}, f"{known}")
    page = stand.client.get(first, path({"sort": "due_date", "limit": 2}), owner).json
    rest = stand.client.get(last, path({"sort": "due_date", "limit": 3, "cursor": page["next_cursor"]}), owner)
    seen = titles(json.dumps(page)) + titles(rest.body)
    report.line(where, "each goes on where the other stopped", seen == [TASKS[place][0] for place in QUESTIONS[2][1]], f"{seen}")


def ask(stand, replica, owner):
    answers = [stand.client.get(replica, path(parameters), owner) for parameters, _ in QUESTIONS]
    return [(answer.headers.get("ETag"), answer.body) for answer in answers]


def path(parameters):
    return "/api/tasks" + ("?" + urlencode(parameters) if parameters else "")


def titles(body):
    return [task["title"] for task in json.loads(body)["items"]]
