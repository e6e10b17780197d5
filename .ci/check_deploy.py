"""Check what is deployed: component sets, Dapr configuration, dapr.yaml, the Helm chart and the Dockerfile.

Run from the project's root by the Python that has .ci/requirements.txt. Each check is a function whose first line says
what holds; each guard is also shown something wrong, which it must refuse. Exit 1 with the reasons when one fails.
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import helm_python
import jsonschema
import kubernetes_validate
import yaml
from book_memory import bounds, needed
from helm_python.chart import Chart, lint

CHART = "helm/task-server"
KUBERNETES = "1.30"
SETS = ["components/local", "components/postgres-kafka"]
# The longest a delivery may take with all its retries: a Kafka group waits this long for a member in a rebalance.
DELIVERY_DEADLINE = 60

KINDS = jsonschema.Draft202012Validator(json.loads(Path(".ci/dapr-kinds.schema.json").read_text()))
MONITORING = jsonschema.Draft202012Validator(json.loads(Path(".ci/monitoring-kinds.schema.json").read_text()))
ALERTS = Path(CHART, "files/alerts.yaml")
DASHBOARD = Path(CHART, "files/dashboard.json")

# Dapr ignores metadata it does not know, so a misspelt name would pass unseen: type/version -> names, required names.
METADATA = {
    "state.sqlite/v1": (
        "connectionString timeout busyTimeout disableWAL tableName metadataTableName cleanupInterval keyPrefix",
        "connectionString",
    ),
    "state.postgresql/v2": (
        "connectionString timeout tablePrefix metadataTableName cleanupInterval maxConns connectionMaxIdleTime queryExecMode keyPrefix",
        "connectionString",
    ),
    "pubsub.in-memory/v1": ("", ""),
    "pubsub.kafka/v1": (
        "brokers authType consumerGroup consumerID clientID saslUsername saslPassword saslMechanism caCert clientCert clientKey "
        "skipVerify disableTls version initialOffset maxMessageBytes producerRequiredAcks compression sessionTimeout",
        "brokers authType",
    ),
    "secretstores.local.file/v1": ("secretsFile nestedSeparator multiValued", "secretsFile"),
}
VALUES = {
    "authType": {"none", "password", "mtls", "certificate"},
    "initialOffset": {"oldest", "newest"},
    "producerRequiredAcks": {"all", "leader", "none"},
    "saslMechanism": {"PLAINTEXT", "SHA-256", "SHA-512"},
}
ANNOTATIONS = set(
    "enabled app-id app-port app-protocol config log-level log-as-json api-token-secret app-token-secret sidecar-cpu-request "
    "sidecar-cpu-limit sidecar-memory-request sidecar-memory-limit block-shutdown-duration graceful-shutdown-seconds".split()
)


class Fault(Exception):
    """What is wrong, said for the one who must mend it."""


def require(holds, words):
    if not holds:
        raise Fault(words)


def refused(words, action):
    """The guard must refuse what `action` gives it; a guard that accepts is itself the fault."""
    try:
        action()
    except (Fault, jsonschema.ValidationError, helm_python.HelmError, kubernetes_validate.ValidationError, yaml.YAMLError):
        return
    raise Fault(f"a guard let pass: {words}")


# ---------------------------------------------------------------- reading


class StrictLoader(yaml.SafeLoader):
    """YAML in which a key may stand once in a mapping."""


def unique_mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
        seen.add(key.value)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, unique_mapping)


def documents(text):
    return [d for d in yaml.load_all(text, StrictLoader) if d is not None]


def folder(path):
    files = sorted(Path(path).glob("*.yaml"))
    require(files, f"{path} holds no YAML")
    return [(f, d) for f in files for d in documents(f.read_text())]


def seconds(text):
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
    return sum(float(n) * units[u] for n, u in re.findall(r"([0-9.]+)(ns|us|ms|s|m|h)", text))


# ---------------------------------------------------------------- Dapr resources


def check_kind(resource, where):
    """Every field of a Dapr resource is one that Dapr knows, and so is every metadata name of a component."""
    for error in KINDS.iter_errors(resource):
        raise Fault(f"{where}: {'.'.join(map(str, error.absolute_path)) or 'top'}: {error.message}")
    if resource["kind"] != "Component":
        return
    spec, name = resource["spec"], resource["metadata"]["name"]
    require(
        f"{spec['type']}/{spec['version']}" in METADATA,
        f"{where}: {name}: no table of metadata for {spec['type']}/{spec['version']} in .ci/check_deploy.py",
    )
    known, needed = (set(names.split()) for names in METADATA[f"{spec['type']}/{spec['version']}"])
    entries = {e["name"]: e for e in spec.get("metadata", [])}
    require(len(entries) == len(spec.get("metadata", [])), f"{where}: {name}: a metadata name stands twice")
    require(entries.keys() <= known, f"{where}: {name}: {spec['type']} knows no metadata {sorted(entries.keys() - known)}")
    require(needed <= entries.keys(), f"{where}: {name}: {spec['type']} needs metadata {sorted(needed - entries.keys())}")
    for key, allowed in VALUES.items():
        if "value" in entries.get(key, {}):
            require(entries[key]["value"] in allowed, f"{where}: {name}: {key} is {entries[key]['value']}, and may be {sorted(allowed)}")
    if any("secretKeyRef" in e for e in entries.values()):
        require("auth" in resource, f"{where}: {name}: refers to secrets and names no auth.secretStore")


def longest_delivery(resource, pubsub, where):
    """Seconds from the first attempt's start to the last one's end, at worst."""
    policies, targets = resource["spec"]["policies"], resource["spec"]["targets"]
    inbound = targets.get("components", {}).get(pubsub, {}).get("inbound")
    require(inbound, f"{where}: no inbound policy for {pubsub}: a failed delivery would be tried once")
    timeout = policies.get("timeouts", {}).get(inbound.get("timeout"))
    retry = policies.get("retries", {}).get(inbound.get("retry"))
    require(timeout, f"{where}: timeout {inbound.get('timeout')} is not defined; Dapr would ignore it silently")
    require(retry, f"{where}: retry {inbound.get('retry')} is not defined; Dapr would ignore it silently")
    count = retry["maxRetries"]
    if retry["policy"] == "constant":
        pauses = [seconds(retry.get("duration", "5s"))] * count
    else:
        pauses = [1.5 * min(0.5 * 1.5**i, seconds(retry.get("maxInterval", "60s"))) for i in range(count)]
    return (1 + count) * seconds(timeout) + sum(pauses)


def check_set(path):
    """A set has the three components by the same names, and retries that fit the deadline."""
    resources = folder(path)
    for file, resource in resources:
        check_kind(resource, file)
    components = {r["metadata"]["name"]: r for _, r in resources if r["kind"] == "Component"}
    require(set(components) == {"statestore", "pubsub", "local-secrets"}, f"{path}: the components are {sorted(components)}")
    for name, family in {"statestore": "state.", "pubsub": "pubsub.", "local-secrets": "secretstores."}.items():
        require(components[name]["spec"]["type"].startswith(family), f"{path}: {name} is {components[name]['spec']['type']}")
    for r in components.values():
        store = r.get("auth", {}).get("secretStore", "local-secrets")
        require(store in components, f"{path}: {r['metadata']['name']} takes secrets from {store}, which is not there")
    policies = [(f, r) for f, r in resources if r["kind"] == "Resiliency"]
    require(len(policies) == 1, f"{path}: {len(policies)} Resiliency resources")
    longest = longest_delivery(policies[0][1], "pubsub", policies[0][0])
    require(longest <= DELIVERY_DEADLINE, f"{policies[0][0]}: a delivery may take {longest:.1f} s, more than {DELIVERY_DEADLINE}")
    return resources


def component_sets():
    """components/ holds sets of known fields, with the same names, whose retries fit the deadline."""
    for path in SETS:
        check_set(path)
        strangers = [f.name for f in Path(path).iterdir() if f.suffix != ".yaml"]
        require(not strangers, f"{path}: a sidecar reads every file here, and keys belong elsewhere: {strangers}")
    unchecked = {str(p.parent) for p in Path("components").rglob("*.y*ml")} - set(SETS)
    require(not unchecked, f"sets that nobody checks: {sorted(unchecked)}")


def component_guards():
    """A misspelt field, a misspelt metadata name, a wrong value, a double key and endless retries are refused."""
    resources = {r["metadata"]["name"] + r["kind"]: r for _, r in folder("components/postgres-kafka")}

    def changed(key, change):
        resource = copy.deepcopy(resources[key])
        change(resource)
        return lambda: check_kind(resource, "planted")

    def rename(mapping, old, new):
        mapping[new] = mapping.pop(old)

    refused("spec.initTimeOut", changed("pubsubComponent", lambda r: rename(r["spec"], "initTimeout", "initTimeOut")))
    refused("a metadata entry with valeu", changed("pubsubComponent", lambda r: rename(r["spec"]["metadata"][1], "value", "valeu")))
    refused("metadata initalOffset", changed("pubsubComponent", lambda r: r["spec"]["metadata"][3].update(name="initalOffset")))
    refused("initialOffset latest", changed("pubsubComponent", lambda r: r["spec"]["metadata"][3].update(value="latest")))
    refused("no brokers", changed("pubsubComponent", lambda r: r["spec"]["metadata"].pop(0)))
    refused("a secret without a store", changed("statestoreComponent", lambda r: r.pop("auth")))
    refused("scope for scopes", changed("statestoreComponent", lambda r: rename(r, "scopes", "scope")))
    refused("retries in the wrong place", changed("task-serverResiliency", lambda r: r["spec"].update(retries={})))
    endless = copy.deepcopy(resources["task-serverResiliency"])
    endless["spec"]["policies"]["retries"]["redelivery"]["maxRetries"] = 100
    require(longest_delivery(endless, "pubsub", "planted") > DELIVERY_DEADLINE, "100 retries fit the deadline")
    endless["spec"]["targets"]["components"]["pubsub"]["inbound"]["retry"] = "redelivry"
    refused("a policy that does not exist", lambda: longest_delivery(endless, "pubsub", "planted"))
    refused("a key that stands twice", lambda: documents("a: 1\na: 2\n"))


def configurations():
    """dapr-config/ holds one Configuration a file, named for its file, that scopes secrets of components that exist."""
    for file, resource in folder("dapr-config"):
        check_kind(resource, file)
        require(
            resource["kind"] == "Configuration" and resource["metadata"]["name"] == file.stem,
            f"{file}: is no Configuration named {file.stem}",
        )
        check_access(resource, file)
        require("tracing" not in resource["spec"], f"{file}: sends spans to a collector that may not be there")
        for scope in resource["spec"].get("secrets", {}).get("scopes", []):
            require(scope["storeName"] == "local-secrets", f"{file}: scopes {scope['storeName']}, which no set has")


def check_access(configuration, where):
    """Nobody may invoke the application, but named callers, and they the API only."""
    access = configuration["spec"].get("accessControl", {})
    require(access.get("defaultAction") == "deny", f"{where}: lets every application invoke what the sidecar delivers to")
    for policy in access.get("policies", []):
        require(policy["defaultAction"] == "deny", f"{where}: {policy['appId']} may invoke everything")
        names = [o["name"] for o in policy["operations"]]
        require(names == ["/api/**"], f"{where}: {policy['appId']} may invoke {names}")


def run_file():
    """`dapr run -f .` starts what `make run` starts."""
    [run] = documents(Path("dapr.yaml").read_text())
    require(run.keys() == {"version", "common", "apps"} and run["version"] == 1, "dapr.yaml: version, common and apps are expected")
    require(run["common"].keys() <= {"resourcesPaths", "configFilePath", "env"}, f"dapr.yaml: common has {sorted(run['common'])}")
    [app] = run["apps"]
    known = {"appID", "appDirPath", "appPort", "appProtocol", "daprHTTPPort", "command", "env", "appLogDestination", "daprdLogDestination"}
    require(app.keys() <= known, f"dapr.yaml: unknown {sorted(app.keys() - known)}")
    make = Path("Makefile").read_text()
    paths = run["common"]["resourcesPaths"] + [run["common"]["configFilePath"]]
    for path in paths:
        require(Path(path).exists(), f"dapr.yaml: {path} is not there")
        require(path.removeprefix("./") in make, f"dapr.yaml: `make run` does not use {path}")
    require(
        f"--app-id {app['appID']} " in make and f"PORT ?= {app['appPort']}\n" in make,
        "dapr.yaml and the Makefile disagree on app id or port",
    )
    require("env" not in app and "env" not in run["common"], "dapr.yaml: env reaches the server only; the token is for both")
    require(f"DAPR_PORT ?= {app['daprHTTPPort']}\n" in make, "dapr.yaml and the Makefile disagree on the sidecar's port")
    require(app["command"] == [".build/release/task-server", "serve"], f"dapr.yaml: the command is {app['command']}")


# ---------------------------------------------------------------- the chart

CASES = {
    "the defaults": {},
    "components of the cluster": {"components": {"create": False}},
    "tokens, Kafka with a password, traces": {
        "dapr": {
            "apiTokenSecret": "dapr-api",
            "appTokenSecret": "dapr-app",
            "callers": [{"appID": "shop"}, {"appID": "desk", "namespace": "other"}],
            "tracing": {"samplingRate": "1", "otelEndpoint": "otel:4317"},
        },
        "components": {"pubsub": {"brokers": "a:9092,b:9092", "authType": "password"}},
        "limits": {"writesPerUser": 1000000, "expensiveReadsPerAddress": 0},
        "trustedProxies": ["10.0.0.0/8", "fd00::1"],
        "tracing": {"endpoint": "http://otel:4318", "samplerArg": "1", "headersSecret": "otel"},
        "env": {"TASKS_LOG_LEVEL": "debug"},
        "image": {"tag": "1.2.3"},
        "tolerations": [{"key": "spot", "operator": "Exists"}],
        "nodeSelector": {"disk": "ssd"},
    },
    "monitoring": {
        "monitoring": {
            "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "alerts": {"enabled": True},
            "dashboard": {"enabled": True},
        }
    },
}


def rendered(values):
    chart = Chart.load(CHART)
    chart.validate_schema(values)
    files = chart.render(values, name="tasks", namespace="ns")
    return [d for path, text in sorted(files.items()) if not path.endswith("NOTES.txt") for d in documents(text)]


def check_object(resource):
    """A rendered object keeps Kubernetes' schema or, for Dapr's kinds, ours."""
    where = f"{CHART}: {resource['kind']} {resource['metadata']['name']}"
    if resource["apiVersion"].startswith("dapr.io/"):
        check_kind(resource, where)
    elif resource["apiVersion"].startswith("monitoring.coreos.com/"):
        MONITORING.validate(resource)
    else:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    require(resource["metadata"].get("namespace") == "ns", f"{where}: names no namespace")
    require(resource["kind"] != "Secret", f"{where}: secrets are given by reference only")


def one(objects, kind):
    found = [o for o in objects if o["kind"] == kind]
    require(len(found) == 1, f"{CHART}: {len(found)} of kind {kind}")
    return found[0]


def chart_renders():
    """The chart renders and lints with each set of values, and every object keeps its schema."""
    for name, values in CASES.items():
        for resource in rendered(values):
            check_object(resource)
        bad = [m for m in lint(CHART, values, strict=True, kube_version=f"v{KUBERNETES}.0")["messages"] if m["severity"] >= 2]
        require(not bad, f"{CHART} with {name}: {bad}")
    require(
        not [o for o in rendered(CASES["components of the cluster"]) if o["kind"] in ("Component", "Resiliency")],
        "create: false makes components",
    )


def chart_pod():
    """The pod is Dapr's, probed on the public port, without rights, and has time to end in order."""
    objects = rendered(CASES["tokens, Kafka with a password, traces"])
    deployment, service = one(objects, "Deployment"), one(objects, "Service")
    pod = deployment["spec"]["template"]
    dapr = {k.removeprefix("dapr.io/"): v for k, v in pod["metadata"]["annotations"].items() if k.startswith("dapr.io/")}
    require(dapr.keys() <= ANNOTATIONS, f"annotations Dapr does not know: {sorted(dapr.keys() - ANNOTATIONS)}")
    require(dapr["enabled"] == "true" and dapr["app-port"] == "8080", f"annotations are {dapr}")
    require(dapr["config"] == one(objects, "Configuration")["metadata"]["name"], "dapr.io/config names no Configuration of the chart")
    [container] = pod["spec"]["containers"]
    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
    require(ports == {"public": 8081, "metrics": 8082}, f"ports are {ports}; the app port is the sidecar's alone")
    for probe, path in {"livenessProbe": "/health", "readinessProbe": "/ready", "startupProbe": "/health"}.items():
        require(container[probe]["httpGet"] == {"path": path, "port": "public"}, f"{probe} is {container[probe]}")
    require([p["targetPort"] for p in service["spec"]["ports"]] == ["public"], "the service must expose the public port only")
    require(service["spec"]["selector"].items() <= pod["metadata"]["labels"].items(), "the service does not select the pod")
    require(
        pod["spec"]["securityContext"]["runAsNonRoot"]
        and str(pod["spec"]["securityContext"]["runAsUser"]) in Path("Dockerfile").read_text(),
        "the pod's user is not the image's",
    )
    rights = container["securityContext"]
    require(
        rights["readOnlyRootFilesystem"] and not rights["allowPrivilegeEscalation"] and rights["capabilities"] == {"drop": ["ALL"]},
        f"rights are {rights}",
    )
    end = seconds(dapr["block-shutdown-duration"]) + int(dapr["graceful-shutdown-seconds"])
    require(end < pod["spec"]["terminationGracePeriodSeconds"], f"the sidecar needs {end} s to end, and is killed before")
    tokens = {e["name"]: e["valueFrom"]["secretKeyRef"] for e in container["env"] if "valueFrom" in e}
    require(
        tokens == {
            "DAPR_API_TOKEN": {"name": "dapr-api", "key": "token"},
            "APP_API_TOKEN": {"name": "dapr-app", "key": "token"},
            "OTEL_EXPORTER_OTLP_HEADERS": {"name": "otel", "key": "headers"},
        },
        f"tokens are {tokens}",
    )
    spans = {e["name"]: e.get("value") for e in container["env"] if e["name"].startswith("OTEL_")}
    require(
        spans["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://otel:4318" and spans["OTEL_TRACES_SAMPLER_ARG"] == "1",
        f"the export of spans is {spans}",
    )
    bare = one(rendered({}), "Deployment")["spec"]["template"]["spec"]["containers"][0]
    require(not [e for e in bare["env"] if e["name"].startswith("OTEL_")], "spans are exported without an endpoint")


def chart_agrees():
    """The chart's components and policies are those of components/postgres-kafka, and its pod may read one Secret."""
    ours = {r["metadata"]["name"]: r for _, r in folder("components/postgres-kafka")}
    objects = rendered({})
    components = {r["metadata"]["name"]: r for r in objects if r["kind"] == "Component"}
    for name in ("statestore", "pubsub"):
        for field in ("type", "version", "initTimeout"):
            require(components[name]["spec"][field] == ours[name]["spec"][field], f"{name}: the chart's {field} differs")
        names = [{e["name"] for e in c[name]["spec"]["metadata"]} for c in (components, ours)]
        require(names[0] == names[1], f"{name}: the chart's metadata differs: {names[0] ^ names[1]}")
    require(
        one(objects, "Resiliency")["spec"] == ours["task-server"]["spec"],
        "the chart's retries differ from components/postgres-kafka/resiliency.yaml",
    )
    for values in CASES.values():
        check_access(one(rendered(values), "Configuration"), CHART)
    allowed = one(rendered(CASES["tokens, Kafka with a password, traces"]), "Configuration")["spec"]["accessControl"]["policies"]
    require(
        [(p["appId"], p["namespace"]) for p in allowed] == [("shop", "ns"), ("desk", "other")],
        f"the chart's callers are {allowed}",
    )
    [rule] = one(objects, "Role")["rules"]
    [scope] = one(objects, "Configuration")["spec"]["secrets"]["scopes"]
    require(rule["resourceNames"] == scope["allowedSecrets"] and rule["verbs"] == ["get"], f"rights on secrets: {rule}")
    used = {e["secretKeyRef"]["name"] for c in components.values() for e in c["spec"]["metadata"] if "secretKeyRef" in e}
    require(not used & set(rule["resourceNames"]), "the task server can read what only its components need")


def chart_guards():
    """Misspelt values and misspelt fields in templates are refused."""
    refused("the value replicaCounts", lambda: rendered({"replicaCounts": 3}))
    refused("limits.writesPerUsers", lambda: rendered({"limits": {"writesPerUsers": 3}}))
    refused("a negative limit", lambda: rendered({"limits": {"expensiveReadsPerUser": -1}}))
    refused("a proxy's name", lambda: rendered({"trustedProxies": ["ingress.example"]}))
    refused("a negative replicaCount", lambda: rendered({"replicaCount": -1}))
    refused("appPort as text", lambda: rendered({"appPort": "8080"}))
    refused("dapr.apiTokenSecrets", lambda: rendered({"dapr": {"apiTokenSecrets": "x"}}))
    refused("authType oidc", lambda: rendered({"components": {"pubsub": {"authType": "oidc"}}}))
    refused("no app token", lambda: rendered({"dapr": {"appTokenSecret": ""}}))
    refused("a caller without a name", lambda: rendered({"dapr": {"callers": [{"namespace": "x"}]}}))
    refused("a collector without a scheme", lambda: rendered({"tracing": {"endpoint": "otel:4318"}}))
    refused("a sampler of others", lambda: rendered({"tracing": {"sampler": "xray"}}))
    refused("brokers without a port", lambda: rendered({"components": {"pubsub": {"brokers": "kafka"}}}))
    objects = rendered({})
    deployment = one(objects, "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    refused("livenesProbe", lambda: check_object(deployment))
    component = next(o for o in objects if o["kind"] == "Component")
    component["spec"]["metadta"] = component["spec"].pop("metadata")
    refused("metadta in a component", lambda: check_object(component))


# ---------------------------------------------------------------- dashboard and alerts

# What an expression has beside metrics and functions.
WORDS = set("and or unless by on ignoring without group_left group_right offset bool inf nan sum max min avg count topk".split())
# What Prometheus and its operator add to the labels of every sample; `le` is a histogram's own.
ADDED = {"namespace", "job", "instance", "pod", "le"}


def table_of_metrics():
    """The metrics of docs/metrics.md, which is made from the code: name of each sample -> labels."""
    known = {}
    row = r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) \|"
    for name, kind, labels in re.findall(row, Path("docs/metrics.md").read_text(), re.M):
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            known[name + suffix] = set(re.findall(r"`(\w+)`", labels))
    require(len(known) > 40, f"docs/metrics.md has only {len(known)} metrics")
    return known


def check_query(query, known, where):
    """A query asks for metrics that there are, by labels that they have."""
    bare = re.sub(r"\$__\w+", "5m", re.sub(r'"(?:[^"\\\\]|\\\\.)*"', '""', query))
    asked = set()
    for name, matchers in re.findall(r"\b([a-z_]+)\s*\{([^}]*)\}", bare):
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        require(labels <= known.get(name, set()) | ADDED, f"{where}: {name} has no label {sorted(labels - known.get(name, set()) - ADDED)}")
    grouped = {g for names in re.findall(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\(([^)]*)\)", bare) for g in re.findall(r"\w+", names)}
    rest = re.sub(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)|\{[^}]*\}|\[[^\]]*\]", " ", bare)
    for name, call in re.findall(r"\b([a-zA-Z_]\w*)(\s*\()?", rest):
        if not call and name not in WORDS:
            require(name in known, f"{where}: there is no metric {name} in docs/metrics.md")
            asked.add(name)
    require(asked, f"{where}: asks for no metric: {query}")
    labels = ADDED.union(*(known[name] for name in asked))
    require(grouped <= labels, f"{where}: {sorted(asked)} have no label {sorted(grouped - labels)}")
    return asked


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], text=True, capture_output=True)
    require(done.returncode == 0, f"promtool {' '.join(arguments)}: {done.stdout}{done.stderr}")


