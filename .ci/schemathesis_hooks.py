"""What no schema can say of a valid request: a key that names it is new, and a cursor, a version or a sequence came from an answer, and a name was given."""

import uuid

import schemathesis
from hypothesis import strategies

DAYS = strategies.dates().map(str) | strategies.sampled_from(["today", "today+7d", "2028-02-29T12:30:00+05:30", "now-36h"])
WORDS = strategies.text(strategies.characters(categories=["L", "N"], max_codepoint=0x24F), min_size=1, max_size=12)


def quoted(word):
    return f'"{word}"'


COMPARISONS = strategies.one_of(
    strategies.tuples(strategies.sampled_from(["due", "created_at", "updated_at"]), strategies.sampled_from(["<", "<=", ">", ">=", "=", "!="]), DAYS).map(" ".join),
    strategies.sampled_from(["due = null", "completed", "not completed", 'status in ("todo", "done")', "priority >= high", "version > 1"]),
    WORDS.map(lambda word: f'tag has "{word}"'), WORDS.map(lambda word: f'title ~ "{word}"'),
)
FILTERS = strategies.recursive(
    COMPARISONS, lambda part: strategies.tuples(part, strategies.sampled_from(["and", "or"]), part).map(" ".join) | part.map(lambda text: f"not ({text})"), max_leaves=4)
FIELDS = ["priority", "due_date", "title", "status", "created_at", "updated_at"]
MEMBERS = ["id", "user_id", "title", "description", "status", "completed", "priority", "tags", "due_date", "created_at", "updated_at", "version"]
FORMATS = {
    "task-filter": FILTERS,
    "task-due": strategies.sampled_from(["none", "overdue", "today", "week"]) | strategies.tuples(strategies.sampled_from(["before:", "after:", "on:"]), strategies.dates().map(str)).map("".join),
    "task-search": strategies.lists(WORDS | WORDS.map(quoted), min_size=1, max_size=3).map(" ".join),
    "task-order": strategies.lists(strategies.sampled_from(FIELDS), min_size=1, max_size=3, unique=True).flatmap(
        lambda names: strategies.tuples(*[strategies.sampled_from([name, f"-{name}"]) for name in names])).map(",".join),
    "task-members": strategies.lists(strategies.sampled_from(MEMBERS), min_size=1, unique=True).map(",".join),
    "time-zone": strategies.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"]),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)


def name_operations(operations):
    """Lets names mean what an earlier operation creates."""
    made = []
    for operation in operations:
        if "if_match" in operation:
            operation["if_match"] = int(operation["if_match"])  # 3.0 is an integer to a schema.
        if operation["op"] == "create":
            if "as" in operation:
                operation["as"] = f"n{len(made)}"
                made.append(f"${operation['as']}")
        elif operation["id"].startswith("$"):
            operation["id"] = made[-1] if made else str(uuid.uuid4())
            for condition in ("if_match", "merge"):
                operation.pop(condition, None)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    headers, query = case.headers or {}, case.query or {}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"{headers['Idempotency-Key']}-{uuid.uuid4()}"[-255:]
    if "If-Match" in headers:
        headers["If-Match"] = "*"
    # Nobody writes meanwhile, so a wait would be waited through.
    for name in ("cursor", "since", "wait"):
        query.pop(name, None)
    if getattr(case, "media_type", None) == "application/json-patch+json":
        # Which paths there are depends on the task.
        case.body = [{"op": "replace", "path": "/title", "value": "edited"}, {"op": "add", "path": "/tags", "value": ["e"]}]
    if case.operation.path.endswith("/batch") and isinstance(case.body, dict):
        name_operations(case.body.get("operations", []))
    if "as_of" in query:
        query["as_of"] = "0"  # The one moment that every book has been through.
