"""Run task-server beside a sidecar with a collector of our own, and check the spans that it gets.

    .ci/check_traces.py [FOLDER OF THE PROGRAMS [PROGRAM THAT RUNS A REAL DAPRD]]

The collector decodes what comes with OpenTelemetry's own messages (opentelemetry-proto). The spans of a request must form one tree: request,
commit, call of the sidecar, publish; and the delivery of its event must lead back to it. Nothing that users wrote, no names of theirs and no
secret may be in any of them. A collector that says nothing must hold up neither requests nor the end. Ends with 1 when something is not so.
"""

import json
import signal
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from served import HOST, Fault, served

PATIENCE = 30  # seconds
USER, TITLE, CORRELATION, STATE = "walter-of-the-traces", "Milk of the traces", "correlation-of-the-traces", "vendor=of-the-traces"
KEY = "s3cret,of=traces"


def require(holds, message):
    if not holds:
        raise Fault(message)


class Collector:
    """Takes exports; the first one it puts off for a second. A silent one never answers."""

    def __init__(self):
        self.spans, self.resources, self.bodies, self.faults = [], [], [], []
        self.exports, self.silent = 0, False
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if collector.silent:
                    time.sleep(60)
                    return
                status, answer, headers = collector.take(self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        self.exports += 1
        for name, wanted in [("Content-Type", "application/x-protobuf"), ("api-key", KEY)]:
            if headers[name] != wanted:
                self.faults.append(f"{name}: {headers[name]}")
        if path != "/base/v1/traces":
            self.faults.append(f"an export came to {path}")
        if self.exports == 1:
            return 503, b"", [("Retry-After", "1")]
        request = ExportTraceServiceRequest.FromString(body)
        if request.SerializeToString() != body:
            self.faults.append("an export has fields that the specification does not know, or in another form")
        self.bodies.append(body)
        for resource in request.resource_spans:
            self.resources.append(values(resource.resource.attributes))
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        return 200, ExportTraceServiceResponse().SerializeToString(), [("Content-Type", "application/x-protobuf")]


def values(attributes):
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in attributes}


def flags(collector):
    return [
        f"--otel-exporter-otlp-endpoint=http://{HOST}:{collector.port}/base/", "--otel-exporter-otlp-headers=api-key=s3cret%2Cof%3Dtraces",
        "--otel-resource-attributes=service.name=other,deployment.environment.name=ci", "--otel-service-name=tasks-of-ci",
        "--otel-bsp-schedule-delay=100",
    ]