def dashboard_queries():
    """(panel, query) of the dashboard, the variables' own among them."""
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [(p["title"], t["expr"]) for p in dashboard["panels"] for t in p.get("targets", [])]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            queries.append((variable["name"], re.fullmatch(r"label_values\((.*), \w+\)", variable["definition"])[1]))
    require(len(queries) > 40, f"{DASHBOARD}: only {len(queries)} queries")
    places = [p["gridPos"] for p in dashboard["panels"]]
    require(all(p["x"] + p["w"] <= 24 for p in places), f"{DASHBOARD}: a panel is wider than the page")
    return queries


def alerts():
    """Alert rules are Prometheus', fire when they should and not otherwise, and ask for metrics that there are."""
    promtool("check", "rules", str(ALERTS))
    promtool("test", "rules", ".ci/alerts_test.yaml")
    known = table_of_metrics()
    [rules] = documents(ALERTS.read_text())
    tests = Path(".ci/alerts_test.yaml").read_text()
    for rule in [r for g in rules["groups"] for r in g["rules"]]:
        name = rule["alert"]
        check_query(rule["expr"], known, name)
        require(rule["labels"].get("severity") in ("warning", "critical"), f"{name}: severity is {rule['labels']}")
        require(rule["annotations"].keys() == {"summary", "description"}, f"{name}: annotations are {sorted(rule['annotations'])}")
        require(tests.count(f"alertname: {name}}}") >= 1, f"{name}: .ci/alerts_test.yaml does not show when it is silent")
    refused("a metric that is not there", lambda: check_query("rate(tasks_comits_total[5m])", known, "planted"))
    refused("a label that is not there", lambda: check_query('http_requests_total{code="200"}', known, "planted"))
    refused("a grouping by a label that is not there", lambda: check_query("sum by (user) (http_requests_total)", known, "planted"))
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder, "broken.yaml")
        broken.write_text(ALERTS.read_text().replace("> 0.02", "> > 0.02"))
        refused("a rule that Prometheus cannot read", lambda: promtool("check", "rules", str(broken)))


