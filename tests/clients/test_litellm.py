"""litellm as a client, in a process of its own: importing it takes seconds, and its warnings are its own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support.gateway import GREETING, USAGE, WEATHER, Gateway

pytestmark = pytest.mark.slow

PROBE = """
import json, sys, litellm

base, key = sys.argv[1:]
tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}


def ask(text, key=key, **more):
    said = [{"role": "user", "content": text}]
    return litellm.completion("openai/remote", said, api_base=base, api_key=key, max_retries=0, **more)


def failure(kind, *args, **more):
    try:
        ask(*args, **more)
    except kind as error:
        return type(error).__name__
    return "nothing was raised"


plain = ask("Hi from litellm")
chunks = list(ask("Hi again from litellm", stream=True, stream_options={"include_usage": True}))
call = ask("The weather, litellm?", tools=[tool]).choices[0].message.tool_calls[0]
print(json.dumps({
    "plain": plain.choices[0].message.content,
    "tokens": plain.usage.total_tokens,
    "streamed": "".join(one.choices[0].delta.content or "" for one in chunks if one.choices),
    "call": [call.id, call.function.name, json.loads(call.function.arguments)],
    "wrong_key": failure(litellm.AuthenticationError, "Hi", key="ak_wrong"),
}))
"""


@pytest.fixture(scope="module")
def found(gateway: Gateway) -> dict[str, Any]:
    """What the probe printed. It may fetch nothing: its list of prices is the one in the package."""
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    command = [sys.executable, "-W", "ignore", "-c", PROBE, gateway.base_url, gateway.keys["ann"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_replies_come_plain_and_streamed(found: dict[str, Any]) -> None:
    assert (found["plain"], found["streamed"], found["tokens"]) == (GREETING, GREETING, USAGE["total_tokens"])


def test_a_tool_is_called(found: dict[str, Any]) -> None:
    assert found["call"] == ["call_7", "get_weather", WEATHER]


def test_a_wrong_key_is_litellms_own_error(found: dict[str, Any]) -> None:
    assert found["wrong_key"] == "AuthenticationError"
