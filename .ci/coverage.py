"""Line coverage by target, of what instrumented programs wrote while the tests ran.

    .ci/coverage.py BUILD PROFILES OUTPUT    the folder of the instrumented build, that of its profiles, and that for the list

Prints a table by target, and writes the lines that nothing ran to OUTPUT/uncovered.txt, as FILE:FIRST-LAST. Lines are counted as llvm-cov
does: those that hold code. Programs that the tests start count as well; one that is killed with SIGKILL writes nothing.
Ends with 1 when service and client together are below the least.
"""

import subprocess
import sys
from collections import defaultdict
from itertools import groupby
from pathlib import Path

LEAST = 95.0
PROGRAMS = ("dapr-tasksPackageTests.xctest", "task-server", "dev-sidecar")
# What the goal is about: the service and the client library, with all they are built of. dev-sidecar is shown beside them.
SERVICE = ("Leaves", "C", "HTTP", "Client", "Tasks", "Doors", "Programs/TaskServer")
SIDECAR = ("Sidecar", "Programs/DevSidecar")


def toolchain(name):
    """A program of the compiler in use: another version does not read its profiles."""
    swift = Path(subprocess.run(["sh", "-c", "command -v swift"], check=True, capture_output=True, text=True).stdout.strip())
    return swift.resolve().with_name(name)


def lines(build, profiles, output):
    """Each file with its lines and how often each ran: {file: {line: count}}."""
    raw = sorted(Path(profiles).glob("*.profraw"))
    if not raw:
        sys.exit(f"coverage: there is no profile in {profiles}; LLVM_PROFILE_FILE must name files there when the tests run")
    merged = Path(output, "all.profdata")
    # A program that was killed while it wrote may leave a count that cannot be; the other counts of its file are good.
    merging = subprocess.run(
        [toolchain("llvm-profdata"), "merge", "-sparse", "-failure-mode=all", *raw, "-o", merged], capture_output=True, text=True
    )
    if merging.returncode:
        sys.exit(f"coverage: {merging.stderr}")
    first, *others = (Path(build, name) for name in PROGRAMS)
    exported = subprocess.run(
        [toolchain("llvm-cov"), "export", "-format=lcov", "-instr-profile", merged, first, *(f"-object={other}" for other in others)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    root = f"{Path.cwd()}/"
    found, file = defaultdict(dict), None
    for line in exported.splitlines():
        if line.startswith("SF:"):
            file = line[3:].removeprefix(root)
        elif line.startswith("DA:") and file.startswith("Sources/"):
            number, count = map(int, line[3:].split(",")[:2])
            found[file][number] = max(count, found[file].get(number, 0))
    return found


def group(file):
    """The target of a file, as its folder in Sources; None for what neither part has."""
    folder = "/".join(file.split("/")[1:3])
    return folder if folder.startswith(tuple(f"{part}/" for part in SERVICE + SIDECAR)) or folder in SERVICE + SIDECAR else None


def ranges(numbers):
    for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in run]
        yield f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}"


def main(build, profiles, output):
    Path(output).mkdir(parents=True, exist_ok=True)
    found = {file: counts for file, counts in lines(build, profiles, output).items() if group(file)}
    targets = defaultdict(lambda: [0, 0])
    for file, counts in found.items():
        for key in (group(file), "service and client" if not group(file).startswith(SIDECAR) else "dev-sidecar"):
            targets[key][0] += sum(count > 0 for count in counts.values())
            targets[key][1] += len(counts)
    uncovered = Path(output, "uncovered.txt")
    with uncovered.open("w") as listed:
        for file in sorted(found):
            for part in ranges(number for number, count in found[file].items() if count == 0):
                print(f"{file}:{part}", file=listed)
    totals = ("dev-sidecar", "service and client")
    for name in sorted(set(targets) - set(totals)) + list(totals):
        ran, whole = targets[name]
        print(f"{name:28} {100 * ran / max(whole, 1):6.1f} %   {whole - ran:5} of {whole:6} lines not run")
    print(f"The lines that were not run are in {uncovered}.")
    ran, whole = targets["service and client"]
    if 100 * ran < LEAST * whole:
        sys.exit(f"coverage: {100 * ran / max(whole, 1):.2f} % of service and client is below {LEAST} %")


if __name__ == "__main__":
    main(*sys.argv[1:])