def dashboard():
    """Every query of the dashboard is Prometheus', and asks for metrics that there are; every metric of ours is on it or in an alert."""
    known, asked = table_of_metrics(), set()
    for title, query in dashboard_queries():
        asked |= check_query(query, known, title)
    asked |= set(re.findall(r"\w+", ALERTS.read_text()))
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known if name.startswith("tasks_")}
    unseen = {name for name in ours if not {name, name + "_bucket", name + "_sum"} & asked}
    require(unseen <= {"tasks_event_sequences_total", "tasks_activity_caught_up_changes_total", "tasks_activity_unreadable_total"}, f"nobody looks at {sorted(unseen)}")
    with tempfile.TemporaryDirectory() as folder:
        rules = [
            {"record": f"query:{n}", "expr": re.sub(r"\$__\w+", "5m", query)} for n, (_, query) in enumerate(dashboard_queries())
        ]
        file = Path(folder, "queries.yaml")
        file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
        promtool("check", "rules", str(file))


def chart_monitoring():
    """The chart brings alerts and dashboard as they stand in its files when it is asked to, and nothing of them otherwise."""
    kinds = {"PodMonitor", "PrometheusRule", "ConfigMap"}
    require(not [o for o in rendered({}) if o["kind"] in kinds], "the defaults need the Prometheus Operator")
    objects = rendered(CASES["monitoring"])
    monitor, rule, config = (one(objects, kind) for kind in ("PodMonitor", "PrometheusRule", "ConfigMap"))
    require(rule["spec"] == documents(ALERTS.read_text())[0], "the PrometheusRule is not files/alerts.yaml")
    require(json.loads(config["data"]["task-server.json"]) == json.loads(DASHBOARD.read_text()), "the ConfigMap is not files/dashboard.json")
    require(config["metadata"]["labels"]["grafana_dashboard"] == "1", "Grafana does not find the dashboard")
    require(monitor["metadata"]["labels"]["release"] == "prometheus", "the PodMonitor has not the labels that were asked for")
    pod = one(objects, "Deployment")["spec"]["template"]
    require(monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items(), "the PodMonitor does not select the pod")
    [container] = pod["spec"]["containers"]
    names = {p["name"] for p in container["ports"]}
    require({e["port"] for e in monitor["spec"]["podMetricsEndpoints"]} <= names, f"the pod's ports are {sorted(names)}")
    monitor["spec"]["podMetricsEndpoint"] = monitor["spec"].pop("podMetricsEndpoints")
    refused("podMetricsEndpoint", lambda: check_object(monitor))


