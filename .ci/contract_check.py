#!/usr/bin/env python3
"""Compare dev-sidecar with the recordings of a real daprd, but for the rows in contract_differences.txt.

    .ci/contract_check.py ../shared/contract '.build/debug/dev-sidecar run' [--only 'found-*,state-*']

Fails when a row differs that is not listed, when a listed row does not differ, and when a listed row is not the one that the line
says. state-postgres is left out without CONTRACT_POSTGRES, and in CI (CI=true) that is a failure.
"""

import argparse
import fnmatch
import json
import os
import sys
from pathlib import Path

DIFFERENCES = Path(__file__).with_name("contract_differences.txt")
# What a development sidecar need not offer, and brokers that it does not have.
LEFT_OUT = ("client-*", "*-kafka", "*-redis")
# daprd skips a resource that it cannot use; here that has to be asked for.
FLAGS = {"found-yaml": " --ignore-broken-resources"}


def title(row):
    """A row by its case and by what it asks, as a line of the list has it."""
    request = row.get("request")
    name = row.get("fact") or (f"{request['method']} {request['path']}" if request else "delivery")
    return f"{row['case']} | {name[:160]}"


def differences(text):
    """The listed rows: group, number and the line itself."""
    listed = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        place, case, name, reason = (part.strip() for part in line.split(" | ", 3))
        group, row = place.split()
        if (group, int(row)) in listed or not reason:
            sys.exit(f"{DIFFERENCES.name}:{number}: listed twice, or without a reason")
        listed[group, int(row)] = f"{case} | {name}"
    return listed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contract", type=Path, help="the folder with contract.py and recordings/")
    parser.add_argument("sidecar", help="the command that starts the sidecar")
    parser.add_argument("--only", default="*", help="groups to run, as shell patterns by commas")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.contract))
    import contract  # the recordings' own driver, which is no part of this repository

    listed = differences(DIFFERENCES.read_text())
    faults, rows_seen, known, skipped = [], 0, 0, []
    for group in contract.GROUPS:
        recording = arguments.contract / "recordings" / f"{group}.json"
        if any(fnmatch.fnmatch(group, pattern) for pattern in LEFT_OUT) or not recording.exists():
            continue
        if not any(fnmatch.fnmatch(group, pattern) for pattern in arguments.only.split(",")):
            continue
        if group.endswith("-postgres") and not os.environ.get("CONTRACT_POSTGRES"):
            skipped.append(group)
            continue
        wanted = json.loads(recording.read_text())
        try:
            found = contract.transcript(group, arguments.sidecar + FLAGS.get(group, ""), "")
        except Exception as error:  # a sidecar that does not start is a failure of its group
            faults.append(f"{group}: {error}")
            continue
        if found is None:
            skipped.append(group)
            continue
        unlike = 0
        for number in range(max(len(wanted), len(found))):
            want = wanted[number] if number < len(wanted) else None
            got = found[number] if number < len(found) else None
            line = listed.get((group, number))
            is_same = want is not None and got is not None and contract.comparable(want) == contract.comparable(got)
            name = title(want or got)
            if line is not None and name != line:
                faults.append(f"{group} {number}: the list says \"{line}\", the recording \"{name}\"")
            elif line is None and not is_same:
                faults.append(f"{group} {number} | {name}\n    recorded {want}\n    answered {got}")
            elif line is not None and is_same:
                faults.append(f"{group} {number} | {name}: listed, and does not differ any more")
            unlike += not is_same
            known += line is not None and not is_same
        rows_seen += len(wanted)
        print(f"{group}: {len(wanted)} rows, {unlike} unlike", flush=True)
    for group, number in listed:
        if not (arguments.contract / "recordings" / f"{group}.json").exists():
            faults.append(f"{group} {number}: listed, and there is no such group")
    if skipped and os.environ.get("CI") == "true":
        faults.append(f"skipped, which CI must not: {', '.join(skipped)}")
    for fault in faults:
        print(fault)
    print(f"{rows_seen} rows, {known} listed differences, {len(faults)} faults, skipped: {', '.join(skipped) or 'none'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
