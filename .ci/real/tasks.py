"""A client of the task API: tokens, kept connections, and the few calls that the checks make."""

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
from typing import NamedTuple


class Unreachable(Exception):
    """There was no whole answer, so nobody knows what came of the request."""


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Client:
    """For many threads; each has connections of its own."""

    def __init__(self, key):
        self.key, self.tokens, self.threads = key.encode(), {}, threading.local()

    def token(self, owner):
        if owner not in self.tokens:
            now = int(time.time())
            claims = {"sub": owner, "iss": "task-server", "aud": "task-server", "iat": now, "exp": now + 86_400}
            parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
            signed = b".".join(parts)
            self.tokens[owner] = b".".join([signed, base64url(hmac.digest(self.key, signed, hashlib.sha256))]).decode()
        return self.tokens[owner]

    def send(self, replica, method, path, owner=None, body=None, headers=None, seconds=10):
        kept = self.threads.__dict__.setdefault("connections", {})
        connection = kept.get(replica.port)
        if connection is None:
            connection = kept[replica.port] = http.client.HTTPConnection("127.0.0.1", replica.port)
        connection.timeout = seconds
        if connection.sock:
            connection.sock.settimeout(seconds)
        lines = dict(headers or {})
        if owner:
            lines["Authorization"] = f"Bearer {self.token(owner)}"
        if body is not None:
            lines["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, lines)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unreachable(f"{method} {path}: {error!r}") from None

    def get(self, replica, path, owner=None, seconds=10):
        return self.send(replica, "GET", path, owner, seconds=seconds)

    def surely(self, replica, path, owner, patience=20):
        """The JSON of a read, tried until it is answered 200."""
        deadline, last = time.monotonic() + patience, None
        while time.monotonic() < deadline:
            try:
                last = self.get(replica, path, owner)
                if last.status == 200:
                    return last.json
            except Unreachable as fault:
                last = fault
            time.sleep(0.2)
        raise Unreachable(f"GET {path} of {owner}: {last}")

    def changes(self, replica, owner):
        """All changes of an owner, in order."""
        found, since = [], 0
        while True:
            page = self.surely(replica, f"/api/changes?since={since}&limit=1000", owner)
            found += page["changes"]
            since = page["next"]
            if not page["more"]:
                return found

    def tasks(self, replica, owner):
        """All tasks of an owner, from the list."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.surely(replica, f"/api/tasks?limit=200{cursor}", owner)
            found += page["items"]
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return found
