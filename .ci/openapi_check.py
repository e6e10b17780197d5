"""Hold the served API to its OpenAPI document, and the document to the one that was landed.

Run from the project's root by the Python that has .ci/requirements.txt, with task-server and dev-sidecar built. What is looked at:
the document by openapi-spec-validator; every example by its schema; every example once more, sent to the server; the changes since
docs/openapi.json (openapi_changes.py), which must also find each of many changes that break clients; and the server by schemathesis, all
checks, from a seed that is printed. SCHEMATHESIS_SEED takes another one. Exit 1 with the reasons when something does not hold.
"""

import copy
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import openapi_changes
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from served import Fault, served

METHODS = openapi_changes.METHODS
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
REPORT = Path(".build/schemathesis.xml")
EXAMPLE_TASK = "019b7ca9-8f2f-7000-8000-000000000001"


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def valid(document, what):
    """The document is OpenAPI 3.1."""
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    if errors:
        raise Fault(f"the document for {what} is not valid:\n" + "\n".join(errors))
    print(f"the document for {what} is valid, with {len(list(operations(document)))} operations")


class Schemas:
    """The schemas of a document, to hold values to."""

    def __init__(self, document):
        self.registry = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))

    def check(self, value, schema, what):
        def absolute(part):
            if isinstance(part, dict):
                return {key: f"urn:document{inner}" if key == "$ref" else absolute(inner) for key, inner in part.items()}
            return [absolute(inner) for inner in part] if isinstance(part, list) else part

        validator = Draft202012Validator(absolute(schema), registry=self.registry, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for error in validator.iter_errors(value):
            raise Fault(f"{what}: {error.json_path}: {error.message}")


def examples(document):
    """Every example has its schema's form."""
    schemas, count = Schemas(document), 0
    for path, method, operation in operations(document):
        media = [(f"answer {status}", m) for status, answer in operation["responses"].items() for m in answer.get("content", {}).values()]
        media += [("body", m) for m in operation.get("requestBody", {}).get("content", {}).values()]
        media += [(parameter["name"], parameter) for parameter in operation.get("parameters", [])]
        for what, holder in media:
            if "example" in holder:
                schemas.check(holder["example"], holder["schema"], f"{method.upper()} {path}, example of {what}")
                count += 1
    print(f"{count} examples have the form of their schemas")


def send(base, method, path, body=None, type=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {**(headers or {}), **({"Content-Type": type} if data else {})}
    request = urllib.request.Request(base + path, data, headers, method=method.upper())
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            kind = answer.headers.get_content_type()
            # A stream goes on; its first event is read, and then it is left.
            return answer.status, kind, answer.read1() if kind == "text/event-stream" else answer.read(), answer.headers
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers.get_content_type(), refusal.read(), refusal.headers


def sent(server, document):
    """Every example is answered with its status, in the form of the answer's schema."""
    schemas, token = Schemas(document), {"Authorization": f"Bearer {server.token()}", "dapr-api-token": server.app_token}
    create = document["paths"]["/api/tasks"]["post"]["requestBody"]["content"]["application/json"]["example"]
    count = 0
    for path, method, operation in operations(document):
        _, _, answer, headers = send(server.app, "post", "/api/tasks", create, "application/json", token)
        made = json.loads(answer)["id"]
        values = {p["name"]: p["example"] for p in operation.get("parameters", []) if p["in"] == "path"}
        values |= {"id": made} if "id" in values else {}
        target = path
        for name, value in values.items():
            target = target.replace("{" + name + "}", value)
        type, body = next(((t, m["example"]) for t, m in operation.get("requestBody", {}).get("content", {}).items() if "example" in m), (None, None))
        # What it names is the task that was just created, and how that is taken back.
        body = None if body is None else json.loads(json.dumps(body).replace(EXAMPLE_TASK, made))
        body = {**body, "token": headers["Undo-Token"]} if path.endswith("/undo") else body
        status, answered, data, _ = send(server.app, method, target, body, type, token)
        what, wanted = f"{method.upper()} {target}", min(s for s in operation["responses"] if s < "300")
        if str(status) != wanted:
            raise Fault(f"{what} was answered {status}, and not {wanted}: {data.decode()}")
        for name, media in operation["responses"][wanted].get("content", {}).items():
            if answered != name.split(";")[0]:
                raise Fault(f"{what} was answered in {answered}, and not {name}")
            schemas.check(json.loads(data) if answered == "application/json" else data.decode(), media["schema"], what)
        count += 1
    print(f"{count} examples were sent and answered in the form of their schemas")


def broken(document):
    """Changes that break clients, each with its name: what one may take away or ask for, one at a time."""
    def changed(change, what):
        other = copy.deepcopy(document)
        change(other)
        return what, other

    for path, method, operation in operations(document):
        at = f"{method} {path}"
        yield changed(lambda d: d["paths"][path].pop(method), f"without {at}")
        yield changed(lambda d: d["paths"][path][method].update(operationId="renamed"), f"{at} renamed")
        for index, parameter in enumerate(operation.get("parameters", [])):
            yield changed(lambda d: d["paths"][path][method]["parameters"].pop(index), f"{at} without {parameter['name']}")
            if not parameter["required"]:
                yield changed(lambda d: d["paths"][path][method]["parameters"][index].update(required=True), f"{at} needs {parameter['name']}")
            if "enum" in parameter["schema"]:
                yield changed(lambda d: d["paths"][path][method]["parameters"][index]["schema"]["enum"].pop(), f"{at} with fewer values of {parameter['name']}")
        for status in operation["responses"]:
            if status < "400":
                yield changed(lambda d: d["paths"][path][method]["responses"].pop(status), f"{at} without {status}")
    answered = {r["schema"].get("$ref", "").rsplit("/", 1)[1] for _, _, o in operations(document) for s, a in o["responses"].items() if s < "300"
                for r in a.get("content", {}).values() if "$ref" in r["schema"]}
    for name in answered:
        for member in document["components"]["schemas"][name].get("properties", {}):
            yield changed(lambda d: d["components"]["schemas"][name]["properties"].pop(member), f"{name} without {member}")
    for name in ("TaskDraft", "TaskPatch"):
        for member, schema in document["components"]["schemas"][name]["properties"].items():
            if member not in document["components"]["schemas"][name].get("required", []):
                yield changed(lambda d: d["components"]["schemas"][name].setdefault("required", []).append(member), f"{name} needs {member}")
            if "enum" in schema:
                yield changed(lambda d: d["components"]["schemas"][name]["properties"][member]["enum"].pop(0), f"{name}.{member} with fewer values")
            if "maxLength" in schema:
                yield changed(lambda d: d["components"]["schemas"][name]["properties"][member].update(maxLength=1), f"{name}.{member} is shorter")


def changes(document):
    """Nothing that was landed is gone without a new version, and no change that breaks clients passes unseen."""
    count = 0
    for what, other in broken(document):
        if openapi_changes.Comparison(document, other).passes:
            raise Fault(f"openapi_changes.py does not see what breaks clients: {what}")
        if openapi_changes.Comparison(other, document).breaking and what.startswith("without"):
            raise Fault(f"openapi_changes.py takes an addition for a break: {what}, undone")
        other["info"]["version"] = str(int(document["info"]["version"].split(".")[0]) + 1)
        if not openapi_changes.Comparison(document, other).passes:
            raise Fault(f"openapi_changes.py refuses a new version: {what}")
        count += 1
    print(f"{count} changes that break clients are seen")
    if not openapi_changes.report(openapi_changes.Comparison(json.loads(openapi_changes.LANDED.read_text()), document)):
        raise Fault("the document may not change so")


def schemathesis(server):
    """Every operation answers random requests as the document says."""
    print(f"schemathesis, seed {SEED}", flush=True)
    command = [
        Path(sys.executable).with_name("schemathesis"), "--config-file", ".ci/schemathesis.toml", "run", f"{server.clients}/openapi.json", "-H", f"Authorization: Bearer {server.token()}",
        "--checks", "all", "--max-examples", "30", "--seed", SEED, "--workers", "1", "--request-timeout", "40", "--max-failures", "20",
        "--generation-database", "none", "--report", "junit", "--report-junit-path", REPORT, "--no-color",
    ]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        raise Fault("schemathesis found what the document does not say")


def main():
    # One user asks here for what many do elsewhere.
    with served(".build/debug", "--writes-per-user", 0, "--expensive-reads-per-user", 0) as server:
        document = server.document()
        with urllib.request.urlopen(f"{server.app}/openapi.json", timeout=10) as answer:
            whole = json.load(answer)
        valid(document, "clients")
        valid(whole, "the sidecar and operators")
        examples(whole)
        sent(server, whole)
        changes(document)
        schemathesis(server)


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(f"openapi_check: {fault}")
