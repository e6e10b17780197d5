"""Use the page at /docs in headless Chromium as people do, against the built task-server beside dev-sidecar.

It loads without an error and from nowhere else, shows every operation once, searches, follows links, sends requests with a token that it
keeps nowhere, gives requests as code that runs, is used by the keyboard alone, tells a screen reader what is what, and has contrast in both
themes. Screenshots are left in .build/docs_page. Exit 1 with the reason at the first thing that is not so. Chromium is driven through its
DevTools pipe (https://chromedevtools.github.io/devtools-protocol/), which needs no library.
"""

import base64
import contextlib
import fcntl
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from served import Fault, served

SHOTS = Path(".build/docs_page")
WEIGHT = 60_000  # bytes
ANSWER_SECONDS, WAIT_SECONDS = 30, 15
CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--remote-debugging-pipe", "--window-size=1280,900",
]


class Browser:
    """A Chromium of its own with one page."""

    def __init__(self, folder):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # Chromium reads commands from descriptor 3 and writes to 4; these may be among the pipes' own, so they move out of the way first.
        moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for descriptor in (commands, answers)]
        command = ["bash", "-c", f'exec "$@" 3<&{moved[0]} 4>&{moved[1]}', "bash", *CHROMIUM, f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=moved, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for descriptor in (commands, answers, *moved):
            os.close(descriptor)
        self.count, self.buffer, self.events, self.session = 0, b"", [], None
        target = next(t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits", "Accessibility"):
            self.send(f"{domain}.enable")

    def receive(self, seconds):
        """The next message; None when there is none in time."""
        deadline = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            read = os.read(self.answers, 1 << 20)
            if not read:
                raise Fault("Chromium ended")
            self.buffer += read
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def send(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters, **({"sessionId": self.session} if self.session else {})}
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while (answer := self.receive(ANSWER_SECONDS)) is not None:
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise Fault(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)
        raise Fault(f"Chromium did not answer {method} within {ANSWER_SECONDS} s")

    def ask(self, expression):
        """The value of an expression in the page."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise Fault(f"{expression}: {result['exceptionDetails']['exception'].get('description')}")
        return result["result"].get("value")

    def wait(self, expression, what):
        deadline = time.monotonic() + WAIT_SECONDS
        while not (value := self.ask(expression)):
            if time.monotonic() > deadline:
                raise Fault(f"{what}: not so after {WAIT_SECONDS} s")
            time.sleep(0.05)
        return value

    def key(self, key, code=None, text=None, modifiers=0):
        codes = {"Tab": 9, "Enter": 13, " ": 32, "/": 191}
        shared = {"key": key, "code": code or key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}
        self.send("Input.dispatchKeyEvent", type="keyDown", **shared, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **shared)

    def write(self, selector, text):
        """Replaces what stands in an input, as by typing."""
        self.ask(f"(() => {{ const input = document.querySelector({json.dumps(selector)}); input.focus(); input.select(); }})()")
        self.send("Input.insertText", text=text) if text else self.ask(
            f"(() => {{ const i = document.querySelector({json.dumps(selector)}); i.value = ''; i.dispatchEvent(new Event('input', {{bubbles: true}})); }})()")

    def open(self, url):
        self.send("Page.navigate", url="about:blank")
        self.events.clear()
        self.send("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && document.querySelectorAll('#nav a').length > 0", f"{url} is built")

    def shoot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        (SHOTS / f"{name}.png").write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def complaints(self):
        """What the browser reported since the page was opened: errors, warnings, what the policy refused."""
        self.ask("new Promise((done) => setTimeout(done, 100))")
        found = []
        for event in self.events:
            parameters = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(parameters["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            elif event.get("method") == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                found.append(f"console: {parameters['args']}")
            elif event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(f"{parameters['entry']['source']}: {parameters['entry']['text']}")
            elif event.get("method") == "Audits.issueAdded":
                found.append(json.dumps(parameters["issue"]))
        return found

    def loaded(self):
        """The addresses that were asked for since the page was opened."""
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]

    def close(self):
        with contextlib.suppress(Fault, OSError):
            self.session = None
            self.send("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def need(holds, what):
    if not holds:
        raise Fault(what)


def loads(browser, server, document):
    """The page is light, needs nothing but the document, and has every operation once."""
    with urllib.request.urlopen(f"{server.clients}/docs", timeout=10) as answer:
        page = answer.read()
    need(len(page) < WEIGHT, f"the page has {len(page)} bytes")
    browser.open(f"{server.clients}/docs")
    need(not (found := browser.complaints()), f"the browser complains: {found}")
    expected = [f"{server.clients}/docs", f"{server.clients}/openapi.json"]
    need((found := [url for url in browser.loaded() if not url.startswith("data:")]) == expected, f"it loaded {found}")
    paths = {path: set(item) for path, item in document["paths"].items()}
    once = [(path, m) for path, methods in paths.items() for m in methods
            if "{user_id}" not in path or m not in paths.get(path.replace("/{user_id}", ""), ())]
    shown = browser.ask("document.querySelectorAll('details.part:not([id^=schema-], [id^=error-])').length")
    need(shown == len(once), f"it shows {shown} operations, and not {len(once)}")
    need(browser.ask("document.querySelectorAll('#nav a').length") == len(once) + len(document["components"]["schemas"]) + len(document["x-error-codes"]), "its list is not whole")
    need("{user_id}" not in browser.ask("document.querySelector('main').innerText"), "it shows both families of paths")
    browser.shoot("light")
    print(f"{len(page)} bytes, {shown} operations of {sum(map(len, paths.values()))} rows, no complaint")


VISIBLE = "[...document.querySelectorAll('details.part')].filter((part) => part.checkVisibility()).map((part) => part.id)"


def searches(browser):
    """A search leaves what has all its words, and says how many; Enter opens the first."""
    every = browser.ask(VISIBLE)
    browser.ask("document.activeElement.blur()")
    browser.key("/", "Slash", "/")
    need(browser.ask("document.activeElement.id") == "search" and browser.ask("search.value") == "", "the key / does not lead to the search")
    browser.write("#search", "Task HISTORY")
    found = browser.ask(VISIBLE)
    need("getTaskHistory" in found and len(found) < len(every) / 2, f"'Task HISTORY' left {found}")
    need(browser.ask("document.querySelector('#status').textContent") == f"{len(found)} found.", "the number of hits is not said")
    browser.write("#search", "no such thing")
    need(browser.ask(VISIBLE) == [], "'no such thing' was found")
    browser.write("#search", "getTaskOfUser")
    browser.key("Enter", text="\r")
    browser.wait("document.querySelector('#getTask').open", "Enter opens what was found")
    browser.write("#search", "")
    need(browser.ask(VISIBLE) == every, "an empty search does not show all")
    print(f"the search left {len(found)} of {len(every)}")


def links(browser, server):
    """An address with an operation's id opens it; the id with the user's path is the same operation."""
    for name, part in (("completeTask", "completeTask"), ("completeTaskOfUser", "completeTask"), ("schema-Task", "schema-Task"), ("error-TASK_NOT_FOUND", "error-TASK_NOT_FOUND")):
        browser.open(f"{server.clients}/docs#{name}")
        browser.wait(f"document.getElementById({json.dumps(part)}).open", f"#{name} opens")
        need(browser.ask(f"document.activeElement.parentElement.id") == part, f"#{name} does not get the focus")
        need(browser.ask("location.hash") == f"#{name}", f"#{name} does not stay")
        box = browser.ask(f"document.getElementById({json.dumps(part)}).getBoundingClientRect().top")
        need(0 <= box < 900, f"#{name} is not in sight")
    browser.open(f"{server.clients}/docs#completeTaskOfUser")
    need(browser.ask("document.getElementById('completeTask-way').value") == "/api/{user_id}/tasks/{id}/complete", "the path of the link is not chosen")
    browser.ask("document.querySelector('#nav a[href=\"#listTasks\"]').click()")
    browser.wait("document.querySelector('#listTasks').open", "a link of the list opens")
    print("links open what they name")


def submit(browser, name):
    """Sends an open operation's request, and returns what the page says of the answer."""
    browser.ask(f"document.querySelector('#{name} button.send').click()")
    return browser.wait(f"document.querySelector('#{name} [role=status] .good, #{name} [role=status] .bad')?.textContent", f"{name} is answered")


def tries(browser, server, token):
    """Requests are sent with the token, which is kept nowhere."""
    browser.open(f"{server.clients}/docs#createTask")
    need(submit(browser, "createTask").startswith("401"), "a request without a token is not refused")
    browser.events.clear()
    browser.write("#token", token)
    for name, status in (("createTask", "201"), ("listTasks", "200"), ("getTask", "200"), ("completeTask", "200"), ("deleteTask", "204")):
        browser.ask(f"location.hash = '{name}'")
        browser.wait(f"!!document.querySelector('#{name} button.send')", f"{name} opens")
        need((answer := submit(browser, name)).startswith(status), f"{name} is answered {answer}, and not {status}")
        if name == "listTasks":
            browser.ask("document.querySelector('#listTasks [role=status]').scrollIntoView({block: 'center'})")
            browser.shoot("answer")
    need("Buy milk" in browser.ask("document.querySelector('#listTasks [role=status]').innerText"), "the answer is not shown")
    need(not (found := browser.complaints()), f"the browser complains: {found}")
    kept = browser.ask("JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie, history.state, document.documentElement.outerHTML])")
    need(token not in kept and token.split(".")[2] not in kept, "the token stands where it must not")
    need("Bearer $TOKEN" in kept, "the code does not name the token")
    browser.open(f"{server.clients}/docs")
    need(browser.ask("document.querySelector('#token').value") == "", "the token is still there after a reload")
    print("requests were sent with a token, which is gone after a reload")


def codes(browser, server, token):
    """What the page gives as curl, fetch and Swift does what it says."""
    browser.open(f"{server.clients}/docs#createTask")
    text = 'It\'s "quoted" \\ $HOME `x` \\(y) "# é'
    browser.write("#createTask-body", json.dumps({"title": text}))
    environment = {**os.environ, "TOKEN": token}
    with tempfile.TemporaryDirectory() as folder:
        for language, file, before, command in (
            ("curl", "x.sh", "", ["bash", "x.sh"]),
            ("fetch", "x.mjs", "const token = process.env.TOKEN;\n", ["node", "x.mjs"]),
            ("Swift", "main.swift", "", ["bash", "-c", "swiftc main.swift -o x && ./x"]),
        ):
            browser.ask(f"document.querySelector('#createTask input[value={language}]').click()")
            code = browser.ask("document.querySelector('#createTask form pre').textContent")
            if language == "Swift":
                code = code.replace("import Foundation\n", 'import Foundation\nlet token = ProcessInfo.processInfo.environment["TOKEN"] ?? ""\n', 1)
            Path(folder, file).write_text(before + code + "\n")
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
            answer = re.search(r"\{.*\}", done.stdout)
            need(done.returncode == 0 and answer and json.loads(answer[0]).get("title") == text, f"{language}: {done.stdout}{done.stderr}\n{code}")
    print("curl, fetch and Swift did what the page says")


FOCUSABLE = """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((e) => e.checkVisibility() && !(e.type === 'radio' && !e.checked))"""


def keyboard(browser, server):
    """Tab leads to everything in the order of the page, and shows where it is."""
    browser.open(f"{server.clients}/docs#createTask")
    browser.wait("!!document.querySelector('#createTask form')", "createTask opens")
    count = browser.ask(f"(window.stops = {FOCUSABLE}).length")
    browser.ask("document.querySelector('.skip').focus()")
    order, hidden = [], []
    for _ in range(count + 5):
        place, ring, name = browser.ask("""(() => { const e = document.activeElement, s = getComputedStyle(e);
            return [stops.indexOf(e), e.matches(':focus-visible') && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, e.outerHTML.slice(0, 80)]; })()""")
        if order and place == order[0]:
            break
        if place >= 0:
            order.append(place)
            if not ring and len(order) > 1:
                hidden.append(name)
        browser.key("Tab")
    missing = browser.ask(f"{json.dumps(sorted(set(range(count)) - set(order)))}.map((i) => stops[i].outerHTML.slice(0, 80))")
    need(not missing, f"Tab does not lead to {missing}")
    need(order == sorted(order), f"Tab goes through the page in another order: {order}")
    need(not hidden, f"the focus cannot be seen on {hidden}")
    browser.ask("document.querySelector('#deleteTask summary').focus()")
    browser.key("Enter", text="\r")
    browser.wait("document.querySelector('#deleteTask').open", "Enter opens an operation")
    print(f"Tab reached {count} places in order")


def reader(browser):
    """What a screen reader is given: landmarks, and a name for everything that can be used."""
    nodes = [node for node in browser.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    roles = {node["role"]["value"] for node in nodes}
    need({"banner", "navigation", "main", "search", "status", "heading"} <= roles, f"there are only {sorted(roles)}")
    nameless = [node["role"]["value"] for node in nodes if not node.get("name", {}).get("value")
                and any(p["name"] == "focusable" and p["value"]["value"] for p in node.get("properties", [])) and node["role"]["value"] != "main"]
    need(not nameless, f"these have no name: {nameless}")
    levels = browser.ask("[...document.querySelectorAll('h1, h2, h3, h4')].filter((h) => h.checkVisibility() && !h.closest('nav')).map((h) => +h.tagName[1])")
    need(levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"headings jump: {levels}")
    need(browser.ask("document.documentElement.lang") == "en", "the language is not said")
    print(f"{len(nodes)} nodes for a screen reader, all that can be used have names")


CONTRAST = """(() => {
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c.slice(0, 3); if (c[3] > 0) throw new Error('half transparent'); } return [255, 255, 255]; };
    const found = {};
    let least = 99, count = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
        const e = walker.currentNode;
        const speaks = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.matches('input, select, textarea');
        if (!speaks || !e.checkVisibility() || e.matches('script, style, noscript')) continue;
        const style = getComputedStyle(e), size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const [a, b] = [light(parse(style.color).slice(0, 3)), light(ground(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        count += 1;
        least = Math.min(least, ratio);
        if (ratio < (large ? 3 : 4.5)) found[e.outerHTML.slice(0, 80)] = ratio.toFixed(2);
    }
    return { found, least, count, ground: ground(document.body), light: light(ground(document.body)) };
})()"""


def themes(browser, server, token):
    """The theme is that of the system until somebody chooses one; text has contrast AA in both."""
    for system, chosen, dark in (("light", "", False), ("dark", "", True), ("dark", "light", False), ("light", "dark", True)):
        browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": system}])
        browser.open(f"{server.clients}/docs#createTask")
        browser.ask(f"(() => {{ const theme = document.querySelector('#theme'); theme.value = '{chosen}'; theme.dispatchEvent(new Event('change')); }})()")
        submit(browser, "createTask")
        browser.ask("document.querySelectorAll('#createTask details').forEach((part) => { part.open = true; })")
        seen = browser.ask(CONTRAST)
        need((seen["light"] < 0.2) == dark, f"a {system} system and '{chosen}' chosen give the ground {seen['ground']}")
        need(not seen["found"], f"too little contrast, {'dark' if dark else 'light'}: {seen['found']}")
        print(f"{system} system, {chosen or 'nothing'} chosen: {seen['count']} texts with a contrast of {seen['least']:.1f} and more")
        if system == "dark" and not chosen:
            browser.shoot("dark")
    browser.send("Emulation.setEmulatedMedia", features=[])


def narrow(browser, server):
    """It fits on a telephone."""
    browser.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=False)
    browser.open(f"{server.clients}/docs#createTask")
    browser.wait("!!document.querySelector('#createTask form')", "createTask opens")
    wide = browser.ask("document.documentElement.scrollWidth - innerWidth")
    browser.shoot("narrow")
    need(wide <= 0, f"it is {wide} pixels too wide for a telephone")
    browser.send("Emulation.clearDeviceMetricsOverride")
    print("fits on a telephone")


def main():
    if not shutil.which("chromium"):
        raise Fault("there is no chromium; scripts/setup ci installs it")
    with served() as server, tempfile.TemporaryDirectory() as folder:
        document, token = server.document(), server.token()
        browser = Browser(folder)
        try:
            loads(browser, server, document)
            searches(browser)
            links(browser, server)
            tries(browser, server, token)
            codes(browser, server, token)
            keyboard(browser, server)
            reader(browser)
            themes(browser, server, token)
            narrow(browser, server)
        except Fault:
            with contextlib.suppress(Fault, OSError):
                browser.shoot("failed")
            raise
        finally:
            browser.close()
    print(f"screenshots in {SHOTS}: {', '.join(sorted(path.name for path in SHOTS.glob('*.png')))}")


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(f"docs_page: {fault}")