# ---------------------------------------------------------------- the image


def hadolint(text):
    found = subprocess.run(["hadolint", "-"], input=text, text=True, capture_output=True)
    require(found.returncode == 0, f"hadolint: {found.stdout}{found.stderr}")


def dockerfile():
    """The image is built by CI's Swift from packages of apt.txt, holds one program, and runs it as its own user."""
    text = Path("Dockerfile").read_text()
    hadolint(text)
    refused("an image without a tag", lambda: hadolint(text.replace("debian:bookworm-slim", "debian")))
    swift = re.search(r"Swift version (\d+\.\d+)", subprocess.run(["swift", "--version"], text=True, capture_output=True).stdout)
    require(swift and f"FROM swift:{swift[1]}-bookworm " in text, f"the Dockerfile does not build with Swift {swift and swift[1]}")
    known = {line.split()[0] for line in Path("apt.txt").read_text().splitlines() if line and not line.startswith("#")}
    build, run = [set(p.split()) for p in re.findall(r"--no-install-recommends (.+?) \\", text)]
    require(build <= known, f"the Dockerfile installs what apt.txt does not list: {sorted(build - known)}")
    # What task-server is linked to, and the time zones that requests name.
    require(run == {"libcurl4", "libmicrohttpd12", "libssl3", "tzdata"}, f"the image installs {sorted(run)}")
    require(re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.M), "the image's user is to be numeric and not root")
    flags = re.search(r"^RELEASE := (.+)$", Path("Makefile").read_text(), re.M)
    require(flags and f"RUN swift build {flags[1]} --product task-server\n" in text, "the image builds one product, with the Makefile's RELEASE")
    tunables = re.search(r"^ENV GLIBC_TUNABLES=(\S+)$", text, re.M)
    require(
        tunables and tunables[1] in Path("Sources/Programs/Bench/PassthroughBenchmark.swift").read_text(),
        "the benchmark of the service runs it with the image's GLIBC_TUNABLES",
    )
    context = Path(".dockerignore").read_text().splitlines()
    copied = {w for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M) for w in line.split()}
    require("*" in context and all(f"!{name}" in context for name in copied), ".dockerignore leaves out what the Dockerfile copies")


