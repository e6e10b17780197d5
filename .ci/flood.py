"""Flood the built task-server, beside dev-sidecar, and print what each attack costs it and what another user feels of it.

    .ci/flood.py [FOLDER OF THE PROGRAMS]

An attack runs against a port of the server or of dev-sidecar for a few seconds while another user lists tasks on a connection of their own.
Measured are the CPU time and memory of the program that is attacked, the other user's waiting times, and what is left open and held
afterwards. The bounds are wide, for busy machines: they catch what has no end, not what is slow. Ends with 1 when one is broken.
docs/http.md says what ends each attack. All of it is on this machine and is stopped at the end; what is counted by address comes from another
address than the loopback, which is never counted.
"""

import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from multiprocessing import Event, Process, Queue
from pathlib import Path

HOST = "127.0.0.1"
HEAD_DEADLINE, ANSWER_DEADLINE, REQUEST_DEADLINE = 2, 2, 4  # seconds
READY_SECONDS, STOP_SECONDS, END_SECONDS = 30, 20, 30
HELD_SECONDS = 8  # of an attack whose connections stay
SIDECAR_HEAD_DEADLINE = 10  # seconds; dev-sidecar has no flag for it
PER_ADDRESS = 50  # connections
ONE_ADDRESS = "5,000 connections of one address"
MIB = 1 << 20

COMPONENT = """apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: {name}
spec:
  type: {type}
  version: v1
  metadata:{metadata}
"""


class Fault(Exception):
    """What did not go as it must."""


