#!/usr/bin/env python3
"""Opens a page of `lambda-slim report --format html` in a real browser and uses it as a person would.

    python3 tests/browser/report_page.py PAGE [--pictures FOLDER] [--browser chromium]

It fails if the browser says anything on its console, if the page asks for anything but itself, or if the map, the
search, the toggle, the way in and out or the switch of colours do not do what they are for. It needs Chromium and
nothing else: the browser is driven through its debugging pipe.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# A slow machine draws slowly; a page that hangs must fail.
DEADLINE_SECONDS = 120


class Browser:
    """Chromium without a window, driven by messages that end with a zero byte."""

    def __init__(self, program, profile):
        commands, self.to_browser = os.pipe()
        self.from_browser, answers = os.pipe()
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={profile}",
            "--remote-debugging-pipe", "about:blank",
        ]
        # The browser reads commands from descriptor 3 and answers on descriptor 4, so it gets them by these numbers.
        shell = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        self.process = subprocess.Popen(
            ["sh", "-c", shell, program, *options],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self.rest, self.number, self.session, self.events = b"", 0, None, []

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            answer = self.read()
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]
        raise TimeoutError(method)

    def read(self):
        while b"\0" not in self.rest:
            chunk = os.read(self.from_browser, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser ended")
            self.rest += chunk
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, width, height):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_for(self, script):
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            value = self.evaluate(script)
            if value:
                return value
            time.sleep(0.05)
        raise TimeoutError(script)

    def press(self, key, text=None):
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def click(self, selector):
        place = self.evaluate(
            f"(() => {{ const at = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [at.left + Math.min(20, at.width / 2), at.top + Math.min(8, at.height / 2)]; })()"
        )
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))
        print(f"wrote {path}")

    def complaints(self):
        """What a developer would see in red, and every request for something else than the page."""
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                found.append(details.get("exception", {}).get("description", details["text"]))
            elif method == "Runtime.consoleAPICalled":
                found.append(f"console: {parameters['args']}")
            elif method == "Log.entryAdded":
                found.append(parameters["entry"]["text"])
            elif method == "Network.requestWillBeSent":
                address = parameters["request"]["url"]
                if not address.startswith(("file:", "data:", "about:")):
                    found.append(f"asked for {address}")
        return found

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (OSError, RuntimeError):
            pass
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


CELLS = "document.querySelectorAll('#map .cell').length"
BOXES = "document.querySelectorAll('#map > .cell').length"
STATUS = "document.querySelector('#status').textContent"
PRESSED = "document.querySelector('#%s [aria-pressed=true]').dataset.value"
HITS = "[...document.querySelectorAll('#map .cell')].filter(cell => !cell.classList.contains('dim')).length"


def expect(holds, what):
    if not holds:
        raise AssertionError(what)
    print(f"ok: {what}")


def use(browser):
    """Everything that the page promises, in the order of a first visit."""
    data = "JSON.parse(document.querySelector('#data').textContent)"
    is_compared = browser.evaluate(f"{data}.before !== null")
    is_offered = browser.evaluate("document.querySelector('#view').getClientRects().length > 0")
    expect(is_offered == is_compared, "there is a toggle where there is something to compare")
    all_cells = browser.evaluate(CELLS)
    expect(0 < all_cells < 8000, f"the map has {all_cells} boxes")
    for table in ("packages", "files"):
        expect(browser.evaluate(f"document.querySelector('#{table}').tBodies[0].rows.length > 0"), f"{table} are listed")
    list_more(browser)
    search(browser)
    if is_compared:
        toggle(browser)
    travel(browser)
    hide(browser)


def list_more(browser):
    rows = "document.querySelector('#files').tBodies[0].rows.length"
    before = browser.evaluate(rows)
    if browser.evaluate("document.querySelector('#files + .more .link') === null"):
        return
    browser.evaluate("document.querySelector('#files + .more .link').click()")
    expect(browser.evaluate(rows) > before, "more files can be listed")


def search(browser):
    path = browser.evaluate("document.querySelector('#files td.path').textContent")
    browser.press("/", "/")
    expect(browser.evaluate("document.activeElement.id") == "search", "`/` goes to the search")
    browser.call("Input.insertText", text=path.rsplit("/", 1)[-1].upper())
    browser.wait_for(f"/ match/.test({STATUS})")
    expect(browser.evaluate("document.querySelector('#files td.path').textContent") == path, "a file is found by its name")
    expect(0 < browser.evaluate(HITS) < browser.evaluate(CELLS), "other boxes are dimmed")
    browser.press("Escape")
    expect(not browser.evaluate("document.querySelector('#search').value"), "Escape ends the search")
    expect(browser.evaluate(HITS) == browser.evaluate(CELLS), "no box is dimmed")


def toggle(browser):
    expect(browser.evaluate(PRESSED % "view") == "after", "the page opens with the package as it is")
    after = browser.evaluate(STATUS)
    browser.click("#view [data-value=before]")
    expect(browser.evaluate(PRESSED % "view") == "before", "the toggle shows the package as it was")
    expect(browser.evaluate(STATUS) != after, "the package was another one")
    expect("view=before" in browser.evaluate("location.hash"), "the view stands in the address")
    browser.click("#view [data-value=after]")
    expect(browser.evaluate(STATUS) == after, "the toggle goes back")


def travel(browser):
    trail = "document.querySelector('#trail').textContent"
    browser.evaluate("document.querySelector('#map .cell[tabindex=\"0\"]').focus()")
    name = browser.evaluate("document.activeElement.getAttribute('aria-label')")
    browser.press("Enter", "\r")
    inside = browser.evaluate(trail)
    expect(inside != "all", f"Enter goes into `{name.split(',')[0]}`")
    expect(browser.evaluate("document.activeElement.classList.contains('cell')"), "the focus stays on the map")
    browser.press("Escape")
    expect(browser.evaluate(trail) == "all", "Escape goes out")
    expect(browser.evaluate("document.activeElement.getAttribute('aria-label')") == name, "the focus is where it was")
    browser.press("ArrowRight")
    browser.press("ArrowDown")
    moved = browser.evaluate("document.activeElement.getAttribute('aria-label')") != name
    expect(moved or browser.evaluate(BOXES) == 1, "arrows move the focus")
    browser.click("#packages tbody .link")
    expect(browser.evaluate(trail) != "all", "a package of the table opens on the map")
    browser.click("#trail button")
    expect(browser.evaluate(trail) == "all", "the trail leads back")


def hide(browser):
    before = browser.evaluate(STATUS)
    browser.click("#packages tbody input")
    expect(browser.evaluate(STATUS) != before, "a package can be hidden")
    browser.click("#packages tbody input")
    expect(browser.evaluate(STATUS) == before, "and shown again")


def resize(browser):
    lowest = ("(() => { const map = document.querySelector('#map'), cells = [...map.querySelectorAll('.cell')];"
              "const ends = cells.map(cell => cell.getBoundingClientRect().bottom);"
              "return Math.abs(map.getBoundingClientRect().bottom - Math.max(...ends)) < 4; })()")
    for height in (1000, 600, 800):
        browser.resize(1280, height)
        browser.wait_for(lowest)
        expect(browser.evaluate(lowest), f"the map fills its place in a window {height} high")


def show(browser, theme):
    browser.click(f"#theme [data-value={theme}]")
    expect(browser.evaluate(PRESSED % "theme") == theme, f"{theme} colours")
    browser.evaluate("document.activeElement.blur(); document.querySelector('#tip').hidden = true; scrollTo(0, 0)")


def take_pictures(browser, folder):
    folder.mkdir(parents=True, exist_ok=True)
    views = ["after"]
    if browser.evaluate("!document.querySelector('#view').hidden"):
        views.append("before")
    for theme in ("light", "dark"):
        show(browser, theme)
        for view in views:
            if len(views) > 1:
                browser.click(f"#view [data-value={view}]")
                browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=2, y=2)
            browser.picture(folder / f"report-{view}-{theme}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where pictures for light and dark go")
    parser.add_argument("--browser", default="chromium", help="the program to start")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(arguments.browser, profile)
        try:
            browser.open(1280, 800)
            browser.call("Page.navigate", url=arguments.page.resolve().as_uri())
            ready = browser.wait_for("document.documentElement?.dataset.ready")
            size = arguments.page.stat().st_size
            print(f"{size} bytes, drawn {ready} ms after the page was opened")
            use(browser)
            resize(browser)
            for theme in ("light", "dark"):
                show(browser, theme)
            if arguments.pictures:
                take_pictures(browser, arguments.pictures)
            found = browser.complaints()
            expect(not found, "the console is quiet and nothing was loaded" if not found else "\n".join(found))
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
