"""OpenAI's SDK for Node (tests/clients/node) against the real server. Needs Node and the package: `make test` installs
both, from PyPI and npm, where they are missing.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import GREETING, USAGE, WEATHER, Gateway

FOLDER = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def found(gateway: Gateway) -> dict[str, Any]:
    """What the probe printed."""
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.prefix) / "bin"))
    if node is None:
        pytest.skip("no Node: `make test` installs it")
    if not (FOLDER / "node_modules" / "openai").is_dir():
        pytest.skip("the npm package `openai` is not installed: `make test` installs it")
    command = [node, str(FOLDER / "probe.mjs"), gateway.base_url, gateway.keys["ann"], gateway.keys["hasty-node"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def test_replies_come_plain_and_streamed(found: dict[str, Any]) -> None:
    assert (found["plain"], found["streamed"], found["tokens"]) == (GREETING, GREETING, USAGE["total_tokens"])
    assert found["routed"] == "remote"


def test_a_tool_call_makes_the_round_trip(found: dict[str, Any]) -> None:
    assert found["call"] == {"id": "call_7", "name": "get_weather", "arguments": WEATHER}
    assert "It snows." in found["after"]


def test_failures_are_the_sdks_own_classes(found: dict[str, Any]) -> None:
    codes = (found["wrongKey"], found["wrongModel"], found["limit"])
    assert codes == ("invalid_api_key", "model_not_found", "rate_limit_exceeded")


def test_models_are_listed(found: dict[str, Any]) -> None:
    assert "remote" in found["models"]