def own_address():
    """An address of this machine that is not the loopback; None when it has no network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def free_ports(count):
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Programs:
    """The sidecar and the server, in a folder of their own."""

    def __init__(self, build, folder):
        self.folder, self.build, self.running = Path(folder), Path(build), []
        self.sidecar_port, self.app_port, self.port = free_ports(3)
        components = self.folder / "components"
        components.mkdir()
        secrets = self.folder / "secrets.json"
        secrets.write_text('{"jwt-secret": "a-secret-of-the-flood-with-32-bytes!", "server-secret": "another-secret-of-the-flood-with-32-bytes"}')
        for name, kind, metadata in [
            ("statestore", "state.sqlite", f"\n  - name: connectionString\n    value: {self.folder}/tasks.db"),
            ("pubsub", "pubsub.in-memory", " []"),
            ("local-secrets", "secretstores.local.file", f"\n  - name: secretsFile\n    value: {secrets}"),
        ]:
            (components / f"{name}.yaml").write_text(COMPONENT.format(name=name, type=kind, metadata=metadata))
        self.sidecar = self.start("dev-sidecar", "run", "--app-id", "task-server", "--app-port", self.app_port, "--dapr-http-port",
                   self.sidecar_port, "--enable-metrics=false", "--resources-path", components)
        self.server = self.start(
            "task-server", "serve", "--app-port", self.app_port, "--public-port", self.port, "--public-host", "0.0.0.0", "--connections-per-address", PER_ADDRESS,
            "--dapr-http-port", self.sidecar_port, "--head-deadline", f"{HEAD_DEADLINE}s", "--answer-deadline",
            f"{ANSWER_DEADLINE}s", "--request-deadline", f"{REQUEST_DEADLINE}s", "--command-deadline", "2s")
        self.tokens = [self.token(secrets, user) for user in ("attacker", "other")]

    def start(self, program, *arguments):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TASKS_", "DAPR_", "APP_API_TOKEN"))}
        with open(self.folder / f"{program}.log", "wb") as log:
            process = subprocess.Popen([self.build / program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, env=environment)
        self.running.append(process)
        return process

    def token(self, secrets, user):
        command = [self.build / "task-server", "token", "--user", user, "--secrets-file", secrets]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=STOP_SECONDS).stdout.strip()

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self.running):
                break
            try:
                with urllib.request.urlopen(f"http://{HOST}:{self.app_port}/ready", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (OSError, urllib.error.HTTPError):
                pass
            time.sleep(0.1)
        logs = "".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))
        raise Fault(f"the server was not ready within {READY_SECONDS} s:\n{logs}")

    def stop(self):
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
        for process in self.running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @staticmethod
    def cpu(process):
        """Seconds that a program has computed."""
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def memory(process):
        """Bytes of memory that a program has."""
        return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @staticmethod
    def descriptors(process):
        return len(os.listdir(f"/proc/{process.pid}/fd"))


def request(method, path, token=None, body=None):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


class Client:
    """One connection, kept, that waits for whole answers."""

    def __init__(self, port):
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.rest = b""

    def ask(self, data):
        self.socket.sendall(data)
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        length = int(lengths[0]) if lengths else 0
        while len(self.rest) < length:
            self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(head.split(b" ", 2)[1]), body

    def more(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise Fault("the server closed the other user's connection")
        self.rest += piece


def other_user(port, token, stop, results):
    """Lists tasks again and again, and hands over how long each took, in seconds."""
    times, faults, client, question = [], 0, None, request("GET", "/api/tasks?limit=10", token)
    while not stop.is_set():
        began = time.monotonic()
        try:
            client = client or Client(port)
            status, _ = client.ask(question)
            faults += status != 200
        except (OSError, Fault):
            client, faults = None, faults + 1
        times.append(time.monotonic() - began)
        time.sleep(0.01)
    results.put((times, faults))


def connect(port, receive=None, host=HOST):
    s = socket.socket()
    if receive:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    s.settimeout(10)
    s.connect((host, port))
    return s


def send(s, data):
    """Sends what can be sent; a server that closed is what the attack is to find."""
    try:
        s.sendall(data)
    except OSError:
        pass


# Each attack opens its connections, goes on for as long as it says, and returns what it holds.


def chunk_headers(port, _):
    for _ in range(300):
        s = connect(port)
        send(s, b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"a" * 20_000)
        s.close()
    time.sleep(1)
    return []


def slow(data, count):
    def attack(port, token):
        held = [connect(port) for _ in range(count)]
        for s in held:
            send(s, data(token))
        for _ in range(3):
            for s in held:
                send(s, b"a")
            time.sleep(1)
        return held
    return attack


def unread(target):
    def attack(port, token):
        held = [connect(port, receive=4096) for _ in range(80)]
        for s in held:
            send(s, request("GET", target, token))
        time.sleep(ANSWER_DEADLINE + 1)
        return held
    return attack


def load(one, count=16, pipelined=16):
    """Connections that ask for the same again and again, so many requests at a time, for three seconds; then they close."""
    def attack(port, token):
        held, question = [connect(port) for _ in range(count)], one(token)
        waiting, end = selectors.DefaultSelector(), time.monotonic() + 3
        for s in held:
            waiting.register(s, selectors.EVENT_READ)
            send(s, question * pipelined)
        while time.monotonic() < end:
            for key, _ in waiting.select(0.1):
                try:
                    piece = key.fileobj.recv(1 << 16)
                except OSError:
                    piece = b""
                if not piece:
                    waiting.unregister(key.fileobj)
                    continue
                send(key.fileobj, question * piece.count(b"HTTP/1.1 "))
        for s in held:
            s.close()
        return []
    return attack


def bad_bodies(member):
    """20 bodies of 1 MiB in which every member is wrong."""
    def attack(port, token):
        body = b'{"title": "x", ' + member(MIB - 100) + b"}"
        held = [connect(port) for _ in range(20)]
        for s in held:
            send(s, request("POST", "/api/tasks", token, body))
        end = time.monotonic() + 20
        for s in held:
            s.settimeout(max(0.1, end - time.monotonic()))
            try:
                while s.recv(1 << 16).count(b"HTTP/1.1 ") == 0:
                    pass
            except OSError:
                pass
            s.close()
        return []
    return attack


def bad_tags(size):
    return b'"tags": [' + b",".join([b'""'] * (size // 3)) + b"]"


def unknown_fields(size):
    return b",".join(b'"f%06d":0' % number for number in range(size // 12))


def many_of_one_address(port, _):
    """What is closed at once is all but a few of them."""
    host, held = own_address(), []
    for _ in range(5000):
        try:
            held.append(connect(port, host=host))
        except OSError:
            break
    time.sleep(0.5)
    closed = 0
    for s in held:
        s.setblocking(False)
        try:
            closed += s.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
    if len(held) - closed > PER_ADDRESS:
        print(f"       {len(held) - closed} connections of {host} are open, and {PER_ADDRESS} are allowed", file=sys.stderr, flush=True)
        os._exit(1)
    return held


def events_of_many_types(port, _):
    """Events each of a type of its own, on the app port: none may become a label of a metric."""
    held = [connect(port) for _ in range(8)]
    for number in range(250):
        for place, s in enumerate(held):
            event = b'{"specversion":"1.0","id":"%d-%d","source":"/evil","type":"evil.%d.%d","data":{}}' % (place, number, place, number)
            send(s, request("POST", "/events/task-commands", None, event).replace(b"application/json", b"application/cloudevents+json"))
            s.recv(1 << 16)
    for s in held:
        s.close()
    return []


def big_bodies(port, token):
    held, body = [connect(port) for _ in range(100)], b'{"title": "' + b"a" * (MIB - 20)
    for s in held:
        head = request("POST", "/api/tasks", token, b"").replace(b"Content-Length: 0", b"Content-Length: %d" % (MIB - 1))
        send(s, head + body)
    time.sleep(1)
    return held


# Name, port, attack, the most CPU seconds, the most MiB at its height, and how many seconds later all of it is closed.
ATTACKS = [
    ("300 chunk headers of 20 KB, closed at once", "public", chunk_headers, 4, 100, END_SECONDS),
    ("1,000 heads that drip", "public", slow(lambda _: b"GET / HTTP/1.1\r\nX: ", 1000), 4, 150, END_SECONDS),
    ("1,000 connections that say nothing", "public", slow(lambda _: b"", 1000), 4, 150, END_SECONDS),
    ("500 bodies that drip", "public", slow(lambda t: request("POST", "/api/tasks", t, b"").replace(b": 0\r", b": 900\r"), 500), 4, 150, END_SECONDS),
    # Most are refused, since one user may have 16 MiB on the way, and those wait for their next request as others do.
    ("80 answers of 1 MiB, unread", "public", unread("/api/tasks?limit=100"), 25, 400, float("inf")),
    ("80 pages of changes of 1 MiB, unread", "public", unread("/api/changes?limit=1000"), 25, 400, float("inf")),
    ("16 connections that ask for nothing there is", "public", load(lambda _: request("GET", "/nothing")), 30, 150, END_SECONDS),
    ("16 connections with 190 parameters a query", "public", load(lambda t: request("GET", "/api/tasks?" + "a=b&" * 190, t), pipelined=4), 30, 200, END_SECONDS),
    ("100 bodies of 1 MiB but for a byte", "public", big_bodies, 8, 400, END_SECONDS),
    ("20 bodies of 1 MiB of bad tags", "public", bad_bodies(bad_tags), 20, 400, END_SECONDS),
    ("20 bodies of 1 MiB of unknown fields", "public", bad_bodies(unknown_fields), 20, 400, END_SECONDS),
    (ONE_ADDRESS, "public", many_of_one_address, 8, 200, END_SECONDS),
    ("2,000 events of as many types", "app", events_of_many_types, 20, 200, END_SECONDS),
    ("300 chunk headers of 20 KB", "sidecar", chunk_headers, 4, 150, END_SECONDS),
    ("1,000 heads that drip", "sidecar", slow(lambda _: b"GET / HTTP/1.1\r\nX: ", 1000), 6, 200, SIDECAR_HEAD_DEADLINE + END_SECONDS),
]
LONGEST_P99 = 5.0  # seconds; without an attack it is some milliseconds
MOST_LOST = 5  # answers that the server gave up at its deadline; a debug build on a busy machine makes 80 MiB of lists first
# MiB more than before an attack that a program has soon after it: of what it freed it keeps up to 64, so as not to ask for it again.
MOST_KEPT = 96
SETTLED_SECONDS = 3


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else float("inf")


def measure(programs, port, attack, end):
    """Runs one attack, and returns (CPU seconds, memory before, at most and afterwards, the other's times, their faults, seconds to the end)."""
    process = programs.sidecar if port == "sidecar" else programs.server
    number = {"public": programs.port, "app": programs.app_port, "sidecar": programs.sidecar_port}[port]
    stop, results = Event(), Queue()
    other = Process(target=other_user, args=(programs.port, programs.tokens[1], stop, results))
    open_before, cpu, before = programs.descriptors(process), programs.cpu(process), programs.memory(process)
    other.start()
    highest, attacker, hold = before, None, Event()
    if attack:
        def run():
            held = attack(number, programs.tokens[0])
            hold.wait(60)
            for s in held:
                s.close()
        attacker = Process(target=run)
        attacker.start()
    began, ended = time.monotonic(), None
    least = time.monotonic() + 2
    while time.monotonic() - began < (3 + end if end != float("inf") else HELD_SECONDS):
        highest = max(highest, programs.memory(process))
        # The other user has a connection, and the server may have opened some to its sidecar.
        if time.monotonic() > least and programs.descriptors(process) <= open_before + 8 and (not attacker or attacker.is_alive() or attacker.exitcode):
            ended = time.monotonic() - began
            break
        time.sleep(0.05)
    cpu, settled = programs.cpu(process) - cpu, time.monotonic() + SETTLED_SECONDS
    while (after := programs.memory(process)) > before + MOST_KEPT * MIB and time.monotonic() < settled:
        time.sleep(0.1)
    stop.set()
    times, faults = results.get(timeout=60)
    other.join()
    hold.set()
    if attacker:
        attacker.join()
        if attacker.exitcode:
            raise Fault("an attack was not held off as it must be")
    return cpu, before, highest, after, times, faults, ended


def main():
    given = [Path(a) for a in sys.argv[1:]] or [Path(".build/release"), Path(".build/debug")]
    builds = [p for p in given if (p / "task-server").exists() and (p / "dev-sidecar").exists()]
    if not builds:
        raise Fault(f"no programs in {' or '.join(map(str, given))}: swift build")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    attacks, broken = list(ATTACKS), []
    if not own_address():
        print(f"without \"{ONE_ADDRESS}\": this machine has no address beside the loopback, which is not counted; AddressLimitTests holds the rule")
        attacks = [attack for attack in attacks if attack[0] != ONE_ADDRESS]
    with tempfile.TemporaryDirectory(prefix="flood-") as folder:
        programs = None
        try:
            programs = Programs(builds[0].resolve(), folder)
            programs.wait_until_ready()
            writer = Client(programs.port)
            for number in range(100):
                task = json.dumps({"title": f"task {number}", "description": "x" * 10_000}).encode()
                status, answer = writer.ask(request("POST", "/api/tasks", programs.tokens[0], task))
                if status != 201:
                    raise Fault(f"a task was answered {status}: {answer[:300]!r}")
            writer.socket.close()
            time.sleep(1)
            print(f"{'attack':<46} {'port':<8} {'CPU s':>6} {'MiB before/most/after':>22} {'p50/p99 ms':>14} {'closed after s':>15}")
            for name, port, attack, most_cpu, most_memory, end in [("none", "public", None, 10, 150, END_SECONDS), *attacks]:
                cpu, before, highest, after, times, faults, ended = measure(programs, port, attack, end)
                p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
                memory = "/".join(f"{value / MIB:.0f}" for value in (before, highest, after))
                closed = f"{ended:.1f}" if ended else "never"
                print(f"{name:<46} {port:<8} {cpu:6.2f} {memory:>22} {p50 * 1000:6.1f}/{p99 * 1000:.1f} {closed:>13}", flush=True)
                for what, value, bound in [
                    ("CPU seconds", cpu, most_cpu), ("MiB", highest / MIB, most_memory), ("MiB more afterwards", (after - before) / MIB, MOST_KEPT), ("p99 in seconds", p99, LONGEST_P99),
                    ("seconds to the last connection's end", ended or float("inf"), 3 + end), ("answers lost", faults, MOST_LOST),
                ]:
                    if value > bound:
                        broken.append(f"{name}: {what}: {value:.2f}, and not {bound} at most")
                for process in programs.running:
                    if process.poll() is not None:
                        raise Fault(f"{process.args[0]} ended with {process.returncode} under: {name}")
        finally:
            if programs:
                programs.stop()
    for line in broken:
        print(f"BROKEN {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        sys.exit(f"flood: {fault}")
