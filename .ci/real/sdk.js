// A program with Dapr's JavaScript SDK, as a stranger would write it: one line of JSON for each thing it asked, with what came back.
// What differs from run to run (ETags, ids, times) is compared here and not printed. Environment: APP_PORT, DAPR_HTTP_PORT, APP_ID.
"use strict";
const { DaprServer, HttpMethod, DaprPubSubStatusEnum } = require("@dapr/dapr");
const express = require("express");

const port = process.env.APP_PORT;
const sidecarPort = process.env.DAPR_HTTP_PORT;
const quiet = { log() {}, error() {}, warn() {}, info() {}, verbose() {}, debug() {} };
const app = express();
const listen = app.listen.bind(app);
app.listen = (number) => listen(number, "127.0.0.1");
const client = { daprHost: "127.0.0.1", daprPort: sidecarPort, logger: { service: quiet } };
const server = new DaprServer({ serverHost: "127.0.0.1", serverPort: port, serverHttp: app, clientOptions: client, logger: { service: quiet } });
const dapr = server.client;

let step = "";
const print = (name, value) => console.log(JSON.stringify({ step: `${step}: ${name}`, value: value === undefined ? "undefined" : value }));

// A refusal as its status and Dapr's code; the words are Dapr's own business.
function refusal(error) {
  try {
    const { status, error_msg: text } = JSON.parse(error.message);
    let code = null;
    try { code = JSON.parse(text).errorCode ?? null; } catch { code = text === "" ? "" : "text"; }
    return { refused: status, code };
  } catch {
    return { refused: error.message };
  }
}

async function ask(name, action, look = (value) => value) {
  let value;
  try {
    value = await action();
    if (value && value.error instanceof Error) value = refusal(value.error);
    else if (value && Array.isArray(value.failedMessages)) value = { failed: value.failedMessages.map((m) => ({ event: m.message.event, ...refusal(m.error) })) };
    else value = look(value);
  } catch (error) {
    value = refusal(error);
  }
  print(name, value);
}

async function until(name, condition, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) { print(name, "did not come"); return; }
    await new Promise((done) => setTimeout(done, 20));
  }
}

const came = {};
const note = (place, data, headers) => (came[place] ??= []).push({ data, traced: Boolean(headers && headers.traceparent) });
const heard = (place, count) => until(`${place}, ${count} events`, () => (came[place] ?? []).length >= count);
const sorted = (place) => (came[place] ?? []).map((event) => JSON.stringify(event)).sort().map((text) => JSON.parse(text));

async function subscribe() {
  const bus = server.pubsub;
  await bus.subscribe("bus", "plain", async (data, headers) => note("plain", data, headers));
  await bus.subscribe("bus", "raw", async (data, headers) => note("raw", data, headers), "/raw-events", { rawPayload: true });
  await bus.subscribeBulk("bus", "bulk", async (data) => note("bulk", data), { maxMessagesCount: 10, maxAwaitDurationMs: 50 });
  await bus.subscribeWithOptions("bus", "routed", {
    route: { default: "/other", rules: [{ match: 'event.type == "order.paid"', path: "/paid" }, { match: "event.data.amount > 100", path: "/large" }] },
  });
  for (const path of ["/other", "/paid", "/large"]) bus.subscribeToRoute("bus", "routed", path, async (data) => note(`routed${path}`, data));
  await bus.subscribeWithOptions("bus", "poison", {
    deadLetterTopic: "dead", callback: async (data) => { note("poison", data); return DaprPubSubStatusEnum.DROP; },
  });
  await bus.subscribe("bus", "dead", async (data) => note("dead", data));
  let attempts = 0;
  await bus.subscribeWithOptions("bus", "again", {
    callback: async (data) => { note("again", data); return ++attempts < 3 ? DaprPubSubStatusEnum.RETRY : DaprPubSubStatusEnum.SUCCESS; },
  });
}

async function listenForCalls() {
  for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
    await server.invoker.listen("echo", async ({ body, query, headers }) => ({
      method, body: body && body.length > 2 ? JSON.parse(body) : null, query, caller: headers["dapr-caller-app-id"] ?? null,
      mark: headers["x-mark"] ?? null, type: headers["content-type"] ?? null, traced: Boolean(headers.traceparent),
    }), { method: HttpMethod[method] });
  }
  app.get("/teapot", (_, answer) => answer.status(418).json({ short: true }));
  app.get("/words", (_, answer) => answer.type("text/plain").send("words, not JSON"));
  app.get("/nothing", (_, answer) => answer.status(204).end());
}

