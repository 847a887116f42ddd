"""The gateway under load, every feature on, beside a bare pass-through and LiteLLM's proxy in one run.

python bench/gateway.py [--seconds 5] [--peers bare,litellm] [--json FILE]

One worker each, pinned to the first core; load (`load.py`) and model (`upstream.py`, answers at once) share the second.
Prompts of 1 KB, all different. Ours has accounts, limits, guards, the exact cache (missed), ledger, metrics and the log
line on. The bare peer is Starlette and aiohttp and does nothing but pass on. LiteLLM is installed into bench/.venv from
PyPI the first time; where that fails it is left out with a message.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from corpus import report

HERE = Path(__file__).parent
MODEL = "bench"
LITELLM = "litellm[proxy]==1.105.1"
UPSTREAM_PORT = 9310
_SHOWN = ("cpu_us", "p50_ms", "p99_ms", "p50_first_ms")
CASES: dict[str, list[str]] = {
    "1 connection": ["--connections", "1"],
    "32 connections": ["--connections", "32"],
    "256 connections": ["--connections", "256"],
    "32 streams of 50 chunks": ["--connections", "32", "--stream"],
    "32, the same prompt (cache hits)": ["--connections", "32", "--same"],
}
MODELS = f"""[models."{MODEL}"]
provider = "openai"
base_url = "http://127.0.0.1:{UPSTREAM_PORT}/v1"
usd_per_million_input = 0.5
usd_per_million_output = 1.5
"""
POLICIES = """[limits.each_address]
requests_per_hour = 1_000_000_000
"""
"""Counted like any other limit, and out of reach: the load comes from one address."""

BARE = f"""
import aiohttp
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

session = None


async def chat(request):
    global session
    session = session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    body = await request.body()
    reply = await session.post(
        "http://127.0.0.1:{UPSTREAM_PORT}/v1/chat/completions",
        data=body,
        headers={{"content-type": "application/json"}},
    )
    if reply.content_type == "text/event-stream":
        return StreamingResponse(reply.content.iter_any(), media_type="text/event-stream")
    return Response(await reply.read(), status_code=reply.status, media_type="application/json")


app = Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])
"""
PROXY = f"""model_list:
  - model_name: {MODEL}
    litellm_params: {{model: openai/{MODEL}, api_base: "http://127.0.0.1:{UPSTREAM_PORT}/v1", api_key: none}}
