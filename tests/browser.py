"""A headless Chromium for tests, spoken to by its DevTools protocol: what a page asks for, says and shows."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websocket

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(
    PROGRAM is None and "CI" not in os.environ, reason="headless Chromium is not installed on this machine"
)
"""In continuous integration a missing browser is a failure, never a skip."""

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
]


class Page:
    """One page of a browser.

    Attributes
    ----------
    asked : list of str
        Every address the page has asked for.
    errors : list of str
        What the console called an error, and exceptions nobody caught.
    """

    def __init__(self, address: str) -> None:
        self.line = websocket.create_connection(address, timeout=60, suppress_origin=True)
        self.number = 0
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.finished: list[str] = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self.number += 1
        number = self.number
        self.line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.line.recv())
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return dict(message["result"])
            self._note(message)

    def go(self, address: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=address)

    def value(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = 300) -> Any:
        """Wait until an expression is true in the page, and return its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.value(expression)
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"still not so after {seconds} s: {expression}; {self.errors}")

    def size(self, width: int, height: int) -> None:
        """Give the window a size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screenshot(self, path: Path, *, whole: bool = True) -> Path:
        """Take a picture of the page."""
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(picture["data"]))
        return path

    def click(self, selector: str) -> None:
        """Click on an element as a mouse does."""
        place = self.value(
            f"(()=>{{const e=document.querySelector({json.dumps(selector)});e.scrollIntoView({{block:'center'}});"
            "const b=e.getBoundingClientRect();return [b.x+b.width/2,b.y+b.height/2]})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file in a field of a form."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        field = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=field, files=[str(path)])

    def press(self, selector: str, key: str, times: int = 1) -> None:
        """Press a key with an element in focus."""
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        for _ in range(times):
            for kind in ("keyDown", "keyUp"):
                self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=CODES[key])

    def _note(self, message: dict[str, Any]) -> None:
        event, content = message.get("method"), message.get("params", {})
        if event in ("Network.requestWillBeSent",):
            self.asked.append(content["request"]["url"])
        elif event == "Network.webSocketCreated":
            self.asked.append(content["url"])
        elif event == "Runtime.exceptionThrown":
            details = content["exceptionDetails"]
            self.errors.append(str(details.get("exception", {}).get("description", details["text"])))
        elif event == "Runtime.consoleAPICalled" and content["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in content["args"]))
        elif event == "Log.entryAdded" and content["entry"]["level"] == "error":
            self.errors.append(f"{content['entry']['text']} {content['entry'].get('url', '')}")


CODES = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Enter": 13, "Tab": 9}


@contextmanager
def chromium(downloads: Path | None = None) -> Iterator[Page]:
    """Start a browser with a profile of its own and give its page; everything is gone afterwards."""
    assert PROGRAM is not None, "Chromium is not installed"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            note = Path(profile, "DevToolsActivePort")
            end = time.monotonic() + 60
            while not (note.is_file() and note.read_text().count("\n")):
                assert time.monotonic() < end and process.poll() is None, "Chromium does not start"
                time.sleep(0.1)
            port = note.read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                pages = json.loads(answer.read())
            page = Page(next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page"))
            if downloads is not None:
                page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
            try:
                yield page
            finally:
                page.line.close()
        finally:
            process.terminate()
            process.wait(30)