async function state(store) {
  step = `state in ${store}`;
  const s = dapr.state;
  await ask("save", () => s.save(store, [
    { key: "text", value: "wörter" }, { key: "number", value: 12.5 }, { key: "list", value: [1, "two", { three: 3 }] },
    { key: "object", value: { z: 1, a: { "ö": null } } }, { key: "false", value: false }, { key: "null", value: null },
  ]));
  for (const key of ["text", "number", "list", "object", "false", "null", "missing"]) await ask(`get ${key}`, () => s.get(store, key));
  await ask("get of several", () => s.getBulk(store, ["object", "missing", "text"], { parallelism: 2 }), (rows) =>
    rows.map(({ key, data, etag }) => ({ key, data, tagged: Boolean(etag) })).sort((a, b) => (a.key < b.key ? -1 : 1)));
  const tag = async (key) => (await s.getBulk(store, [key]))[0].etag;
  const first = await tag("text");
  await ask("save with its ETag", () => s.save(store, [{ key: "text", value: "second", etag: first }]));
  print("the ETag is another", (await tag("text")) !== first);
  await ask("save with an old ETag", () => s.save(store, [{ key: "text", value: "third", etag: first }]));
  await ask("first write of what is there", () => s.save(store, [{ key: "text", value: "fourth", options: { concurrency: 1 } }]));
  await ask("first write of what is not", () => s.save(store, [{ key: "new", value: 1, options: { concurrency: 1 } }]));
  await ask("delete with an old ETag", () => s.delete(store, "text", { etag: first }));
  await ask("get text again", () => s.get(store, "text"));
  await ask("delete", () => s.delete(store, "number"));
  await ask("delete what is gone", () => s.delete(store, "number"));
  await ask("get number again", () => s.get(store, "number"));
  await ask("a key with a bar", () => s.save(store, [{ key: "a||b", value: 1 }]));
  await ask("save for a second", () => s.save(store, [{ key: "brief", value: 1, metadata: { ttlInSeconds: "1" } }]));
  await until("brief goes", async () => (await s.get(store, "brief")) === "");
  await ask("a wrong time to live", () => s.save(store, [{ key: "brief", value: 1, metadata: { ttlInSeconds: "soon" } }]));

  step = `transactions in ${store}`;
  const upsert = (key, value, more) => ({ operation: "upsert", request: { key, value, ...more } });
  await ask("two writes and a removal", () => s.transaction(store, [upsert("t1", 1), upsert("t2", { two: 2 }), { operation: "delete", request: { key: "list" } }]));
  await ask("what came of it", () => s.getBulk(store, ["t1", "t2", "list"]), (rows) => rows.map(({ key, data }) => ({ key, data })).sort((a, b) => (a.key < b.key ? -1 : 1)));
  await ask("one with an old ETag", () => s.transaction(store, [upsert("t1", 10), upsert("text", "no", { etag: first })]));
  await ask("nothing of it was written", () => s.get(store, "t1"));
  await ask("an empty one", () => s.transaction(store, []));
  await ask("an operation that is none", () => s.transaction(store, [{ operation: "paint", request: { key: "t1" } }]));
  await ask("query", () => s.query(store, { filter: {}, sort: [], page: { limit: 2 } }));
}

