"use strict";
// The page at /docs. It reads /openapi.json and builds everything from it, element by element: text of the document is
// never markup. The token is in the input field and nowhere else.
(async () => {
  const byID = (id) => document.getElementById(id);
  const root = new URL(location.pathname.replace(/docs\/?$/, ""), location.origin);
  const methods = ["get", "post", "put", "patch", "delete", "head", "options"];
  const languages = { curl, fetch: script, Swift: swift };

  /** What a person chose, for all operations alike; `seen` has members of answers that paths ask for. */
  const state = { language: "curl", seen: {} };

  // MARK: Elements

  /** An element. Attributes that begin with `on` are listeners; children are nodes, texts, or nothing. */
  function el(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
    return element;
  }

  /** A text whose `parts` in backticks are code. */
  const prose = (text = "") => text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
  /** A text to scroll in and to copy from. */
  const code = (label, text) => el("pre", { tabindex: 0, role: "group", "aria-label": label }, el("code", {}, text));
  const pretty = (value) => JSON.stringify(value, null, 2);
  const say = (text) => { byID("status").textContent = text; };

  // MARK: The document

  let api;
  try {
    const answer = await fetch(new URL("openapi.json", root), { credentials: "omit" });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    api = await answer.json();
  } catch (error) {
    byID("main").append(el("p", { role: "alert" }, `openapi.json could not be read: ${error.message}. Reload the page to try again.`));
    return;
  }

  /** What a `$ref` leads to, or the value itself. */
  function resolve(value) {
    if (!value?.$ref) return value ?? {};
    return value.$ref.slice(2).split("/").reduce((found, part) => found[part.replace(/~1/g, "/").replace(/~0/g, "~")], api);
  }

  /** The operations; one that is also there with the user's id in the path is one, with two `ways`. */
  function operations() {
    const found = [];
    for (const [path, item] of Object.entries(api.paths)) {
      const plain = path.replace("/{user_id}", "");
      for (const method of methods.filter((method) => item[method])) {
        if (path !== plain && api.paths[plain]?.[method]) continue;
        const named = Object.keys(api.paths).filter((other) => other !== path && other.replace("/{user_id}", "") === path && api.paths[other][method]);
        const ways = [path, ...named].map((path) => ({ path, operation: api.paths[path][method] }));
        found.push({ method, ways, id: item[method].operationId, tag: item[method].tags[0] });
      }
    }
    return found;
  }

  // MARK: Schemas

  function typeOf(schema) {
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
    const types = [schema.type ?? []].flat().join(" or ");
    return [types, schema.format].filter(Boolean).join(", ");
  }

  function limitsOf(schema) {
    const range = (least, most, unit) => {
      if (least === undefined && most === undefined) return null;
      if (least === undefined) return `at most ${most}${unit}`;
      return most === undefined ? `at least ${least}${unit}` : `${least} to ${most}${unit}`;
    };
    return [
      range(schema.minLength, schema.maxLength, " characters"),
      range(schema.minimum, schema.maximum, ""),
      range(schema.minItems, schema.maxItems, " items"),
      schema.uniqueItems && "no item twice",
      schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
      schema.additionalProperties === false && "no other members",
    ].filter(Boolean).join("; ");
  }

  const schemaLink = (name) => el("a", { href: `#schema-${name}` }, `Schema ${name}`);

  /** A schema as a list item; `above` are the names of the schemas that it stands in. */
  function branch(name, schema, required, above) {
    const reference = schema.$ref?.split("/").pop();
    const circular = above.includes(reference);
    const within = reference ? [...above, reference] : above;
    const target = resolve(schema);
    const label = [
      name && el("code", {}, name), " ",
      el("span", { class: "dim" }, reference ?? typeOf(target)),
      required && el("strong", {}, " required"),
    ];
    const limits = limitsOf(target);
    const notes = [
      reference && [" ", schemaLink(reference)],
      limits && el("span", { class: "dim" }, ` ${limits}.`),
      target.pattern && [" ", el("span", { class: "dim" }, "matches ", el("code", {}, target.pattern))],
      (schema.description ?? target.description) && [" ", prose(schema.description ?? target.description)],
    ];
    const children = circular ? [] : branches(target, within);
    if (!children.length) return el("li", {}, label, notes);
    return el("li", {}, el("details", { open: above.length < 2 }, el("summary", {}, label), notes, el("ul", {}, children)));
  }

  function branches(schema, above) {
    const wanted = schema.required ?? [];
    return [
      Object.entries(schema.properties ?? {}).map(([name, member]) => branch(name, member, wanted.includes(name), above)),
      schema.items && branch("each item", schema.items, false, above),
      schema.additionalProperties && branch("any other member", schema.additionalProperties, false, above),
      ...["anyOf", "oneOf", "allOf"].map((key) =>
        (schema[key] ?? []).map((part, index) => branch(`${{ anyOf: "one of these", oneOf: "exactly one of these", allOf: "all of these" }[key]}, ${index + 1}`, part, false, above))),
      schema.not && branch("but not", schema.not, false, above),
    ].flat(Infinity).filter(Boolean);
  }

  const tree = (schema) => el("ul", { class: "tree" }, branch("", schema, false, []));

  // MARK: Requests as code

  const shell = (text) => `'${text.replace(/'/g, `'\\''`)}'`;

  /** A literal of Swift: raw where that spares escapes. */
  function swiftText(text) {
    if (/[\n\r]/.test(text)) return JSON.stringify(text).replace(/\\[bf]|\\u[0-9a-f]{4}/g, (escape) => `\\u{${{ b: "8", f: "C" }[escape[1]] ?? escape.slice(2)}}`);
    if (!/["\\]/.test(text)) return `"${text}"`;
    let marks = "#";
    while (text.includes(`"${marks}`) || text.includes(`\\${marks}`)) marks += "#";
    return `${marks}"${text}"${marks}`;
  }

  function compact(body) {
    try { return JSON.stringify(JSON.parse(body)); } catch { return body; }
  }

  function curl({ method, url, headers, body, secured }) {
    const parts = [`curl ${method === "GET" || (method === "POST" && body) ? "" : `-X ${method} `}${shell(url)}`];
    if (secured) parts.push('-H "Authorization: Bearer $TOKEN"');
    for (const [name, value] of headers) parts.push(`-H ${shell(`${name}: ${value}`)}`);
    if (body) parts.push(`-d ${shell(compact(body))}`);
    return parts.join(" \\\n  ");
  }

  function script({ method, url, headers, body, secured }) {
    const lines = headers.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
    if (secured) lines.unshift('    "Authorization": `Bearer ${token}`,');
    let text = `const response = await fetch(${JSON.stringify(url)}, {\n  method: "${method}",\n`;
    if (lines.length) text += `  headers: {\n${lines.join("\n")}\n  },\n`;
    if (body) text += `  body: ${JSON.stringify(compact(body))},\n`;
    return `${text}});\nconsole.log(response.status, await response.text());`;
  }

  function swift({ method, url, headers, body, secured }) {
    const lines = [
      "import Foundation", "#if canImport(FoundationNetworking)", "import FoundationNetworking", "#endif", "",
      `var request = URLRequest(url: URL(string: ${swiftText(url)})!)`, `request.httpMethod = "${method}"`,
    ];
    if (secured) lines.push('request.setValue("Bearer \\(token)", forHTTPHeaderField: "Authorization")');
    for (const [name, value] of headers) lines.push(`request.setValue(${swiftText(value)}, forHTTPHeaderField: "${name}")`);
    if (body) lines.push(`request.httpBody = Data(${swiftText(compact(body))}.utf8)`);
    return [...lines, "let (data, response) = try await URLSession.shared.data(for: request)", "print((response as! HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))"].join("\n");
  }

  // MARK: An operation

  /** The input for a parameter: a choice where the schema has one. */
  function input(parameter, id) {
    const schema = resolve(parameter.schema);
    const values = schema.enum ?? (schema.type === "boolean" ? [true, false] : null);
    const required = parameter.required === true;
    const shared = { id, required, "aria-describedby": `${id}-text` };
    if (values) return el("select", shared, !required && el("option", { value: "" }, "not sent"), values.map((value) => el("option", {}, String(value))));
    const value = required ? state.seen[parameter.name] ?? parameter.example ?? "" : "";
    return el("input", { ...shared, value, autocomplete: "off", spellcheck: "false", type: schema.type === "integer" ? "number" : "text" });
  }

  /** Gives a value of an answer to the paths that ask for it, unless a person wrote another. */
  function remember(name, value) {
    state.seen[name] = value;
    for (const view of Object.values(views)) {
      for (const { parameter, input } of view.inputs) {
        if (parameter.in !== "path" || parameter.name !== name || input.dataset.touched) continue;
        input.value = value;
        view.show();
      }
    }
  }

  /** What an operation shows when it is open. */
  class View {
    constructor(entry, holder) {
      Object.assign(this, { entry, holder, way: 0 });
      this.draw();
    }

    get operation() { return this.entry.ways[this.way].operation; }
    get secured() { return (this.operation.security ?? []).some((way) => "bearer" in way); }
    /** Whether a page may send it: what only the sidecar calls is refused to pages. */
    get sendable() { return !(this.operation.security ?? []).some((way) => "appAPIToken" in way); }

    draw() {
      const { operation, entry } = this;
      const id = entry.id;
      this.inputs = (operation.parameters ?? []).map(resolve).map((parameter, index) => ({ parameter, input: input(parameter, `${id}-${index}`) }));
      const content = Object.entries(resolve(operation.requestBody).content ?? {});
      const example = content.map(([, media]) => media.example).find((value) => value !== undefined);
      this.body = content.length ? el("textarea", { id: `${id}-body`, spellcheck: "false", "aria-describedby": `${id}-type` }) : null;
      if (this.body) this.body.value = pretty(example ?? {});
      this.type = content[0]?.[0];
      this.sample = code("Request as code", "");
      this.answer = el("div", { role: "status", "aria-label": "Answer" });
      const form = el("form", { onsubmit: (event) => { event.preventDefault(); if (this.sendable) this.send(); }, oninput: (event) => { event.target.dataset.touched = ""; this.show(); } },
        entry.ways.length > 1 && this.wayChoice(),
        this.inputs.length > 0 && [el("h4", {}, "Parameters"), this.inputs.map(({ parameter, input }) => this.field(parameter, input))],
        this.body && [
          el("h4", {}, el("label", { for: `${id}-body` }, "Body")),
          el("p", { class: "dim", id: `${id}-type` }, content.map(([type]) => type).join(" or "), operation.requestBody.required ? ", required" : ""),
          this.body, tree(content[0][1].schema ?? {}),
        ],
        el("h4", {}, "Request"), this.languageChoice(), this.sample,
        el("div", { class: "row" },
          this.sendable && el("button", { class: "send" }, "Send"),
          el("button", { type: "button", onclick: () => this.copy() }, "Copy"),
          el("span", { class: "dim" }, this.sendable
            ? this.secured ? "Sent with the token above; the code names it and does not hold it." : "Needs no token."
            : "Only the sidecar sends this; a page would be refused.")));
      this.holder.replaceChildren(...[
        ...(operation.description ? [el("p", {}, prose(operation.description))] : []), form, this.answer,
        el("h4", {}, "Answers"), el("ul", { class: "answers" }, Object.entries(operation.responses).map(([status, answer]) => this.documented(status, resolve(answer)))),
      ]);
      this.show();
    }

    field(parameter, input) {
      const schema = resolve(parameter.schema);
      return el("div", { class: "field" },
        el("label", { for: input.id }, el("code", {}, parameter.name), " ", el("span", { class: "dim" }, parameter.in, parameter.required ? ", required" : "")),
        el("div", {}, input, el("p", { id: `${input.id}-text` }, prose(parameter.description), " ", [schema.enum || schema.type === "string" && !schema.format ? "" : typeOf(schema), limitsOf(schema)].filter(Boolean).join("; "))));
    }

    /** The two paths of an operation: it is the same with the user's id in the path and without. */
    wayChoice() {
      const id = `${this.entry.id}-way`;
      return el("div", { class: "field" }, el("label", { for: id }, "Path"),
        el("div", {},
          el("select", { id, onchange: (event) => { this.way = event.target.selectedIndex; this.draw(); byID(id).focus(); } },
            this.entry.ways.map(({ path }, index) => el("option", { selected: index === this.way }, path))),
          el("p", {}, "Both do the same; ", el("code", {}, "user_id"), " must be the subject of the token. With it the operation is ", el("code", {}, this.entry.ways[1].operation.operationId), ".")));
    }

    languageChoice() {
      return el("fieldset", {}, el("legend", { class: "unseen" }, "Language of the request"), Object.keys(languages).map((language) =>
        el("label", {}, el("input", {
          type: "radio", name: `${this.entry.id}-language`, value: language, checked: language === state.language,
          onchange: () => { state.language = language; this.show(); },
        }), ` ${language}`)));
    }

    /** The request as the form has it now; what is still missing in the path stands there by its name. */
    request() {
      let path = this.entry.ways[this.way].path;
      const [query, headers] = [[], []];
      for (const { parameter: { name, in: place }, input: { value } } of this.inputs) {
        if (value === "") continue;
        if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
        else if (place === "query") query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
        else headers.push([name, value]);
      }
      const body = this.body?.value.trim();
      if (body) headers.push(["Content-Type", this.type]);
      const url = root.href.replace(/\/$/, "") + path + (query.length ? `?${query.join("&")}` : "");
      return { method: this.entry.method.toUpperCase(), url, headers, body, secured: this.secured };
    }

    show() {
      for (const radio of this.holder.querySelectorAll("input[type=radio]")) radio.checked = radio.value === state.language;
      this.sample.firstChild.textContent = languages[state.language](this.request());
    }

    async copy() {
      try {
        await navigator.clipboard.writeText(this.sample.textContent);
        say("Copied.");
      } catch {
        getSelection().selectAllChildren(this.sample);
        say("Selected; press Ctrl+C or Command+C to copy.");
      }
    }

    async send() {
      const { method, url, headers, body, secured } = this.request();
      const token = byID("token").value.trim();
      if (secured && token) headers.push(["Authorization", `Bearer ${token}`]);
      this.answer.replaceChildren(el("p", {}, "Waiting for the answer…"));
      const start = performance.now();
      try {
        const response = await fetch(url, { method, headers, body: body || undefined, credentials: "omit", cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(30_000) });
        const text = await response.text();
        this.present(response, text, Math.round(performance.now() - start));
      } catch (error) {
        this.answer.replaceChildren(el("p", { class: "bad" }, error.name === "TimeoutError" ? "No answer within 30 s." : `The request could not be sent: ${error.message}.`));
      }
    }

    present(response, text, milliseconds) {
      let shown = text;
      if (/\bjson\b/.test(response.headers.get("Content-Type"))) {
        try {
          const value = JSON.parse(text);
          shown = pretty(value);
          for (const name of ["id", "user_id"]) if (typeof value?.[name] === "string") remember(name, value[name]);
        } catch { /* Shown as it came. */ }
      }
      const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      const known = this.operation.responses[response.status];
      this.answer.replaceChildren(
        el("h4", {}, "Answer"),
        el("p", {}, el("span", { class: response.ok || response.status === 304 ? "good" : "bad" }, `${response.status} ${response.statusText}`), ` after ${milliseconds} ms. `, prose(resolve(known).description)),
        shown ? code("Body of the answer", shown) : el("p", { class: "dim" }, "No body."),
        el("details", {}, el("summary", {}, "Headers"), code("Headers of the answer", headers)));
    }

    documented(status, answer) {
      const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
      const named = Object.entries(answer.headers ?? {});
      return el("li", {}, el("details", {},
        el("summary", {}, el("strong", { class: status < "400" ? "good" : "bad" }, status), " ", prose(answer.description)),
        type && el("p", { class: "dim" }, type),
        // All refusals have one form: it is linked to, and not repeated with each.
        media?.schema && (status < "400" || !media.schema.$ref ? tree(media.schema) : el("p", {}, schemaLink(media.schema.$ref.split("/").pop()))),
        media?.example !== undefined && [el("p", { class: "dim" }, "For example:"), code("Example", typeof media.example === "string" ? media.example : pretty(media.example))],
        named.length > 0 && [el("p", { class: "dim" }, "Headers:"), el("ul", { class: "tree" }, named.map(([name, header]) => el("li", {}, el("code", {}, name), " ", prose(resolve(header).description))))]));
    }
  }

  // MARK: The page

  /** A part of the page that opens; `fill` is called when it does so for the first time. */
  function part(id, label, fill) {
    const holder = el("div");
    const details = el("details", {
      class: "part", id, ontoggle: () => {
        if (!details.open) return;
        details.fill();
        if (named()?.details !== details) history.replaceState(null, "", `#${id}`);
      },
    }, el("summary", {}, label), holder);
    details.fill = () => { if (!holder.hasChildNodes()) fill(holder); };
    return details;
  }

  const method = (name) => el("span", { class: `method ${name}` }, name.toUpperCase());
  const all = operations();
  const views = {};
  const sections = [];
  for (const tag of api.tags ?? []) {
    const rows = all.filter((entry) => entry.tag === tag.name).map((entry) => {
      const { path, operation } = entry.ways[0];
      const shown = part(entry.id, el("h3", {}, method(entry.method), " ", el("code", {}, path), " ", operation.summary), (holder) => { views[entry.id] = new View(entry, holder); });
      const link = el("li", {}, el("a", { href: `#${entry.id}` }, method(entry.method), el("span", {}, operation.summary)));
      const words = [entry.method, tag.name, operation.summary, operation.description, ...entry.ways.flatMap((way) => [way.path, way.operation.operationId]), ...(operation.parameters ?? []).map((parameter) => resolve(parameter).name)];
      return { shown, link, words: words.join(" ").toLowerCase() };
    });
    sections.push({ name: tag.name, description: tag.description, rows });
  }
  sections.push({
    name: "schemas", description: "What bodies look like.", rows: Object.entries(api.components?.schemas ?? {}).map(([name, schema]) => ({
      shown: part(`schema-${name}`, el("h3", {}, el("code", {}, name), " ", prose(schema.description)), (holder) => holder.append(tree(schema))),
      link: el("li", {}, el("a", { href: `#schema-${name}` }, name)),
      words: `schema ${name} ${schema.description ?? ""}`.toLowerCase(),
    })),
  });
  sections.push({
    name: "errors", description: "What `code` in a refusal means, and what to do about it.", rows: (api["x-error-codes"] ?? []).map((error) => ({
      shown: part(`error-${error.code}`, el("h3", {}, el("strong", { class: "bad" }, String(error.status)), " ", el("code", {}, error.code), " ", prose(error.meaning)),
        (holder) => holder.append(el("p", {}, prose(error.remedy)), el("p", { class: "dim" }, "For example:"), code("Example", pretty(error.example)))),
      link: el("li", {}, el("a", { href: `#error-${error.code}` }, error.code)),
      words: `error ${error.status} ${error.code} ${error.meaning} ${error.remedy}`.toLowerCase(),
    })),
  });
  for (const section of sections) {
    section.place = el("section", { "aria-labelledby": `tag-${section.name}` }, el("h2", { id: `tag-${section.name}` }, section.name), el("p", {}, prose(section.description)), section.rows.map((row) => row.shown));
    section.list = el("div", {}, el("h2", {}, section.name), el("ul", {}, section.rows.map((row) => row.link)));
  }
  byID("about").append(...prose(api.info.description), ` Version ${api.info.version}.`);
  byID("main").append(...sections.map((section) => section.place));
  byID("nav").append(...sections.map((section) => section.list));

  /** What the address names: an operation by one of its ids, a schema, or a code of errors. */
  function named() {
    const id = location.hash.slice(1);
    const entry = all.find((entry) => entry.ways.some((way) => way.operation.operationId === id));
    const details = byID(entry?.id ?? id);
    return details?.matches("details.part") ? { details, entry, way: entry?.ways.findIndex((way) => way.operation.operationId === id) } : null;
  }

  function follow() {
    const { details, entry, way } = named() ?? {};
    if (!details) return;
    details.fill();
    if (entry && views[entry.id].way !== way) Object.assign(views[entry.id], { way }).draw();
    details.open = true;
    if (details.hidden) {
      search.value = "";
      filter();
    }
    details.scrollIntoView();
    details.querySelector("summary").focus();
  }

  const search = byID("search");
  /** Leaves what has all words of the search. */
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const section of sections) {
      for (const row of section.rows) {
        const found = words.every((word) => row.words.includes(word));
        row.shown.hidden = row.link.hidden = !found;
        count += found;
      }
      section.place.hidden = section.list.hidden = section.rows.every((row) => row.shown.hidden);
    }
    say(words.length ? `${count} found.` : "");
  }
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    const first = sections.flatMap((section) => section.rows).find((row) => !row.shown.hidden);
    if (event.key === "Enter" && first) location.hash = first.shown.id;
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    search.focus();
  });

  byID("theme").addEventListener("change", (event) => { document.documentElement.dataset.theme = event.target.value; });

  addEventListener("hashchange", follow);
  // A link to where the page is already changes no address, but may have to open what was closed.
  addEventListener("click", (event) => { if (event.target.closest("a")?.hash === location.hash) follow(); });
  follow();
})();
