"""Limits over three real processes that share a real Redis: 200 first requests at once never pass one."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support import limit_worker
from tests.support.redis import running_redis

ROOT = Path(__file__).parents[2]


def test_two_hundred_simultaneous_first_requests_pass_no_limit(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        command = [sys.executable, "-m", "tests.support.limit_worker", server.url, "67"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(("src", *filter(None, sys.path)))}
        workers = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(3)
        ]
        try:
            for worker in workers:
                assert worker.stdout is not None
                assert worker.stdout.readline() == "ready\n"
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
            said = [worker.communicate(timeout=300)[0].split() for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    by_budget, by_tokens, outages = (sum(int(one[n]) for one in said) for n in range(3))
    assert outages == 0
    tokens, most = limit_worker.TOKENS, limit_worker.TOKENS_A_MINUTE
    assert by_budget == 1 / (tokens * 0.0001) // 1 == 76
    assert by_tokens == most // tokens == 76
