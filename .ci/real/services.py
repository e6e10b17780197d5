"""PostgreSQL, Redis and Kafka, each on a port of loopback and with its data in a folder."""

import os
import shutil
import signal
import subprocess

import kafka_wire
import redis_wire
from programs import REAL, ROOT, Fault, Program, listens, wait_for

TOPICS = ["tasks", "task-commands", "task-commands-dead", "tasks-dead", "tasks-replay"]


def program(name):
    for folder in ["/usr/bin", "/usr/lib/postgresql/15/bin"]:
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    raise Fault(f"{name} is not installed; apt.txt names its package")


class PostgreSQL:
    name = "PostgreSQL"

    def __init__(self, folder, port):
        self.port, self.folder = port, folder / "postgres"
        self.program = Program(self.name, [ROOT / "scripts/private-postgres", self.folder, port], folder / "postgres.log")
        self.url = f"host=127.0.0.1 port={port} user=sidecar dbname=postgres sslmode=disable"

    def query(self, text):
        """What psql prints, or None."""
        answer = subprocess.run(
            [program("psql"), "-XAtq", self.url, "-c", text], capture_output=True, text=True, timeout=30, env={**os.environ, "PGCONNECT_TIMEOUT": "3"},
        )
        return answer.stdout.strip() if answer.returncode == 0 else None

    def start(self):
        self.program.start()
        return self

    def ready(self, seconds=60):
        def answers():
            if not self.program.runs:  # the backends of one that was killed hold its memory for a moment
                self.program.start()
            return self.query("SELECT 1") == "1"

        wait_for(self.name, answers, seconds, 0.2)
        return self

    def kill(self):
        self.program.kill()

    def end_backends(self):
        return self.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")

    def deadlocks(self):
        """How many it has ended so far: replicas that write the same rows in different orders wait a second for each."""
        return (self.folder / "server.log").read_text(errors="replace").count("deadlock detected")

    def stop(self):
        return self.program.stop(number=signal.SIGINT)


class Redis:
    name = "Redis"

    def __init__(self, folder, port):
        self.port = port
        self.program = Program(
            self.name,
            [program("redis-server"), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
            folder / "redis.log",
        )

    def start(self):
        self.program.start()
        return self

    def ready(self, seconds=30):
        wait_for(self.name, lambda: listens(self.port), seconds)
        return self

    def messages(self, topic):
        return redis_wire.messages(self.port, topic)

    def stop(self):
        return self.program.stop()


class Kafka:
    name = "Kafka"

    def __init__(self, folder, port):
        self.port = port
        self.program = Program(self.name, [REAL, "kafka", port, folder / "kafka"], folder / "kafka.log", {"PARTITIONS": "4"})

    def start(self):
        self.program.start()
        return self

    def ready(self, seconds=120):
        """It answers, and the topics are there, with the time at which Kafka took each message."""
        wait_for(self.name, self.answers, seconds, 0.3)
        kafka_wire.create_topics(self.port, TOPICS, partitions=4)
        return self

    def answers(self):
        try:
            return bool(kafka_wire.brokers(self.port))
        except OSError:
            return False

    def kill(self):
        self.program.kill()

    def messages(self, topic):
        return kafka_wire.messages(self.port, topic)

    def stop(self):
        return self.program.stop(40)


def missing(needs=("psql", "java", "redis-server"), real=True):
    """What this machine lacks for a check, in words; empty when it has all."""
    lacks = [f"{os.path.relpath(REAL.parent, ROOT)} is not there"] if real and not REAL.exists() else []
    return lacks + [f"{name} is not installed; apt.txt names its package" for name in needs if not shutil.which(name)]
