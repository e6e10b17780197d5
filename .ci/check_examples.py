"""Run the examples under dev-sidecar, begin an empty project as docs/client.md says, and test in it as
docs/testing-with-dev-sidecar.md says.

Run from the project's root with dev-sidecar built. Exit 1 with the reason at the first thing that is not as promised.
"""

import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path.cwd()
SIDECAR = ROOT / ".build/debug/dev-sidecar"
COMPONENTS = ROOT / "Examples/components"
BUILD_SECONDS, RUN_SECONDS = 600, 60
# What the client library must not bring into a program; the server and the sidecar are built on these.
FOREIGN = ["libpq.", "libsqlite3", "libmicrohttpd", "libyaml"]
# Answers and requests of a third of all writes are lost.
FAULTS = "seed 7\nstate.save chance=0.2 -> lose\nstate.save chance=0.2 -> cut\n"
EXPECTED = {
    "Counter": r"counted to 100, with (some|no) conflicts\n",
    "Orders": r"got tea, coffee, water\n",
    "ScheduledJob": r"run 1: drink\nrun 2: drink\nrun 3: drink\n",
}


class Fault(Exception):
    """What is not as promised."""


def run(command, folder, seconds):
    """What a command prints; its log is shown only when it fails."""
    done = subprocess.run(command, cwd=folder, timeout=seconds, capture_output=True, text=True)
    if done.returncode != 0:
        raise Fault(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    """A port that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def under_sidecar(program, *flags):
    """What a program prints as the application of a sidecar of its own."""
    command = [SIDECAR, "run", "--app-id", "example", "--dapr-http-port", "0", "--metrics-port", "0"]
    return run([*command, "--resources-path", COMPONENTS, *flags, "--", program], ROOT, RUN_SECONDS)


def expect(name, pattern, text):
    if not re.fullmatch(pattern, text):
        raise Fault(f"{name} printed {text!r}, not {pattern!r}")
    print(f"{name}: {text.strip().splitlines()[-1]}", flush=True)


def examples():
    """Each example prints what it is for, the counter also when answers are lost."""
    run(["swift", "build"], ROOT / "Examples", BUILD_SECONDS)
    for name, pattern in EXPECTED.items():
        program = ROOT / "Examples/.build/debug" / name
        flags = [] if name == "Counter" else ["--app-port", str(free_port())]
        expect(name, pattern, under_sidecar(program, *flags))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as plan:
        plan.write(FAULTS)
        plan.flush()
        counter = ROOT / "Examples/.build/debug/Counter"
        expect("Counter with faults", EXPECTED["Counter"], under_sidecar(counter, "--faults", plan.name))


def links_nothing_foreign(program):
    """A program with the client library loads none of what the server and the sidecar are built on."""
    loaded = run(["ldd", program], ROOT, RUN_SECONDS)
    if "libcurl" not in loaded:
        raise Fault(f"{program} does not load libcurl:\n{loaded}")
    for library in FOREIGN:
        if library in loaded:
            raise Fault(f"{program} loads {library}:\n{loaded}")


def begin(folder):
    """The guide's two files in an empty folder, with a copy of this commit for the address, read a value from dev-sidecar."""
    guide = (ROOT / "docs/client.md").read_text()
    manifest, program = re.findall(r"^```swift\n(.*?)^```$", guide, re.M | re.S)[:2]
    # A copy under another address: SwiftPM keeps what it has read of a manifest by address, and this folder is read as a whole.
    remote = folder / "remote/dapr-tasks"
    run(["git", "clone", "--quiet", "--bare", ROOT, remote], ROOT, RUN_SECONDS)
    run(["git", "branch", "--force", "main", "HEAD"], remote, RUN_SECONDS)
    manifest, places = re.subn(r'url: "[^"]*/dapr-tasks"', f'url: "file://{remote}"', manifest)
    if places != 1:
        raise Fault("docs/client.md: the first block does not name the package once, by its address")
    (folder / "Sources/hello").mkdir(parents=True)
    (folder / "Package.swift").write_text(manifest)
    (folder / "Sources/hello/main.swift").write_text(program)
    run(["swift", "build"], folder, BUILD_SECONDS)
    expect("An empty project", r"hello from Dapr\n", under_sidecar(folder / ".build/debug/hello"))
    links_nothing_foreign(folder / ".build/debug/hello")


def test_with_a_sidecar(folder):
    """The test of docs/testing-with-dev-sidecar.md, in the project's test target, finds the sidecar and passes."""
    guide = (ROOT / "docs/testing-with-dev-sidecar.md").read_text()
    target, test = re.findall(r"^```swift\n(.*?)^```$", guide, re.M | re.S)[:2]
    name = re.search(r'name: "(\w+)"', target)[1]
    manifest = (folder / "Package.swift").read_text()
    # The guide's target stands behind the project's own, which is the last thing of its manifest.
    head, end = manifest.rsplit("    ]\n)", 1)
    manifest = f"{head.rstrip().removesuffix(',')},\n{indented(target)}    ]\n){end}"
    (folder / "Package.swift").write_text(manifest)
    (folder / "Tests" / name).mkdir(parents=True)
    (folder / "Tests" / name / "Guide.swift").write_text(test)
    printed = run(["swift", "test", "--disable-xctest"], folder, BUILD_SECONDS)
    if not re.search(r"Test run with \d+ tests? .*passed", printed):
        raise Fault(f"the guide's test did not run:\n{printed}")
    print("the guide's test passes in an empty project", flush=True)


def indented(text):
    return "".join(f"        {line}" for line in text.splitlines(keepends=True))


# Names that targets of other packages and of projects have; those that ours have, or had, are among them.
OTHERS = [
    "AsyncHTTPClient", "CCurl", "CLinux", "CSQLite", "CYAML", "Calendar", "Curl", "EventLoop", "HTTP", "HTTPServer", "JSON", "Log",
    "Logging", "Metrics", "OpenSSL", "Postgres", "SQLite", "Settings", "Sidecar", "System", "YAML",
]
OWN = ["Bench", "OperatingSystem", "SidecarHTTP", "TaskServer", "Tasks", "TestSupport", "TestTools", "Tokens"]


def beside_others(folder):
    """It builds, and its test too, beside targets that are called as ours could be: of another package, and of the project itself."""
    for name in OTHERS:
        (folder / f"others/Sources/{name}").mkdir(parents=True)
        (folder / f"others/Sources/{name}/{name}.swift").write_text(f"public let in{name} = 1\n")
    names = "[" + ", ".join(f'"{name}"' for name in OTHERS) + "]"
    (folder / "others/Package.swift").write_text(
        "// swift-tools-version:6.2\nimport PackageDescription\n"
        f'let package = Package(name: "others", products: [.library(name: "Others", targets: {names})],\n'
        f"    targets: {names}.map {{ .target(name: $0) }})\n"
    )
    for name in OWN:
        (folder / f"Sources/{name}").mkdir()
        (folder / f"Sources/{name}/{name}.swift").write_text("\n")
    manifest = (folder / "Package.swift").read_text()
    # The first list of dependencies is the package's, the second its program's.
    head, own, target = manifest.split("dependencies: [", 2)
    manifest = (
        f'{head}dependencies: [.package(path: "others"), {own}'
        f'dependencies: [.product(name: "Others", package: "others"), {target}'
    )
    own_names = "[" + ", ".join(f'"{name}"' for name in OWN) + "]"
    manifest += f"package.targets += {own_names}.map {{ .target(name: $0) }}\n"
    (folder / "Package.swift").write_text(manifest)
    main = folder / "Sources/hello/main.swift"
    imports = "".join(f"import {name}\n" for name in OTHERS)
    main.write_text(imports + main.read_text() + "".join(f"assert(in{name} == 1)\n" for name in OTHERS))
    run(["swift", "build", "--build-tests"], folder, BUILD_SECONDS)
    expect("Beside others", r"hello from Dapr\n", under_sidecar(folder / ".build/debug/hello"))


def main():
    try:
        examples()
        links_nothing_foreign(ROOT / "Examples/.build/debug/Counter")
        with tempfile.TemporaryDirectory() as folder:
            begin(Path(folder))
            test_with_a_sidecar(Path(folder))
            beside_others(Path(folder))
    except (Fault, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