class Client:
    """Calls a server and its sidecar as one user."""

    def __init__(self, running):
        self.running, self.token = running, running.token(USER)
        self.server = running.running[-1]

    def call(self, method, path, body=None, origin=None, **headers):
        """The answer's JSON and the `traceparent` that it carries."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", **({"Content-Type": "application/json"} if data else {}), **headers}
        request = urllib.request.Request(f"{origin or self.running.app}{path}", data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null"), answer.headers["traceparent"]

    def metric(self, name):
        with urllib.request.urlopen(f"{self.running.app}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def end(self):
        """How many seconds the server takes to end."""
        begin = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        require(self.server.wait(PATIENCE) == 0, f"the server ended with {self.server.returncode}")
        return time.monotonic() - begin


def wait(what, holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        require(time.monotonic() < deadline, f"not within {PATIENCE} s: {what}")
        time.sleep(0.02)


def traceparent(number, sampled=True):
    return f"00-{number:032x}-{number:016x}-{'01' if sampled else '00'}"


def trace(collector, number):
    return [s for s in collector.spans if s.trace_id == number.to_bytes(16, "big")]


def one(spans, name, kind):
    found = [s for s in spans if s.name == name]
    require(len(found) == 1, f"{len(found)} spans `{name}`, one is expected, of {sorted(s.name for s in spans)}")
    require(found[0].kind == kind, f"`{name}` has the kind {found[0].kind}")
    return found[0]


def links_to(span, other):
    return any((link.trace_id, link.span_id) == (other.trace_id, other.span_id) for link in span.links)


def check_write(tasks, collector):
    """Request, commit, call, publish and delivery of one write, which its caller began."""
    task, answered = tasks.call("POST", "/api/tasks", {"title": TITLE}, traceparent=traceparent(0xA1), tracestate=STATE,
                                **{"X-Correlation-ID": CORRELATION})
    wait("the write's spans", lambda: {"send tasks", "POST /api/tasks"} <= {s.name for s in trace(collector, 0xA1)})
    wait("its delivery", lambda: any(s.name == "process tasks" for s in collector.spans))
    spans = trace(collector, 0xA1)
    request = one(spans, "POST /api/tasks", Span.SPAN_KIND_SERVER)
    require(request.parent_span_id == (0xA1).to_bytes(8, "big"), "the request does not continue its caller's span")
    require(answered == f"00-{0xA1:032x}-{request.span_id.hex()}-01", f"the answer carries {answered}")
    facts = values(request.attributes)
    require(facts == {"http.request.method": "POST", "http.route": "/api/tasks", "http.response.status_code": 201, "url.scheme": "http"},
            f"the request's attributes are {facts}")
    commit = one(spans, "commit", Span.SPAN_KIND_INTERNAL)
    require(commit.parent_span_id == request.span_id, "the commit is not part of the request")
    facts = values(commit.attributes)
    require(facts == {"tasks.commit.sequence": 1, "tasks.commit.commands": 1, "tasks.commit.changes": 1, "tasks.commit.outcome": "written"},
            f"the commit's attributes are {facts}")
    call = one(spans, "POST state/{store}/transaction", Span.SPAN_KIND_CLIENT)
    require(call.parent_span_id == commit.span_id, "the transaction is not part of the commit")
    require(values(call.attributes) == {"http.request.method": "POST", "dapr.component": "statestore"}, "the call's attributes")
    for inner, outer in [(commit, request), (call, commit)]:
        require(outer.start_time_unix_nano <= inner.start_time_unix_nano <= inner.end_time_unix_nano <= outer.end_time_unix_nano,
                f"`{inner.name}` is not within `{outer.name}`")
    require(abs(request.end_time_unix_nano / 1e9 - time.time()) < 60, "the request ended at another time of day")
    send = one(spans, "send tasks", Span.SPAN_KIND_PRODUCER)
    require(send.parent_span_id == request.span_id, "publishing does not lead to the request that caused it")
    publish = one(spans, "POST publish/bulk/{pubsub}/{topic}", Span.SPAN_KIND_CLIENT)
    require(publish.parent_span_id == send.span_id, "the call is not part of the publishing")
    known = {s.span_id for s in spans} | {(0xA1).to_bytes(8, "big")}
    require(all(s.parent_span_id in known for s in spans), "the trace is in pieces")
    process = [s for s in collector.spans if s.name == "process tasks"][0]
    require(process.kind == Span.SPAN_KIND_CONSUMER, "the delivery's kind")
    require(process.trace_id == request.trace_id or links_to(process, request), "the delivery does not lead to the request")
    wait("the delivery's request", lambda: any(s.span_id == process.parent_span_id for s in collector.spans))
    return task["id"]


def check_group(tasks, collector):
    """Writes that share a commit: it is part of one of their traces, and linked to the others."""
    for start in range(0xB000, 0xB500, 0x100):
        if shares_commits(tasks, collector, range(start, start + 60)):
            return
    raise Fault("no writes of 300 shared a commit")


def shares_commits(tasks, collector, numbers):
    """Whether some of these writes, which come at the same time, shared a commit; their spans are checked."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(lambda n: tasks.call("POST", "/api/tasks", {"title": f"{TITLE} {n}"}, traceparent=traceparent(n)), numbers))

    def commits():
        return [s for n in numbers for s in trace(collector, n) if s.name == "commit"]

    wait("all commits of the group", lambda: sum(values(s.attributes)["tasks.commit.commands"] for s in commits()) == len(numbers))
    shared = [s for s in commits() if values(s.attributes)["tasks.commit.commands"] > 1]
    for span in shared:
        require(len(span.links) == values(span.attributes)["tasks.commit.commands"] - 1, f"a shared commit has {len(span.links)} links")
    requests = {s.span_id for n in numbers for s in trace(collector, n) if s.kind == Span.SPAN_KIND_SERVER}
    require(all(link.span_id in requests for s in shared for link in s.links), "a commit is linked to no request")
    return bool(shared)


