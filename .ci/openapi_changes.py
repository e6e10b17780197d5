"""Say how the OpenAPI document changed since it was landed, and what of it breaks clients.

    .ci/openapi_changes.py            compare what the built server serves with docs/openapi.json
    .ci/openapi_changes.py --write    the same, and write docs/openapi.json (`make openapi`)
    .ci/openapi_changes.py OLD NEW    compare two files

Ends with 1 when something breaks clients and `info.version` is not higher: a path, an operation, a parameter, an answer or a member of one
is gone, an input is required now, or takes less than it did. What is added passes and is printed. So is what cannot be judged, such as
another pattern: a person has to look at it.
"""

import json
import sys
from pathlib import Path

LANDED = Path("docs/openapi.json")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LEAST, MOST = ("minLength", "minimum", "minItems"), ("maxLength", "maximum", "maxItems")


def version(document):
    return tuple(int(part) for part in document["info"]["version"].split("."))


class Comparison:
    """The changes between two documents: those that break clients, and the others."""

    def __init__(self, old, new):
        self.old, self.new, self.breaking, self.others, self.seen = old, new, [], [], set()
        self.named("path", old["paths"], new["paths"], "", self.path)

    @property
    def passes(self):
        return not self.breaking or version(self.new) > version(self.old)

    def note(self, breaks, where, what):
        (self.breaking if breaks else self.others).append(f"{where}: {what}".removeprefix(": "))

    def named(self, kind, old, new, where, compare, gone_breaks=lambda name: True, new_breaks=lambda name: False):
        """Compares what has names, one by one."""
        for name in sorted(old.keys() | new.keys(), key=str):
            if name not in new:
                self.note(gone_breaks(name), where, f"the {kind} {name} is gone")
            elif name not in old:
                self.note(new_breaks(name), where, f"the {kind} {name} is new")
            else:
                compare(old[name], new[name], f"{where} {name}".strip())

    @staticmethod
    def resolved(document, value):
        while "$ref" in value:
            found = document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            value = found
        return value

    def path(self, old, new, where):
        def methods(item):
            return {method.upper(): item[method] for method in METHODS if method in item}

        self.named("operation", methods(old), methods(new), where, self.operation)

    def operation(self, old, new, where):
        if old["operationId"] != new["operationId"]:
            self.note(True, where, f"its id is {new['operationId']}, and was {old['operationId']}: generated clients call it by that")
        before, now = (document.get("security") or [{}] for document in (old, new))
        if before != now:
            self.note({} in before or {} not in now, where, "other credentials are asked for")
        before, now = ({(p["in"], p["name"]): p for p in (self.resolved(d, p) for p in o.get("parameters", []))}
                       for d, o in ((self.old, old), (self.new, new)))
        self.named("parameter", {"{} in {}".format(*k[::-1]): p for k, p in before.items()}, {"{} in {}".format(*k[::-1]): p for k, p in now.items()},
                   where, self.parameter, new_breaks=lambda name: any("{} in {}".format(*k[::-1]) == name and p.get("required") for k, p in now.items()))
        self.body(old.get("requestBody"), new.get("requestBody"), where)
        # An answer that refuses may go; one that a client waits for may not.
        self.named("answer", old["responses"], new["responses"], where, self.answer, gone_breaks=lambda status: status < "400")

    def parameter(self, old, new, where):
        if new.get("required") and not old.get("required"):
            self.note(True, where, "it is required now")
        self.schema(old.get("schema", {}), new.get("schema", {}), where, True)

    def body(self, old, new, where):
        if old is None or new is None:
            if old is not None:
                self.note(True, where, "it takes no body any more")
            elif new is not None:
                self.note(bool(self.resolved(self.new, new).get("required")), where, "it takes a body now")
            return
        old, new = self.resolved(self.old, old), self.resolved(self.new, new)
        if new.get("required") and not old.get("required"):
            self.note(True, where, "the body is required now")
        self.named("type", old["content"], new["content"], f"{where} body", lambda a, b, at: self.schema(a.get("schema", {}), b.get("schema", {}), at, True))

    def answer(self, old, new, where):
        old, new = self.resolved(self.old, old), self.resolved(self.new, new)
        self.named("header", old.get("headers", {}), new.get("headers", {}), where, lambda a, b, at: self.schema(
            self.resolved(self.old, a).get("schema", {}), self.resolved(self.new, b).get("schema", {}), at, False))
        self.named("type", old.get("content", {}), new.get("content", {}), where, lambda a, b, at: self.schema(a.get("schema", {}), b.get("schema", {}), at, False))

    def schema(self, old, new, where, is_input):
        """Compares two schemas: an input must take what it took, and an answer must have what it had."""
        if not (isinstance(old, dict) and isinstance(new, dict)):
            if old != new:
                self.note(is_input and new is False or not is_input and old is False, where, f"it is {new} and was {old}")
            return
        pair = (old.get("$ref"), new.get("$ref"), is_input)
        if pair[0] and pair[1]:
            if pair in self.seen:
                return
            self.seen.add(pair)
            where = pair[1].rsplit("/", 1)[1]
        old, new = self.resolved(self.old, old), self.resolved(self.new, new)
        self.values(old, new, where, is_input)
        self.bounds(old, new, where, is_input)
        before, now = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(now - before):
            self.note(is_input, where, f"{name} is required now" if is_input else f"{name} is always there now")
        for name in sorted(before - now):
            self.note(not is_input, where, f"{name} is not required any more" if is_input else f"{name} may be missing now")
        closed = new.get("additionalProperties") is False
        self.named("member", old.get("properties", {}), new.get("properties", {}), where, lambda a, b, at: self.schema(a, b, at, is_input),
                   gone_breaks=lambda name: not is_input or closed)
        for key in ("items", "additionalProperties"):
            before, now = old.get(key), new.get(key)
            if before is not None and now is not None:
                self.schema(before, now, f"{where} {key}", is_input)
            elif before != now:
                self.note(is_input and now not in (None, True), where, f"{key} is {json.dumps(now)} and was {json.dumps(before)}")
        for key in ("anyOf", "oneOf", "allOf"):
            before, now = old.get(key, []), new.get(key, [])
            if len(before) == len(now):
                for index, (a, b) in enumerate(zip(before, now)):
                    self.schema(a, b, f"{where} {key} {index + 1}", is_input)
            else:
                self.note(is_input and len(now) < len(before) and key != "allOf", where, f"{key} has {len(now)} schemas and had {len(before)}: look at it")
        for key in ("pattern", "not", "format"):
            if old.get(key) != new.get(key):
                self.note(False, where, f"{key} is {json.dumps(new.get(key))} and was {json.dumps(old.get(key))}: look at it")

    def values(self, old, new, where, is_input):
        """Types and enumerated values: an input keeps its own, an answer gets no other type."""
        before, now = ({schema["type"]} if isinstance(schema.get("type"), str) else set(schema.get("type", [])) for schema in (old, new))
        if before != now:
            # "integer" is a "number" too; no type is every type.
            narrower = bool(now) and (not before or bool(before - now - ({"integer"} if "number" in now else set())))
            wider = bool(before) and (not now or bool(now - before))
            self.note(narrower if is_input else wider, where, f"its type is {sorted(now)} and was {sorted(before)}")
        def listed(schema):
            values = [schema["const"]] if "const" in schema else schema.get("enum")
            return None if values is None else {json.dumps(value) for value in values}
        before, now = listed(old), listed(new)
        if before != now:
            gone = sorted((before or set()) - (now or set())) if now is not None and before is not None else []
            added = sorted((now or set()) - (before or set())) if now is not None and before is not None else []
            narrower = now is not None and (before is None or bool(gone))
            what = ", ".join([*(f"{value} is gone" for value in gone), *(f"{value} is new" for value in added)]) or f"its values are {sorted(now or [])} and were {sorted(before or [])}"
            self.note(is_input and narrower, where, what)

    def bounds(self, old, new, where, is_input):
        for key in LEAST + MOST + ("uniqueItems",):
            before, now = old.get(key), new.get(key)
            if before == now:
                continue
            tighter = now not in (None, False) and (before is None or (now > before if key not in MOST else now < before))
            self.note(is_input and tighter, where, f"{key} is {now} and was {before}")


def report(comparison, landed=LANDED):
    """Prints the changes, and returns whether they may land."""
    for title, found in (("breaks clients", comparison.breaking), ("changed", comparison.others)):
        for line in found:
            print(f"  {title}: {line}")
    before, now = (document["info"]["version"] for document in (comparison.old, comparison.new))
    if not comparison.passes:
        print(f"{landed}: {len(comparison.breaking)} changes break clients, and info.version is {now} as before. Take them back, or raise the version.")
    elif comparison.old == comparison.new:
        print(f"{landed}: the document is as it was landed, version {now}")
    else:
        print(f"{landed}: the document changed and may land, version {now} after {before}; `make openapi` writes it, commit that")
    return comparison.passes


def main(arguments):
    if len(arguments) == 2:
        return report(Comparison(*(json.loads(Path(name).read_text()) for name in arguments)), arguments[0])
    from served import served
    with served() as server:
        new = server.document()
    passes = report(Comparison(json.loads(LANDED.read_text()) if LANDED.exists() else new, new))
    if passes and arguments == ["--write"]:
        LANDED.write_text(json.dumps(new, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return passes


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
