"""What the largest books cost the server's memory: two owners' books at the bound, read cold and written at once.

    make release && python3 .ci/book_memory.py            # a minute or two; needs some 3 GB and nothing from outside
    python3 .ci/book_memory.py --book-text 32 --character '<'

For each of some owners a file is made whose tasks have as much text as `--book-text` lets an owner keep, and imported into dev-sidecar, in
memory. Then two of them list and create at once, on a task-server that has just started: first from the journal alone, which writes a
snapshot; then from the snapshot; then from the snapshot after the others have filled what `--view-memory` lets the server hold. Printed is the
most memory that the server ever had (VmHWM). It ends with 1 when that is more than `needed` says; that the chart lets the server have so
much and room for what waits is held by .ci/check_deploy.py.
"""

import argparse
import json
import re
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "real"))
from programs import ROOT, Fault, Ports, Program, wait_for  # noqa: E402
from stand import Replica, Set, Stand  # noqa: E402
from tasks import Unreachable  # noqa: E402

MIB = 1 << 20
TASKS, CHANGES_PER_COMMIT = 16_000, 32
# A book that is being read takes its bytes as they come, and what they say, at the same time.
TIMES_READ = 2.25
PAIR = ["first", "second"]
TIME = "2026-01-02T03:04:05.678Z"


