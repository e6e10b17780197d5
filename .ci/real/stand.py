"""A stand: stores, a broker, and task servers beside a sidecar each, on the project's own component files with other addresses."""

import json
import os
import re
import secrets
import shutil
import subprocess
import urllib.request
from pathlib import Path

from programs import REAL, ROOT, Fault, Program, wait_for
from services import Kafka, PostgreSQL
from tasks import Client, Unreachable


# One user of ours writes as much as many do, so the limits that are on by default are off.
WITHOUT_LIMITS = ["--writes-per-user", 0, "--expensive-reads-per-user", 0]


class Set:
    """A folder of `components/`, and which programs stand behind it."""

    def __init__(self, name, folder, broker=None, postgres=False, pubsub=None, statestore=None):
        self.name, self.folder, self.broker, self.postgres = name, folder, broker, postgres
        self.instead = {"pubsub.yaml": pubsub, "statestore.yaml": statestore}  # files below .ci/real/components for the folder's own


class Replica:
    """A task server and its sidecar, which end and come back independently."""

    def __init__(self, stand, index):
        self.stand, self.index = stand, index
        self.port, self.dapr_port = stand.ports.take(), stand.ports.take()
        folder, environment = stand.folder, {"APP_API_TOKEN": stand.app_token, "DAPR_HTTP_PORT": str(self.dapr_port)}
        self.server = Program(
            f"server {index}", [stand.programs / "task-server", "serve", "--app-port", self.port, *stand.server_flags],
            folder / f"server-{index}.log", {**environment, **stand.server_environment}, folder,
        )
        self.sidecar = stand.sidecar_program(f"sidecar {index}", self.dapr_port, environment, "--app-port", self.port, "--app-protocol", "http")

    @property
    def programs(self):
        return [self.server, self.sidecar]

    def start(self):
        for program in self.programs:
            program.start()
        return self

    def is_ready(self):
        try:
            return self.stand.client.get(self, "/ready", seconds=5).status == 200 and self.subscribes()
        except Unreachable:
            return False

    def subscribes(self):
        """Whether the sidecar has asked the server for its topics: what a broker in memory takes before that is delivered to nobody."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.dapr_port}/v1.0/metadata", timeout=5) as answer:
                return any(subscription["topic"] == "tasks" for subscription in json.load(answer).get("subscriptions") or [])
        except OSError:
            return False

    def ready(self, seconds=90):
        try:
            wait_for(f"{self.server.name} at {self.port}", self.is_ready, seconds)
        except Fault as fault:
            raise Fault(f"{fault}\n{self.server.tail()}\n{self.sidecar.tail()}") from None
        return self

    def restart_server(self):
        """Ends the server in order and starts a fresh one."""
        ended = self.server.stop(40)
        self.server.start()
        self.ready()
        return ended

    def stop(self):
        """Ends the server, then its sidecar; the names of those that had to be killed."""
        return [program.name for program in self.programs if not program.stop(40)]


class Stand:
    def __init__(self, chosen, folder, ports, programs, sidecar="daprd", broker=None, postgres=None):
        self.set, self.folder, self.ports, self.programs, self.sidecar = chosen, folder, ports, programs, sidecar
        self.broker, self.postgres, self.replicas, self.server_flags, self.server_environment = broker, postgres, [], list(WITHOUT_LIMITS), {}
        self.key, self.app_token = secrets.token_hex(32), secrets.token_hex(32)
        self.client = Client(self.key)
        folder.mkdir()
        self.resources = self.write_components()

    @classmethod
    def production(cls, folder, ports, programs):
        """On daprd, PostgreSQL and Kafka, which are started."""
        services = [kind(folder, ports.take(3)).start() for kind in (PostgreSQL, Kafka)]
        postgres, broker = [service.ready() for service in services]
        return cls(Set("PostgreSQL + Kafka", "postgres-kafka", Kafka, postgres=True), folder / "stand", ports, programs, "daprd", broker, postgres)

    def write_components(self):
        """The set's files, with secrets in a file beside the folder and this stand's addresses."""
        resources = self.folder / "components"
        shutil.copytree(ROOT / "components" / self.set.folder, resources, ignore=shutil.ignore_patterns("*.json"))
        for name, file in self.set.instead.items():
            if file:
                shutil.copy(Path(__file__).parent / "components" / file, resources / name)
        values = {"secretsFile": self.folder / "secrets.json"}
        keys = {"jwt-secret": self.key, "server-secret": f"for-cursors-{self.key}"}
        if self.postgres:
            keys["postgres-connection-string"] = self.postgres.url
        else:
            values["connectionString"] = self.folder / "tasks.db"
        if self.broker:
            keys |= {name: f"127.0.0.1:{self.broker.port}" for name in ("kafka-brokers", "redis-host")}
        for file in resources.glob("*.yaml"):
            text = file.read_text()
            for name, value in values.items():
                text = re.sub(rf"(- name: {name}\n\s+value:) .*", rf"\1 {value}", text)
            file.write_text(text)
        secret_file = self.folder / "secrets.json"
        secret_file.write_text(json.dumps(keys))
        secret_file.chmod(0o600)
        return resources

    def sidecar_program(self, name, port, environment, *flags):
        """A sidecar with the stand's components, not started yet."""
        program = [REAL, "daprd", "--dapr-listen-addresses", "127.0.0.1", "--dapr-internal-grpc-listen-address", "127.0.0.1"]
        if self.sidecar == "dev":
            program = [self.programs / "dev-sidecar", "run"]
        return Program(
            name,
            [
                *program, "--app-id", "task-server", *flags, "--dapr-http-port", port, "--dapr-grpc-port", self.ports.take(),
                "--dapr-internal-grpc-port", self.ports.take(), "--enable-metrics=false", "--log-level", "warn",
                "--resources-path", self.resources, "--config", ROOT / "dapr-config/local.yaml",
            ],
            self.folder / f"{name.replace(' ', '-')}.log", environment, self.folder,
        )

    def scale(self, count):
        """Starts replicas until there are so many."""
        added = [Replica(self, index).start() for index in range(len(self.replicas), count)]
        self.replicas += added
        for replica in added:
            replica.ready()

    @property
    def services(self):
        return [service.program for service in (self.postgres, self.broker) if service]

    def everything(self):
        return [program for replica in self.replicas for program in replica.programs]

    def revive(self):
        """Starts again what ended by itself, as daprd does while its broker is away."""
        for program in self.everything():
            if not program.runs:
                program.own_ends += 1
                program.start()

    def ready(self, seconds=120):
        """All replicas serve again after faults."""
        def are():
            self.revive()
            return all([replica.is_ready() for replica in self.replicas])

        wait_for("readiness of all replicas", are, seconds, 1)

    def stop(self):
        return [name for replica in self.replicas for name in replica.stop()]

    def command(self, *words):
        """The program `task-server ...` beside the first sidecar."""
        return subprocess.run(
            [self.programs / "task-server", *words], capture_output=True, text=True, timeout=300,
            env={**os.environ, "DAPR_HTTP_PORT": str(self.replicas[0].dapr_port)}, cwd=self.folder,
        )
