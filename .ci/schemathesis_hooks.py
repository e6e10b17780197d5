"""What no schema can say of a valid request: a key that names it is new, and a cursor, a version or a sequence came from an answer."""

import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    headers, query = case.headers or {}, case.query or {}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"{headers['Idempotency-Key']}-{uuid.uuid4()}"[-255:]
    if "If-Match" in headers:
        headers["If-Match"] = "*"
    for name in ("cursor", "since"):
        query.pop(name, None)
