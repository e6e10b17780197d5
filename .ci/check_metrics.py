"""Check what /metrics of a running server and sidecar says: Prometheus reads it, and the server says what docs/metrics.md says.

    python3 .ci/check_metrics.py .build/debug

Both are started, used in every way that is quick, and asked. promtool must find nothing to complain of in the server's metrics. Those of
dev-sidecar are named as daprd names them, against Prometheus' customs, so it must read them, and may complain of names only.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
READY_SECONDS, STOP_SECONDS = 60, 30
COMPONENT = """apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: {type}, version: v1, metadata: {metadata}}}
"""
# What promtool may say of daprd's names.
CUSTOMS = r'counter metrics should have "_total" suffix|non-histogram and non-summary metrics should not have "_count" suffix|no help text'


class Fault(Exception):
    """What is wrong, said for the one who must mend it."""


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


def call(port, method, path, body=None, token=None, **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    if data is not None:
        headers.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(f"http://{HOST}:{port}{path}", data=data, method=method, headers=headers)
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
    eventually("ready", lambda: call(app, "GET", "/ready")[0] == 200)
    # What is published before that, in memory, nobody gets.
    eventually("subscribed", lambda: len(json.loads(call(sidecar, "GET", "/v1.0/metadata")[1]).get("subscriptions", [])) == 4)
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
    own = call(metrics, "GET", "/metrics")[1]
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
    status, words = promtool(call(sidecar_metrics, "GET", "/")[1])
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
    running = []
    with tempfile.TemporaryDirectory() as name:
        folder, components = Path(name), Path(name, "components")
        components.mkdir()
        secrets = folder / "secrets.json"
        secrets.write_text(json.dumps({name: f"the-{name}-of-the-metrics-with-32-bytes" for name in ("jwt-secret", "server-secret")}))
        for component, kind, metadata in [
            ("statestore", "state.in-memory", "[]"),
            ("pubsub", "pubsub.in-memory", "[]"),
            ("local-secrets", "secretstores.local.file", f"[{{name: secretsFile, value: {secrets}}}]"),
        ]:
            (components / f"{component}.yaml").write_text(COMPONENT.format(name=component, type=kind, metadata=metadata))
        sockets = [socket.create_server((HOST, 0)) for _ in range(4)]
        app, metrics, sidecar, sidecar_metrics = [s.getsockname()[1] for s in sockets]
        for s in sockets:
            s.close()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TASKS_", "DAPR_", "APP_"))}
        # Nobody listens there: spans are counted, and dropped.
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://{HOST}:9"

        def start(program, *arguments):
            with open(folder / f"{program}.log", "wb") as log:
                running.append(subprocess.Popen([build / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment))

        try:
            start("dev-sidecar", "run", "--app-id", "task-server", "--app-port", app, "--dapr-http-port", sidecar, "--metrics-port", sidecar_metrics,
                  "--resources-path", components)
            start("task-server", "serve", "--app-port", app, "--metrics-port", metrics, "--metrics-host", HOST, "--dapr-http-port", sidecar)
            token = subprocess.run([build / "task-server", "token", "--secrets-file", secrets], check=True, capture_output=True, text=True, env=environment)
            use(app, sidecar, token.stdout.strip())
            check(app, metrics, sidecar_metrics)
        except Fault:
            for log in folder.glob("*.log"):
                print(f"{log.name}: {log.read_text(errors='replace')[-1500:]}", file=sys.stderr)
            raise
        finally:
            for process in reversed(running):
                process.send_signal(signal.SIGINT)
            for process in running:
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else ".build/debug").resolve())
    except Fault as fault:
        sys.exit(f"FAIL  {fault}")
