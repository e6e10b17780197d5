"""How long requests take that come at a fixed rate, whether or not the service keeps up; for `make bench ONLY=open-p95,open-p99`.

    .build/bench-venv/bin/python .ci/real/open_loop.py                  on daprd, PostgreSQL and Kafka
    .build/bench-venv/bin/python .ci/real/open_loop.py --sidecar dev    on dev-sidecar, SQLite and its memory

Some users have 10,000 tasks each. Then a request is due each so many microseconds, at whichever user: of ten eight read a task, one lists the first
50 of those that are not done, and one completes or reopens one. What waits because no answer came in time is counted as waiting: the time of a
request begins when it is due. The last line has the 95th and the 99th percentile of all, in milliseconds.
"""

import argparse
import asyncio
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from programs import ROOT, Fault, Ports, Program
from services import missing
from stand import Set, Stand

FILLERS, CONNECTIONS = 64, 512
KINDS = {"read": 8, "list": 1, "write": 1}


class Connections:
    """Kept connections to the service; there are as many as are used at once."""

    def __init__(self, port):
        self.port, self.idle, self.count, self.free = port, [], 0, asyncio.Semaphore(CONNECTIONS)

    async def send(self, method, path, token, body=b""):
        """The status and the body of an answer; waits for a connection when all are in use."""
        async with self.free:
            return await self.exchange(method, path, token, body)

    async def exchange(self, method, path, token, body):
        if self.idle:
            reader, writer = self.idle.pop()
        else:
            self.count += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        elif method == "POST":
            head += "Content-Length: 0\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        answer = await reader.readexactly(length)
        self.idle.append((reader, writer))
        return int(head[9:12]), answer


class Load:
    def __init__(self, options, stand):
        self.options, self.connections = options, Connections(stand.replicas[0].port)
        self.users = [(stand.client.token(f"open-loop-{number}"), []) for number in range(options.users)]
        self.random, self.times = random.Random(options.seed), {kind: [] for kind in KINDS}

    async def fill(self):
        body = json.dumps({"title": "Buy milk", "description": "Two litres, and something for the cat.", "tags": ["home"]}).encode()

        async def some(number):
            for place in range(number, self.options.tasks * len(self.users), FILLERS):
                token, tasks = self.users[place % len(self.users)]
                status, answer = await self.connections.send("POST", "/api/tasks", token, body)
                if status != 201:
                    raise Fault(f"a create is answered {status}: {answer.decode()}")
                tasks.append(json.loads(answer)["id"])

        await asyncio.gather(*(some(number) for number in range(FILLERS)))

    async def request(self, kind, due):
        token, tasks = self.random.choice(self.users)
        task = self.random.choice(tasks)
        if kind == "read":
            method, path = "GET", f"/api/tasks/{task}"
        elif kind == "list":
            method, path = "GET", "/api/tasks?completed=false&limit=50"
        else:
            method, path = "POST", f"/api/tasks/{task}/{self.random.choice(['complete', 'reopen'])}"
        status, answer = await self.connections.send(method, path, token)
        if status != 200:
            raise Fault(f"{method} {path} is answered {status}: {answer.decode()}")
        self.times[kind].append(time.perf_counter() - due)

    async def run(self, rate, seconds):
        kinds = [kind for kind, share in KINDS.items() for _ in range(share)]
        start, running = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            due = start + number / rate
            if (wait := due - time.perf_counter()) > 0.001:
                await asyncio.sleep(wait)
            running.append(asyncio.create_task(self.request(self.random.choice(kinds), due)))
        await asyncio.gather(*running)


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def measure(options, folder):
    ports = Ports(options.ports)
    if options.sidecar == "dev":
        stand = Stand(Set("SQLite", "local"), folder / "stand", ports, options.programs, "dev")
    else:
        stand = Stand.production(folder, ports, options.programs)
    stand.server_flags += ["--log-level", "warning"]
    stand.scale(1)
    load = Load(options, stand)

    async def whole():
        await load.fill()
        print(f"{options.users} users have {options.tasks} tasks each", flush=True)
        await load.run(options.rate, 2)  # it is warm then
        load.times = {kind: [] for kind in KINDS}
        await load.run(options.rate, options.seconds)

    asyncio.run(whole())
    for kind, times in load.times.items():
        print(f"{kind}: {len(times)} requests, p50 {percentile(times, 0.5):.1f} ms, p95 {percentile(times, 0.95):.1f} ms, p99 {percentile(times, 0.99):.1f} ms")
    every = [value for times in load.times.values() for value in times]
    print(f"{options.rate} requests a second for {options.seconds} s, at most {load.connections.count} at once")
    print(f"{percentile(every, 0.95):.1f} {percentile(every, 0.99):.1f}")
    stand.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sidecar", choices=["daprd", "dev"], default="daprd")
    parser.add_argument("--users", type=int, default=4)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ports", type=int, default=22_000, help="the first of the ports that may be used")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/release", help="the folder of task-server and dev-sidecar")
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    if lacks := missing(["psql", "java"]) if options.sidecar == "daprd" else missing([], real=False):
        sys.exit(f"open_loop: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("open_loop: was told to end"))
    folder, failed = Path(tempfile.mkdtemp(prefix="open-loop-")), True
    folder.chmod(0o711)  # PostgreSQL, which refuses root, must reach its own folder inside
    try:
        measure(options, folder)
        failed = False
    except Fault as fault:
        sys.exit(f"open_loop: {fault}")
    finally:
        for program in Program.every:
            program.kill()
        if not failed:
            shutil.rmtree(folder)
        else:
            print(f"open_loop: logs and stores are in {folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