async function events() {
  step = "events";
  const bus = dapr.pubsub;
  await ask("an object", () => bus.publish("bus", "plain", { n: 1, text: "ä" }));
  await heard("plain", 1);
  await ask("a text", () => bus.publish("bus", "plain", "just words"));
  await heard("plain", 2);
  await ask("a cloud event", () => bus.publish("bus", "plain", { specversion: "1.0", id: "1", source: "/me", type: "mine", datacontenttype: "application/json", data: { own: true } }, { contentType: "application/cloudevents+json" }));
  await heard("plain", 3);
  print("heard", came.plain);
  await ask("raw", () => bus.publish("bus", "raw", { raw: 1 }, { metadata: { rawPayload: "true" } }));
  await heard("raw", 1);
  print("heard raw", came.raw);
  await ask("several", () => bus.publishBulk("bus", "bulk", [{ entryID: "1", event: { n: 1 }, contentType: "application/json" }, "words", { n: 3 }]));
  await heard("bulk", 3);
  print("heard of several", sorted("bulk"));
  for (const [type, amount] of [["order.paid", 5], ["order.made", 500], ["order.made", 5]]) {
    await ask(`${type} ${amount}`, () => bus.publish("bus", "routed", { specversion: "1.0", id: `${type}${amount}`, source: "/me", type, data: { amount } }, { contentType: "application/cloudevents+json" }));
  }
  for (const path of ["/paid", "/large", "/other"]) { await heard(`routed${path}`, 1); print(`routed to ${path}`, sorted(`routed${path}`)); }
  await ask("one that is dropped", () => bus.publish("bus", "poison", { bad: true }));
  await heard("dead", 1);
  print("its way", [came.poison, came.dead]);
  await ask("one that is to come again", () => bus.publish("bus", "again", { n: 1 }));
  await heard("again", 3);
  print("how often", came.again.length);
  await ask("to a component that is not there", () => bus.publish("nobus", "plain", {}));
  await ask("several to a component that is not there", () => bus.publishBulk("nobus", "plain", [{ n: 1 }]));
}

async function calls() {
  step = "calls";
  const me = process.env.APP_ID;
  for (const [method, data] of [["GET"], ["POST", { n: 1 }], ["PUT", "words"], ["DELETE"], ["PATCH", [1, 2]]]) {
    await ask(`${method} echo`, () => dapr.invoker.invoke(me, "echo", HttpMethod[method], data, { headers: { "x-mark": "m" } }));
  }
  await ask("a query", () => dapr.invoker.invoke(me, "echo?a=1&b=%C3%A4", HttpMethod.GET));
  for (const path of ["teapot", "words", "nothing", "unknown"]) await ask(path, () => dapr.invoker.invoke(me, path, HttpMethod.GET));
  await ask("an application that is not there", () => dapr.invoker.invoke("nobody", "echo", HttpMethod.GET));
}

async function therest() {
  step = "secrets";
  await ask("one", () => dapr.secret.get("secrets", "key"));
  await ask("a nested one", () => dapr.secret.get("secrets", "outer:inner"));
  await ask("all", () => dapr.secret.getBulk("secrets"));
  await ask("one that is not there", () => dapr.secret.get("secrets", "none"));
  await ask("of a store that is not there", () => dapr.secret.get("nosecrets", "key"));
  step = "sidecar";
  await ask("healthy", () => dapr.health.isHealthy());
  await ask("set metadata", () => dapr.metadata.set("mood", "good"));
  await ask("metadata", () => dapr.metadata.get(), (m) => ({
    id: m.id, mood: m.extended.mood, components: m.components.map(({ name, type, version }) => `${name} ${type} ${version}`).sort(),
    subscriptions: m.subscriptions.map(({ pubsubname, topic, deadLetterTopic, rules }) => `${pubsubname} ${topic} ${deadLetterTopic} ${JSON.stringify(rules)}`).sort(),
  }));
  step = "building blocks that are not configured";
  await ask("lock", () => dapr.lock.lock("nolock", "thing", "me", 5));
  await ask("configuration", () => dapr.configuration.get("noconfig", ["a"]));
  await ask("binding", () => dapr.binding.send("nobinding", "create", {}));
  step = "shutdown";
  await ask("asked for", () => dapr.sidecar.shutdown());
  await until("it is gone", async () => !(await dapr.health.isHealthy()), 30);
  print("it is gone", true);
}

(async () => {
  await subscribe();
  await listenForCalls();
  await server.start();
  await until("the sidecar knows the application", async () => {
    const answer = await fetch(`http://127.0.0.1:${sidecarPort}/v1.0/healthz`).catch(() => null);
    return answer !== null && answer.status === 204;
  }, 30);
  for (const store of ["memory", "sqlite"]) await state(store);
  await events();
  await calls();
  await therest();
  process.exit(0);
})().catch((error) => { console.log(JSON.stringify({ step: `${step}: ended`, value: String(error.stack) })); process.exit(1); });