def check_command(tasks, collector):
    """A command that another service sends as an event, in its own trace."""
    event = {"specversion": "1.0", "id": "1", "source": "/ci", "type": "task.create", "data": {"user_id": USER, "title": TITLE},
             "datacontenttype": "application/json", "traceparent": traceparent(0xC1), "traceid": traceparent(0xC1)}
    tasks.call("POST", "/v1.0/publish/pubsub/task-commands", event, tasks.running.sidecar,
               **{"Content-Type": "application/cloudevents+json", "traceparent": traceparent(0xC1)})
    wait("the command's commit", lambda: {"process task-commands", "commit"} <= {s.name for s in trace(collector, 0xC1)})
    spans = trace(collector, 0xC1)
    process = one(spans, "process task-commands", Span.SPAN_KIND_CONSUMER)
    require(process.parent_span_id == (0xC1).to_bytes(8, "big"), "the command does not continue its sender's span")
    require(one(spans, "commit", Span.SPAN_KIND_INTERNAL).parent_span_id == process.span_id, "the commit is not part of the command")


def check_flags(tasks, collector, task):
    """The caller's decision is kept; a request without one begins a trace; probes have no spans."""
    _, answered = tasks.call("GET", f"/api/tasks/{task}", traceparent=traceparent(0xD1, sampled=False))
    require(answered.endswith("-00"), f"a trace that is not recorded is answered as {answered}")
    _, answered = tasks.call("GET", f"/api/tasks/{task}")
    number = int(answered.split("-")[1], 16)
    wait("the read's spans", lambda: len(trace(collector, number)) == 2)
    read = one(trace(collector, number), "GET /api/tasks/{id}", Span.SPAN_KIND_SERVER)
    require(not read.parent_span_id, "a trace that begins here has a parent")
    require(not trace(collector, 0xD1), "a trace that its caller does not record was recorded")
    require(not [s.name for s in collector.spans if s.name.endswith(("/health", "/ready", "/metrics"))], "probes have spans")


def check_all(tasks, collector, task):
    """What holds for every span."""
    require(not collector.faults, "; ".join(collector.faults[:3]))
    written = b"".join(collector.bodies)
    for text in [USER, TITLE, CORRELATION, STATE, KEY, tasks.token, task, "of-the-traces"]:
        require(text.encode() not in written, f"spans tell {text}")
    for facts in collector.resources:
        require(facts["service.name"] == "tasks-of-ci" and facts["deployment.environment.name"] == "ci", f"the resource is {facts}")
    require(len({facts["service.instance.id"] for facts in collector.resources}) == 1, "one process has several names")
    ids = [(s.trace_id, s.span_id) for s in collector.spans]
    require(len(set(ids)) == len(ids), "two spans have one id, or one was sent twice")
    require(all(s.flags == 1 and s.end_time_unix_nano >= s.start_time_unix_nano for s in collector.spans), "flags or times")
    require(tasks.metric("tasks_spans_dropped_total") == 0, "spans were dropped")


def check_end(tasks, collector):
    """What was recorded last arrives although the server ends."""
    task = tasks.call("POST", "/api/tasks", {"title": TITLE}, traceparent=traceparent(0xE1))[0]["id"]
    tasks.end()
    names = {s.name for s in trace(collector, 0xE1)}
    require({"POST /api/tasks", "commit", "send tasks"} <= names, f"the end flushed {sorted(names)} only, for {task}")


def check_silence(tasks):
    """A collector that takes exports and never answers holds up neither requests nor the end."""
    begin = time.monotonic()
    for number in range(100):
        tasks.call("POST", "/api/tasks", {"title": TITLE}, traceparent=traceparent(0xF00 + number))
    require(time.monotonic() - begin < PATIENCE / 2, "requests wait for a collector that is silent")
    took = tasks.end()
    require(took < 10, f"a silent collector holds up the end for {took:.1f} s")
    return took


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else ".build/debug"
    daprd = sys.argv[2] if len(sys.argv) > 2 else None
    collector, silent = Collector(), Collector()
    silent.silent = True
    with served(build, *flags(collector), daprd=daprd) as running:
        tasks = Client(running)
        running.wait_until_subscribed()
        task = check_write(tasks, collector)
        check_group(tasks, collector)
        check_command(tasks, collector)
        check_flags(tasks, collector, task)
        check_all(tasks, collector, task)
        check_end(tasks, collector)
    with served(build, *flags(silent), daprd=daprd) as running:
        took = check_silence(Client(running))
    print(f"{len(collector.spans)} spans in {collector.exports} exports are as they must be; with a silent collector the end took {took:.1f} s")


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(f"check_traces: {fault}")