def bounds():
    """How many MiB the settings let the server use, by their defaults, and how many the chart lets it have."""
    def find(file, pattern):
        found = re.search(pattern, (ROOT / file).read_text(), re.M)
        if not found:
            raise Fault(f"{file} has no {pattern}")
        return int(found[1])

    def default(name):
        return find("Sources/Programs/TaskServer/ServerSettings.swift", rf'"{name}",\s+default: \.mebibytes\((\d+)\)')

    streams = find("Sources/Programs/TaskServer/ServerSettings+Limits.swift", r'"streams",\s+default: (\d+)')

    backlog = find("Sources/Tasks/TasksDapr/Journal/JournalConfiguration.swift", r"backlogBytes = (\d+) << 20")
    limit = find("helm/task-server/values.yaml", r"^resources:\n(?:  .*\n)*?  limits:\n    memory: (\d+)Mi$")
    return {"text": default("book-text"), "views": default("view-memory"), "others": default("in-flight") + backlog + streams // 10, "limit": limit}


def needed(text, views, others, **_):
    """How many MiB the server needs with such bounds: itself, full views, two books being read, and requests and events that wait."""
    return 32 + views + 2 * TIMES_READ * text + others


def identifier(number):
    return f"0190d5a0-0000-7000-8000-{number:012x}"


def book(owner, text_bytes, character):
    """The lines of an export whose tasks have so many bytes of text together."""
    each = text_bytes // TASKS - 16
    stored = len(json.dumps(character, ensure_ascii=False).encode()) - 2 + 5 * sum(character.count(markup) for markup in "<>&")
    description = character * (each // stored)
    if not 1 <= len(description) <= 10_000:
        raise Fault(f"a description cannot have {len(description)} characters")

    def task(number):
        return {
            "completed": False, "created_at": TIME, "description": description, "due_date": None, "id": identifier(number), "priority": "medium",
            "status": "todo", "tags": [], "title": f"Task {number}", "updated_at": TIME, "user_id": owner, "version": 1,
        }

    yield {"export": 1, "owner": owner}
    before = {}
    for commit, first in enumerate(range(1, TASKS + 1, CHANGES_PER_COMMIT)):
        changes = [
            {"actor": owner, "channel": "rest", "kind": "created", "previous": 0, "task": task(number)}
            for number in range(first, first + CHANGES_PER_COMMIT)
        ]
        name = identifier((1 << 40) + commit)
        yield {"commit": {**before, "changes": changes, "clock": 1_767_323_045_678, "id": name, "published": first - 1, "sequence": first, "time": TIME, "v": 2}}
        before = {"after": name}
    for number in range(1, TASKS + 1):
        yield {"task": task(number)}
    yield {"changes": TASKS, "commits": TASKS // CHANGES_PER_COMMIT, "tasks": TASKS}


class Measure:
    def __init__(self, options, folder):
        self.options = options
        self.stand = Stand(Set("in memory", "local", statestore="memory-statestore.yaml"), folder / "stand", Ports(options.ports), options.programs, "dev")
        # A machine that is busy must not end what it is slow at.
        self.stand.server_flags += [
            "--book-text", f"{options.book_text}Mi", "--view-memory", f"{options.view_memory}Mi", "--log-level", "warning", "--command-deadline", "100s", "--request-deadline", "200s", "--call-timeout", "30s", "--longest-wait", "200s",
        ]
        self.replica, self.folder = Replica(self.stand, 0), folder
        self.stand.replicas.append(self.replica)

    def run(self):
        self.replica.sidecar.start()
        others = [f"other {number}" for number in range(self.options.view_memory // self.options.book_text + 1)]
        for owner in PAIR + others:
            self.fill(owner)
        peaks = [self.measure(*what) for what in (
            ("from the journal, with snapshots written", []), ("from the snapshots", []), ("from the snapshots, beside full views", others),
        )]
        return max(peaks)

    def measure(self, what, others):
        """Both at once on a server that has just started, after others one by one."""
        begin = time.monotonic()
        self.replica.server.start()
        self.replica.ready()
        for owner in others:
            self.use([(owner, False)])
        self.use([(owner, create) for owner in PAIR for create in (True, False, False)])
        wait_for("rest", self.is_quiet, 120, 0)
        peak = self.memory("VmHWM")
        print(f"{what}: {peak} MiB at most, {self.memory('VmRSS')} MiB afterwards, after {time.monotonic() - begin:.0f} s", flush=True)
        self.replica.server.stop(60)
        return peak

    def fill(self, owner):
        file = self.folder / f"{owner}.jsonl"
        with open(file, "w") as lines:
            for line in book(owner, self.options.book_text * MIB * 98 // 100, self.options.character):
                lines.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")
        answer = self.stand.command("import", "--input", file)
        file.unlink()
        if answer.returncode != 0:
            raise Fault(f"import: {answer.stderr[-500:]}")

    def use(self, callers):
        """Each lists, or creates, some times, all at once."""
        faults = []

        def call(owner, create):
            try:
                for number in range(4):
                    body = json.dumps({"title": f"One more {number}"}) if create else None
                    answer = self.stand.client.send(self.replica, "POST" if create else "GET", "/api/tasks", owner, body, seconds=200)
                    if answer.status not in (200, 201):
                        faults.append(f"{owner}: {answer.status} {answer.body[:200]}")
            except Unreachable as fault:
                faults.append(str(fault))

        threads = [threading.Thread(target=call, args=caller) for caller in callers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise Fault("\n".join(faults))

    def is_quiet(self):
        """Whether the server does next to nothing for a second, so that no snapshot is being written."""
        def used():
            return sum(int(field) for field in Path(f"/proc/{self.replica.server.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13])

        before = used()
        time.sleep(1)
        return used() - before < 5

    def memory(self, field):
        status = Path(f"/proc/{self.replica.server.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB$", status, re.M)[1]) // 1024


def main():
    default = bounds()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--book-text", type=int, default=default["text"], help=f"the bound, in MiB ({default['text']})")
    parser.add_argument("--view-memory", type=int, default=default["views"], help=f"that of the views, in MiB ({default['views']})")
    parser.add_argument("--character", default="x", help="what the texts are made of")
    parser.add_argument("--ports", type=int, default=23_000, help="the first of the ports that may be used")
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/release", help="the folder of task-server and dev-sidecar")
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    with tempfile.TemporaryDirectory(prefix="book-memory-") as folder:
        try:
            peak = Measure(options, Path(folder)).run()
        except Fault as fault:
            for log in Path(folder).rglob("*.log"):
                print(f"{log.name}: {log.read_text()[-1500:]}", file=sys.stderr)
            sys.exit(f"book_memory: {fault}")
        finally:
            for program in Program.every:
                program.kill()
    most = needed(options.book_text, options.view_memory, 0)
    print(f"{peak} MiB with {options.book_text} MiB of text for each and {options.view_memory} MiB of views; at most {most:.0f} MiB {'holds' if peak <= most else 'DOES NOT HOLD'}")
    sys.exit(0 if peak <= most else 1)


if __name__ == "__main__":
    main()
