"""Check what /metrics of a running server and sidecar says: Prometheus reads it, and the server says what docs/metrics.md says.

    python3 .ci/check_metrics.py .build/debug

Both are started, used in every way that is quick, and asked. promtool must find nothing to complain of in the server's metrics. Those of
dev-sidecar are named as daprd names them, against Prometheus' customs, so it must read them, and may complain of names only.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from served import HOST, Fault, free_ports, served

READY_SECONDS = 60
# What promtool may say of daprd's names.
CUSTOMS = r'counter metrics should have "_total" suffix|non-histogram and non-summary metrics should not have "_count" suffix|no help text'


def require(holds, words):
    if not holds:
        raise Fault(words)


def promtool(text):
    """What `promtool check metrics` says of an exposition: its status, and its complaints."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    return done.returncode, (done.stdout + done.stderr).strip()


def families(text):
    """name -> (type, labels) of an exposition; the labels of samples, without `le`."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    found = {name: (kind, None) for name, kind in types.items()}
    for name, labels in re.findall(r"^([a-z_]+)(?:\{(.*)\})? \S+$", text, re.M):
        family = name if name in types else re.sub(r"_(bucket|sum|count)$", "", name)
        require(family in types, f"{name} has no TYPE")
        names = set(re.findall(r'(\w+)="', labels)) - {"le"}
        known = found[family][1]
        require(known is None or known == names, f"{family} has samples with {known} and with {names}")
        found[family] = (types[family], names)
    for name, (_, labels) in found.items():
        require(labels is not None, f"{name} has a head and no sample")
    return found


def call(origin, method, path, body=None, token=None, **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    if data is not None:
        headers.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(f"{origin}{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def eventually(what, holds):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise Fault(f"{what} not within {READY_SECONDS} s")


def use(app, sidecar, token):
    """Does what the metrics count: tasks written, read, listed and refused, events published, delivered and refused."""
    ids = []
    for number in range(5):
        status, text = call(app, "POST", "/api/tasks", {"title": f"Task {number}"}, token)
        require(status == 201, f"create: {status} {text}")
        ids.append(json.loads(text)["id"])
    statuses = [
        call(app, *request, token=token)[0]
        for request in [
            ("GET", "/api/tasks"), ("GET", f"/api/tasks/{ids[0]}"), ("PATCH", f"/api/tasks/{ids[0]}", {"status": "done"}),
            ("DELETE", f"/api/tasks/{ids[1]}"), ("GET", f"/api/tasks/{ids[1]}"), ("POST", "/api/tasks", b"{"), ("BREW", "/api/tasks"),
            ("GET", "/api/changes"), ("GET", "/nowhere"), ("HEAD", "/api/tasks"), ("OPTIONS", "/api/tasks"),
        ]
    ]
    require(statuses[:5] == [200, 200, 200, 204, 404], f"the answers are {statuses}")
    require(call(app, "GET", "/api/tasks")[0] == 401, "a request without a token is answered")
    # A command that can never be carried out: to the dead letter topic, and from there into the store.
    status, _ = call(sidecar, "POST", "/v1.0/publish/pubsub/task-commands", {"no": "command"})
    require(status == 204, f"publish: {status}")
    # One that was read from the journal, since the next had overtaken it, is `repeated` when it comes.
    counted = r'^tasks_event_sequences_total\{outcome="(?:counted|repeated)"\} (\d+)$'
    eventually("all counted", lambda: sum(map(int, re.findall(counted, call(app, "GET", "/metrics")[1], re.M))) >= 7)
    eventually("a dead letter", lambda: 'tasks_dead_letters_kept_total{outcome="new"} 1' in call(app, "GET", "/metrics")[1])


def check(app, metrics, sidecar_metrics):
    text = call(app, "GET", "/metrics")[1]
    status, words = promtool(text)
    require(status == 0, f"promtool check metrics ends with {status}: {words}")
    own = call(f"http://{HOST}:{metrics}", "GET", "/metrics")[1]
    require(families(own) == families(text), "the metrics port and the app port show different metrics")
    row = r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) \|"
    table = {
        name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in re.findall(row, Path("docs/metrics.md").read_text(), re.M)
    }
    found = families(text)
    strange = {name: family for name, family in found.items() if table.get(name) != family}
    require(not strange, f"not as docs/metrics.md has it: {strange}")
    unused = sorted(table.keys() - found.keys())
    require(not unused, f"was used and does not show: {unused}")
    require(not re.search(r'method="BREW"|_bucket\{[^}]*le="\+Inf"\} 0$', text, re.M), "a method of a client's own is a label, or an unused histogram shows")
    status, words = promtool(call(f"http://{HOST}:{sidecar_metrics}", "GET", "/")[1])
    require(status in (0, 3), f"promtool cannot read dev-sidecar's metrics: {words}")
    strange = [line for line in words.splitlines() if not re.search(CUSTOMS, line)]
    require(not strange, f"promtool of dev-sidecar's metrics: {strange}")
    print(f"ok    {len(found)} metrics of the server as docs/metrics.md has them, promtool complains of none; {len(text)} bytes")


def guards():
    """What promtool and the reader are to refuse, they refuse."""
    require(promtool("requests 1\n# TYPE requests counter\n")[0] != 0, "promtool takes anything")
    require(promtool("# HELP tasks_Reads Reads.\n# TYPE tasks_Reads counter\ntasks_Reads 1\n")[0] == 3, "promtool takes any name")
    for bad in ("# TYPE a_total counter\n", 'a_total{b="1"} 1\n', '# TYPE a_total counter\na_total{b="1"} 1\na_total{c="1"} 1\n'):
        try:
            families(bad)
        except Fault:
            continue
        raise Fault(f"the reader takes {bad!r}")


def main(build):
    guards()
    metrics, sidecar_metrics = free_ports(2)
    # Nobody listens there: spans are counted, and dropped.
    flags = ["--metrics-port", metrics, "--metrics-host", HOST, "--otel-exporter-otlp-endpoint", f"http://{HOST}:9"]
    with served(build, *flags, sidecar_metrics=sidecar_metrics) as running:
        running.wait_until_subscribed()
        use(running.app, running.sidecar, running.token())
        check(running.app, metrics, sidecar_metrics)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else ".build/debug").resolve())
    except Fault as fault:
        sys.exit(f"FAIL  {fault}")
