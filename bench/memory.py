"""Memory of one worker over many requests: what it holds after the first ones, and after all of them.

python bench/memory.py [--requests 200000] [--warm 60000] [--json FILE]

Our server, every feature on, behind it a model that answers at once (`upstream.py`). Half of the requests ask something
new, half what was asked before; one in ten is a stream. The first `--warm` requests fill what is bounded (caches,
pools); the growth is measured from there on. The answers kept for the cache are 16 MB, which are full at 60,000
requests and no earlier: a run that counts from 20,000 on sees them fill (173.6 MB then, 198.3 at 60,000) and nothing
else. Resident memory is read while the server is idle, after each tenth of the way.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from corpus import report
from gateway import HERE, MODEL, UPSTREAM_PORT, ours, pinned

KINDS = (["--same"], [], ["--stream"])
SHARES = (0.5, 0.4, 0.1)


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB of a million bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("the server is gone")


def send(base: str, key: str, count: int) -> int:
    """`count` requests in the mix of KINDS; how many failed."""
    errors = 0
    for kind, share in zip(KINDS, SHARES, strict=True):
        command = [sys.executable, str(HERE / "load.py"), f"{base}/v1/chat/completions", MODEL, "--key", key]
        command += ["--warm-s", "0", "--requests", str(int(count * share)), *kind]
        done = subprocess.run(pinned(1, *command), capture_output=True, text=True, check=True)
        errors += int(json.loads(done.stdout)["errors"])
    return errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--warm", type=int, default=60_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-memory-")))
        model = subprocess.Popen(pinned(1, sys.executable, str(HERE / "upstream.py"), str(UPSTREAM_PORT)))
        stack.callback(model.wait)
        stack.callback(model.terminate)
        base, pid, key = ours(stack, folder)
        rows, errors = [("0", f"{resident_mb(pid):.1f}", "")], send(base, key, options.warm)
        time.sleep(2)
        warm = resident_mb(pid)
        rows.append((f"{options.warm:,}", f"{warm:.1f}", "0.0 %"))
        for step in range(1, 11):
            errors += send(base, key, options.requests // 10)
            time.sleep(2)
            now = resident_mb(pid)
            rows.append((f"{options.warm + options.requests * step // 10:,}", f"{now:.1f}", f"{now / warm - 1:+.1%}"))
    figures = {"requests": options.requests, "warm_mb": warm, "end_mb": now, "growth": now / warm - 1, "errors": errors}
    report("Memory of one worker", ["requests", "resident MB", "growth"], rows, {"memory": figures}, options.json)


if __name__ == "__main__":
    main()
