"""Every check on real programs, one after another, with the time of each and of all together.

    python3 .ci/real/all.py              as CI has them: six minutes on a quiet machine
    python3 .ci/real/all.py swap sdk     some of them

Needs the release build and dev-sidecar's debug build (`make release`, `swift build --product dev-sidecar`), and ../shared/real. Goes on after one
that fails. Ends with 1 when one did, or when those of CI together took longer than six minutes on a machine that is as fast as CI_SLOW says.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
CHECKS = ["recordings", "sdk", "dapr_run", "swap"]
MOST_SECONDS = 360


def main():
    slow = int(os.environ.get("CI_SLOW", "100"))
    if unknown := set(sys.argv[1:]) - set(CHECKS):
        sys.exit(f"all: there is no {', '.join(sorted(unknown))}; give some of {', '.join(CHECKS)}")
    names = sys.argv[1:] or CHECKS
    # A check ends what it started when it is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("all: was told to end"))
    failed, took = [], {}
    for name in names:
        print(f"\n=== {name}", flush=True)
        begin = time.monotonic()
        check = subprocess.Popen([sys.executable, HERE / f"{name}.py", *(["--slow", str(slow)] if name == "swap" else [])])
        try:
            if check.wait() != 0:
                failed.append(name)
        except BaseException:
            check.terminate()
            check.wait()
            raise
        took[name] = time.monotonic() - begin
    print()
    for name, seconds in took.items():
        print(f"{name:<12} {seconds:6.0f} s{'  FAILED' if name in failed else ''}")
    all_of_them, most = sum(took.values()), MOST_SECONDS * slow / 100
    print(f"{'together':<12} {all_of_them:6.0f} s of {most:.0f}")
    sys.exit(1 if failed or all_of_them > most else 0)


if __name__ == "__main__":
    main()