litellm_settings: {{telemetry: false}}
"""


def pinned(core: int, *command: str) -> list[str]:
    """The command on one core, where the machine has two and `taskset`."""
    usable = (os.cpu_count() or 1) > core and Path("/usr/bin/taskset").exists()
    return ["taskset", "-c", str(core), *command] if usable else list(command)


def started(stack: ExitStack, command: Sequence[str], health: str, **env: str) -> int:
    """Start a server, wait until it answers, stop it with the stack; its process id."""
    process = subprocess.Popen(
        pinned(0, *command), env=os.environ | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def stop() -> None:
        process.terminate()
        process.wait(20)

    stack.callback(stop)
    for _ in range(240):
        try:
            with urllib.request.urlopen(health, timeout=2):
                return process.pid
        except urllib.error.HTTPError:
            return process.pid
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{command[0]} did not start")


def ours(stack: ExitStack, folder: Path, models: str = MODELS, policies: str = POLICIES) -> tuple[str, int, str]:
    """Our server with accounts and an API key: address, process, key."""
    data = folder / "data"
    data.mkdir()
    (data / "models.toml").write_text(models)
    (data / "policies.toml").write_text(policies)
    env = {"ANSWERABLE_ACCOUNTS": "on", "ANSWERABLE_DATA": str(data)}
    run = [sys.executable, "-m", "answerable"]
    base = "http://127.0.0.1:9311"
    pid = started(stack, [*run, "serve", "--port", "9311", "--no-handbook"], f"{base}/health/live", **env)
    user = ["--role", "member", "--tier", "enterprise", "--json"]
    add = [*run, "users", "add", "bench@example.com", *user]
    subprocess.run(add, env=os.environ | env, check=True, capture_output=True)
    create = [*run, "keys", "create", "--user", "bench@example.com", "--json"]
    made = subprocess.run(create, env=os.environ | env, check=True, capture_output=True, text=True)
    return base, pid, str(json.loads(made.stdout)["key"])


def bare(stack: ExitStack, folder: Path) -> tuple[str, int, str]:
    """Starlette and aiohttp, nothing else."""
    (folder / "bare.py").write_text(BARE)
    options = ["--port", "9312", "--no-access-log", "--log-level", "warning", "--app-dir", str(folder)]
    base = "http://127.0.0.1:9312"
    return base, started(stack, [sys.executable, "-m", "uvicorn", "bare:app", *options], base), ""


def litellm(stack: ExitStack, folder: Path) -> tuple[str, int, str] | None:
    """LiteLLM's proxy without a database; None where it cannot be installed."""
    python = HERE / ".venv" / "bin" / "python"
    if not (HERE / ".venv" / "bin" / "litellm").exists():
        print("installing LiteLLM into bench/.venv ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(HERE / ".venv")], check=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "-q", LITELLM], check=False)
        if done.returncode:
            print("LiteLLM could not be installed: left out", file=sys.stderr)
            return None
    (folder / "proxy.yaml").write_text(PROXY)
    command = [str(HERE / ".venv" / "bin" / "litellm"), "--config", str(folder / "proxy.yaml"), "--port", "9313"]
    base = "http://127.0.0.1:9313"
    local = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "NO_DOCS": "True"}
    local["LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"] = "true"  # as the others: nobody signs in
    return base, started(stack, [*command, "--host", "127.0.0.1"], f"{base}/health/liveliness", **local), ""


def measure(base: str, pid: int, key: str, more: Sequence[str], seconds: float) -> dict[str, float]:
    """One case on one server."""
    command = [sys.executable, str(HERE / "load.py"), f"{base}/v1/chat/completions", MODEL, "--pid", str(pid)]
    command += ["--key", key or "none", "--seconds", str(seconds), *more]
    done = subprocess.run(pinned(1, *command), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@contextmanager
def alone(name: str, servers: Mapping[str, tuple[str, int, str] | None]) -> Iterator[None]:
    """The other servers hold still: they share the core, and one of them is never quite idle."""
    others = [server[1] for other, server in servers.items() if server is not None and other != name]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--peers", default="bare,litellm")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-bench-")))
        model = subprocess.Popen(pinned(1, sys.executable, str(HERE / "upstream.py"), str(UPSTREAM_PORT)))
        stack.callback(model.wait)
        stack.callback(model.terminate)
        servers: dict[str, tuple[str, int, str] | None] = {"ours": ours(stack, folder)}
        peers = {"bare": bare, "litellm": litellm}
        servers |= {name: peers[name](stack, folder) for name in options.peers.split(",") if name}
        cases = CASES | {f"{options.rate:.0f} a second": ["--connections", "64", "--rate", str(options.rate)]}
        for case, more in cases.items():
            for name, server in servers.items():
                slow = name == "litellm" and "a second" in case
                if server is not None and not slow:
                    with alone(name, servers):
                        figures.setdefault(case, {})[name] = measure(*server, more, options.seconds)
    rows = [
        [case, name, f"{f['requests_a_second']:,.0f}", *(f.get(one, "-") for one in _SHOWN), f"{f['errors']:.0f}"]
        for case, by_server in figures.items()
        for name, f in by_server.items()
    ]
    head = ["case", "server", "requests/s", "CPU us", "p50 ms", "p99 ms", "first p50 ms", "errors"]
    report("Gateway", head, rows, {"gateway": figures}, options.json)


if __name__ == "__main__":
    main()
