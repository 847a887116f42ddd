"""Takes the pictures of the README: an answer of the handbook with its source open, light and dark.

Usage: .venv/bin/python scripts/screenshots.py    (after `make dev web`; needs Chromium)

Runs a server of its own on a fresh data folder. The letters are those of the system's font; the pictures that are
checked in were taken with Debian's `fonts-inter` as that font.
"""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
QUESTION = "What happens when a document changes?"
START_S = 60.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--font-render-hinting=none"]
MOST_BYTES = 150_000


def main() -> None:
    """Take both pictures; an unfinished server or a picture that is too large ends in an error."""
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser_path is None:
        sys.exit("no Chromium is installed (on Debian: apt-get install chromium)")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        for scheme, name in (("light", "answer.png"), ("dark", "answer-dark.png")):
            picture = IMAGES / name
            take(browser, url, scheme, picture)
            size_bytes = picture.stat().st_size
            print(f"{picture.relative_to(ROOT)}: {size_bytes:,} bytes")
            assert size_bytes <= MOST_BYTES, f"{name} is larger than {MOST_BYTES:,} bytes"
        browser.close()


def take(browser: Any, url: str, scheme: str, picture: Path) -> None:
    """Ask, open the source of the last sentence and save what is seen, in 256 colours: a third of the bytes."""
    look = {"viewport": {"width": 1280, "height": 800}, "color_scheme": scheme, "reduced_motion": "reduce"}
    context = browser.new_context(base_url=url, device_scale_factor=1, **look)
    page = context.new_page()
    page.request.post(
        "/v1/collections/handbook/ask", data={"question": QUESTION}
    )  # warm: the time shown is a usual one
    page.goto("/?in=handbook")
    page.get_by_role("button", name=QUESTION, exact=True).click()
    turn = page.get_by_role("article", name=QUESTION)
    turn.get_by_role("region", name="Sources").wait_for()
    turn.locator("[data-cite]").last.click()
    page.get_by_role("complementary").locator("mark").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    page.screenshot(path=picture)
    context.close()
    with Image.open(picture) as full:
        flat = full.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    flat.save(picture, optimize=True)


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of a server that has just indexed the handbook into an empty folder."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="answerable-") as folder:
        command = [str(Path(sys.executable).with_name("answerable")), "serve", "--data", folder, "--port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when the server answers; it must do so within START_S seconds."""
    deadline = time.monotonic() + START_S
    while True:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{url}/health/ready", timeout=5).close()
            return
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, f"no answer within {START_S:.0f} s"
        time.sleep(0.1)


if __name__ == "__main__":
    main()
