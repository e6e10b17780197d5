"""A program with Dapr's JavaScript SDK (sdk.js) on a real daprd and on dev-sidecar: every answer that differs is shown.

    python3 .ci/real/sdk.py
"""

import argparse
import json
import subprocess
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from programs import REAL, ROOT, Fault, Ports, Program
from services import missing

HERE = Path(__file__).parent
COMPONENTS = {
    "memory": ("state.in-memory", {}),
    "sqlite": ("state.sqlite", {"connectionString": "state.db"}),
    "bus": ("pubsub.in-memory", {}),
    "secrets": ("secretstores.local.file", {"secretsFile": "secrets.json"}),
}
RETRIES = """apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata:
  name: again
spec:
  policies:
    retries:
      again: {policy: constant, duration: 100ms, maxRetries: 5}
  targets:
    components:
      bus:
        inbound: {retry: again}
"""
SECRETS = {"key": "välue", "outer": {"inner": "deep"}}
NODE_SECONDS, END_SECONDS = 120, 30


def answers(name, command, folder, ports):
    """What the program printed, in order, as {step: value}."""
    resources = folder / "components"
    resources.mkdir(parents=True)
    for component, (kind, metadata) in COMPONENTS.items():
        values = [f"  - name: {key}\n    value: {folder / value}\n" for key, value in metadata.items()]
        head = f"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: {component}\nspec:\n  type: {kind}\n  version: v1\n"
        (resources / f"{component}.yaml").write_text(head + ("  metadata:\n" + "".join(values) if values else ""))
    (resources / "resiliency.yaml").write_text(RETRIES)
    (folder / "secrets.json").write_text(json.dumps(SECRETS))
    port, dapr_port = ports.take(), ports.take()
    environment = {"APP_PORT": str(port), "DAPR_HTTP_PORT": str(dapr_port), "APP_ID": "sdk", "NODE_PATH": str(unpacked() / "js/node_modules")}
    sidecar = Program(
        name,
        [
            *command, "--app-id", "sdk", "--app-port", port, "--app-protocol", "http", "--dapr-http-port", dapr_port, "--dapr-grpc-port", ports.take(),
            "--dapr-internal-grpc-port", ports.take(), "--enable-metrics=false", "--log-level", "warn", "--resources-path", resources,
        ],
        folder / "sidecar.log", folder=folder,
    ).start()
    node = Program(f"node beside {name}", ["node", HERE / "sdk.js"], folder / "answers.jsonl", environment, folder).start()
    if not node.ended(NODE_SECONDS) or node.process.returncode != 0:
        raise Fault(f"{node.name} did not come to its end:\n{node.tail()}\n{sidecar.tail()}")
    found = {}
    for line in (folder / "answers.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["step"] in found:
            raise Fault(f"sdk.js has two steps called {row['step']}")
        found[row["step"]] = row["value"]
    found["shutdown: the sidecar's end"] = sidecar.process.returncode if sidecar.ended(END_SECONDS) else "it had to be killed"
    return found


def unpacked():
    answer = subprocess.run([REAL, "unpack"], capture_output=True, text=True, check=True)
    return Path(answer.stdout.strip())


def compare(real, ours):
    """How many steps differ."""
    differ = [step for step in real | ours if real.get(step, "no such step") != ours.get(step, "no such step")]
    for step in differ:
        print(f"FAILED {step}")
        for name, found in (("daprd", real), ("dev-sidecar", ours)):
            print(f"           {name:12} {json.dumps(found.get(step, 'no such step'), ensure_ascii=False)}")
    return len(differ)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, default=ROOT / ".build/debug", help="the folder of dev-sidecar")
    parser.add_argument("--ports", type=int, default=25_000, help="the first of the ports that may be used")
    parser.add_argument("--verbose", action="store_true", help="print every answer of the real one")
    options = parser.parse_args()
    if lacks := missing(needs=["node"]):
        sys.exit(f"sdk: {'; '.join(lacks)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("sdk: was told to end"))
    folder, ports, begin = Path(tempfile.mkdtemp(prefix="sdk-")), Ports(options.ports), time.monotonic()
    try:
        real = answers("daprd", [REAL, "daprd", "--dapr-listen-addresses", "127.0.0.1"], folder / "daprd", ports)
        if options.verbose:
            for step, value in real.items():
                print(f"       {step}: {json.dumps(value, ensure_ascii=False)}")
        ours = answers("dev-sidecar", [options.programs.resolve() / "dev-sidecar", "run"], folder / "dev-sidecar", ports)
        differ = compare(real, ours)
        print(f"{len(real)} answers, {differ} differ, in {time.monotonic() - begin:.0f} s")
        sys.exit(1 if differ else 0)
    except Fault as fault:
        sys.exit(f"sdk: {fault}")
    finally:
        for program in Program.every:
            program.kill()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