def settings():
    """Every variable the chart sets is one the task server knows, and it ends while its sidecar serves it (needs a built task-server)."""
    program = next((p for p in (Path(".build/debug/task-server"), Path(".build/release/task-server")) if p.exists()), None)
    require(program, "no task-server is built: run `make test` or `make release` first")
    help_text = subprocess.run([program, "serve", "--help", "all"], text=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    require(help_text.returncode == 0, f"task-server serve --help all: exit {help_text.returncode}: {help_text.stderr}")
    pod = one(rendered(CASES["tokens, Kafka with a password, traces"]), "Deployment")["spec"]["template"]
    [container] = pod["spec"]["containers"]
    delay = next(seconds(e["value"]) for e in container["env"] if e["name"] == "TASKS_STOP_DELAY")
    # Last come the lease and the snapshots, for two call timeouts, and the spans that wait, for 2 s.
    parts = ("drain-time", "publish-time", "call-timeout", "call-timeout")
    rest = 2 + sum(seconds(re.search(rf"--{name} .*?Default: (\S+)\.", help_text.stdout, re.S)[1]) for name in parts)
    served = seconds(pod["metadata"]["annotations"]["dapr.io/block-shutdown-duration"])
    require(delay + rest <= served, f"the server needs {delay + rest} s to end, and its sidecar serves it for {served} s")
    sent = {entry["name"]: entry.get("value") for entry in container["env"]}
    found = {name: sent[name] for name in ("TASKS_WRITES_PER_USER", "TASKS_EXPENSIVE_READS_PER_USER", "TASKS_EXPENSIVE_READS_PER_ADDRESS", "TASKS_TRUSTED_PROXIES")}
    require(list(found.values()) == ["1000000", "20", "0", "10.0.0.0/8,fd00::1"], f"the limits are {found}")
    for entry in container["env"]:
        require(
            re.search(rf"\b{entry['name']}\b", help_text.stdout),
            f"the chart sets {entry['name']}, which `task-server serve --help all` does not name",
        )


def memory():
    """The chart's memory limit holds what the server's bounds let it use."""
    found = bounds()
    require(found["limit"] >= needed(**found), f"the chart's limit of {found['limit']} Mi is below {needed(**found):.0f} Mi")
    refused("a longer book", lambda: require(found["limit"] >= needed(**{**found, "text": 2 * found["text"]}), "too little"))


def setup_script():
    """Without the right to install, scripts/setup prints the one line to type and installs nothing; with it, it installs."""
    with tempfile.TemporaryDirectory() as shims:

        def run(**scripts):
            for name, body in scripts.items():
                Path(shims, name.replace("_", "-")).write_text(f"#!/bin/sh\n{body}\n")
                Path(shims, name.replace("_", "-")).chmod(0o755)
            log = Path(shims, "installed")
            log.unlink(missing_ok=True)
            done = subprocess.run(
                ["scripts/setup"], env={**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"}, text=True, capture_output=True
            )
            return done, log.read_text() if log.exists() else ""

        apt = f'echo "$@" >> {shims}/installed'
        lacking = 'case "$*" in *libcurl*|*sqlite3*) exit 1;; esac'
        done, log = run(apt_get=apt, pkg_config=lacking, id="echo 1000", sudo="exit 1")
        line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libcurl4-openssl-dev libsqlite3-dev"
        require(done.returncode == 1 and line in done.stderr and not log, f"without rights: {done} {log}")
        done, log = run(id="echo 0")
        require(done.returncode == 0 and "install" in log and "libcurl4-openssl-dev libsqlite3-dev" in log, f"as root: {done} {log}")
        done, log = run(pkg_config="exit 0")
        require(done.returncode == 0 and not log, f"with nothing missing: {done} {log}")
        done, log = run(swift="echo Swift version 5.10.1")
        require(done.returncode == 1 and "6.2" in done.stderr, f"with Swift 5.10: {done}")


def documents_link():
    """Every relative link of the README and of docs/ leads to a file, and the README names the two commands."""
    for file in [Path("README.md"), *Path("docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text()):
            require((file.parent / target).exists(), f"{file}: {target} is not there")
    require({"$ make run", "$ make test"} <= set(Path("README.md").read_text().splitlines()), "the README does not name its two commands")


CHECKS = [
    setup_script,
    documents_link,
    component_sets,
    component_guards,
    configurations,
    run_file,
    chart_renders,
    chart_pod,
    chart_agrees,
    chart_guards,
    chart_monitoring,
    alerts,
    dashboard,
    dockerfile,
    settings,
    memory,
]


def main():
    wanted = sys.argv[1:]
    failed = 0
    for check in CHECKS:
        if wanted and check.__name__ not in wanted:
            continue
        try:
            check()
            print(f"ok    {check.__name__}: {check.__doc__}")
        except (Fault, jsonschema.ValidationError, helm_python.HelmError, kubernetes_validate.ValidationError, yaml.YAMLError) as e:
            failed += 1
            print(f"FAIL  {check.__name__}: {e}")
        except Exception:
            failed += 1
            print(f"FAIL  {check.__name__}:\n{traceback.format_exc()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
