"""The built task-server beside dev-sidecar, in a folder of their own, for checks that speak to it as clients do."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
READY_SECONDS, STOP_SECONDS = 30, 20
SUBSCRIPTIONS = 4  # two topics, and the dead letters of each

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


def free_ports(count):
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Served:
    """Both programs while they run: where they answer, and tokens for them."""

    def __init__(self, programs, folder, server_flags, daprd=None, sidecar_metrics=None):
        self.folder, self.programs, self.running = Path(folder), Path(programs).resolve(), []
        sidecar_port, app_port, port = free_ports(3)
        self.app, self.clients = f"http://{HOST}:{app_port}", f"http://{HOST}:{port}"
        self.sidecar = f"http://{HOST}:{sidecar_port}"
        self.app_token, self.key_file = secrets.token_hex(32), self.folder / "secrets.json"
        self.key_file.write_text(json.dumps({name: secrets.token_hex(32) for name in ("jwt-secret", "server-secret")}))
        components = self.folder / "components"
        components.mkdir()
        for name, kind, metadata in [
            ("statestore", "state.sqlite", f"\n  - name: connectionString\n    value: {self.folder}/tasks.db"),
            ("pubsub", "pubsub.in-memory", " []"),
            ("local-secrets", "secretstores.local.file", f"\n  - name: secretsFile\n    value: {self.key_file}"),
        ]:
            (components / f"{name}.yaml").write_text(COMPONENT.format(name=name, type=kind, metadata=metadata))
        shared = ["--app-id", "task-server", "--app-port", app_port, "--dapr-http-port", sidecar_port, "--resources-path", components]
        if daprd:
            ports = dict(zip(("--dapr-grpc-port", "--dapr-internal-grpc-port", "--metrics-port"), free_ports(3)))
            self.start(daprd, "daprd", *shared, *(part for flag in ports.items() for part in flag))
        else:
            metrics = ["--metrics-port", sidecar_metrics] if sidecar_metrics else ["--enable-metrics=false"]
            self.start("dev-sidecar", "run", *shared, *metrics)
        self.start("task-server", "serve", "--app-port", app_port, "--public-port", port, "--dapr-http-port", sidecar_port, *server_flags)

    def start(self, program, *arguments):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TASKS_", "DAPR_", "APP_API_TOKEN"))}
        with open(self.folder / f"{Path(program).name}.log", "wb") as log:
            self.running.append(subprocess.Popen(
                [self.programs / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment | {"APP_API_TOKEN": self.app_token}))

    def token(self, user="demo"):
        command = [self.programs / "task-server", "token", "--user", user, "--secrets-file", self.key_file]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=STOP_SECONDS).stdout.strip()

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and all(process.poll() is None for process in self.running):
            with contextlib.suppress(OSError, urllib.error.HTTPError), urllib.request.urlopen(f"{self.app}/ready", timeout=2):
                return
            time.sleep(0.1)
        logs = "".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))
        raise Fault(f"the server was not ready within {READY_SECONDS} s:\n{logs}")

    def document(self):
        """The OpenAPI document for clients."""
        with urllib.request.urlopen(f"{self.clients}/openapi.json", timeout=10) as answer:
            return json.load(answer)

    def wait_until_subscribed(self):
        """What is published in memory before that, nobody gets."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.sidecar}/v1.0/metadata", timeout=2) as answer:
                if len(json.load(answer).get("subscriptions") or []) == SUBSCRIPTIONS:
                    return
            time.sleep(0.1)
        raise Fault(f"the sidecar has not subscribed within {READY_SECONDS} s")

    def stop(self):
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
        for process in self.running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def served(programs=".build/debug", *server_flags, daprd=None, sidecar_metrics=None):
    """Runs both programs until the block ends: beside a real daprd when the program that runs one is given, or with dev-sidecar's metrics at a port."""
    with tempfile.TemporaryDirectory() as folder:
        running = Served(programs, folder, server_flags, Path(daprd).resolve() if daprd else None, sidecar_metrics)
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.stop()
