"""What a new installation costs: packages, size on disk, time until the server answers, memory, time of --help.

python bench/start.py [--json FILE]

Installs the locked packages into a new virtual environment in a temporary folder, as `make setup` does, lets the server
index the handbook once, and starts it again on that folder. Needs the package index.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

from corpus import report

ROOT = Path(__file__).parents[1]
ROUNDS = 5
ASKED = 5
WAIT_S = 60.0


def install(folder: Path) -> dict[str, Any]:
    """The locked packages and ours in a new environment; `tools_mb` is what pip and setuptools take of `disk_mb`."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps"]
    for wanted in (["--require-hashes", "-r", str(ROOT / "requirements.lock")], [str(ROOT)]):
        subprocess.run([*pip, *wanted], check=True, stderr=subprocess.DEVNULL)
    count = "import importlib.metadata as m; print(len({d.name for d in m.distributions()}))"
    packages = subprocess.run([python, "-c", count], check=True, capture_output=True, text=True).stdout
    whole, tools = _disk_mb(folder), sum(map(_disk_mb, folder.glob("lib/python*/site-packages/[ps][ie][pt]*")))
    return {"packages": int(packages), "disk_mb": whole, "tools_mb": tools}


def serve(program: Path, data: Path) -> dict[str, float]:
    """Seconds until /health/ready answers, and resident memory before and after some questions, in MB."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    command = [str(program), "serve", "--port", str(port), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        while not _ready(address):
            if time.perf_counter() - began > WAIT_S:
                raise SystemExit("the server did not answer")
            time.sleep(0.01)
        ready = time.perf_counter() - began
        time.sleep(2.0)
        idle = _resident_mb(server.pid)
        for number in range(ASKED):
            _ask(address, f"How do I add documents? {number}")
        used = _resident_mb(server.pid)
        server.send_signal(signal.SIGTERM)
    return {"ready_s": ready, "idle_mb": idle, "used_mb": used}


def helps(program: Path, *words: str) -> float:
    """Median seconds of a --help."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([str(program), *words, "--help"], check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    return median(took)


def _disk_mb(folder: Path) -> float:
    found = subprocess.run(["du", "-sk", str(folder)], check=True, capture_output=True, text=True).stdout
    return int(found.split()[0]) / 1024


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=1) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _ask(address: str, question: str) -> None:
    body = json.dumps({"question": question}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/v1/collections/handbook/ask", body, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        reply.read()


def _resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ.pop("ANSWERABLE_DATA", None)
    with tempfile.TemporaryDirectory() as place:
        folder, data = Path(place) / "venv", Path(place) / "data"
        found: dict[str, Any] = install(folder)
        program = folder / "bin" / "answerable"
        found |= {"help_s": helps(program), "command_help_s": helps(program, "ask")}
        serve(program, data)
        rounds = [serve(program, data) for _ in range(ROUNDS)]
    found |= {name: median(one[name] for one in rounds) for name in rounds[0]}
    rows = [
        ["packages, with pip and ours", found["packages"]],
        ["size on disk, of which pip and setuptools", f"{found['disk_mb']:.0f}, {found['tools_mb']:.0f} MB"],
        ["`--help` / `ask --help`", f"{found['help_s']:.2f} / {found['command_help_s']:.2f} s"],
        ["server answers after", f"{found['ready_s']:.2f} s"],
        ["resident memory, idle / after questions", f"{found['idle_mb']:.0f} / {found['used_mb']:.0f} MB"],
    ]
    report("Start and size", ["what", "figure"], rows, found, options.json)


if __name__ == "__main__":
    main()
