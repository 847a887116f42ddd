"""schemathesis over the OpenAPI document: whatever fits the document or breaks it, no address answers with a server
error, and every refusal has OpenAI's shape. The examples are the same in each run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import Case, GenerationMode

from answerable.api import app
from answerable.flows.platform import Platform
from tests.support.guarded import serving_with_accounts
from tests.support.server import manuals, serving

MODES = {"sensible": (GenerationMode.POSITIVE, 12), "senseless": (GenerationMode.NEGATIVE, 6)}
"""How requests are made, and how many of each address: wrong ones take long to make."""

SHELVES = {
    "off": {"name": "tv", "document": "manual.md"},
    "on": {"name": "default-shelf", "document": "open.md", "user": "reviewer@example.org"},
}
"""What is there: two of three examples ask for it by name, the third for what was made up."""


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    known: dict[str, str]
    key: dict[str, str]
    session: dict[str, str]

    def credential(self, path: str) -> dict[str, str]:
        """A key may do everything but touch the sessions and keys of its owner."""
        return self.session if path.startswith(("/v1/me", "/v1/auth")) else self.key


async def _never() -> Platform:
    raise AssertionError


def operations() -> list[Any]:
    """All addresses with their methods; those that end something come last."""
    schema: Any = schemathesis.openapi.from_dict(app.build(_never, max_request_bytes=1).openapi())
    found = [one.ok() for one in schema.get_all_operations()]
    ending = ("/v1/auth/sign-out", "/v1/auth/password")
    return sorted(found, key=lambda one: (one.path in ending, one.method == "delete"))


OPERATIONS = [(one, mode) for one in operations() for mode in MODES if mode == "sensible" or one.body]
"""What has no body has little that can be wrong (test_api_odd_requests.py has odd addresses and queries)."""


@pytest.fixture(scope="module", params=["off", "on"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server without accounts, and one with accounts that an administrator asks."""
    folder, known = tmp_path_factory.mktemp("fuzzed"), SHELVES[request.param]
    if request.param == "off":
        with serving(manuals(folder, {})) as url:
            yield Target(url, known, {}, {})
    else:
        with serving_with_accounts(folder) as served:
            admin = served.people["admin"]
            key = {"authorization": f"Bearer {admin.key}"}
            talk = {"id": admin.talk, "message": admin.answer, "share": admin.share, "token": admin.token_of_share}
            yield Target(served.url, known | talk | {"run": admin.run}, key, admin.headers)


# LangGraph draws its ids from the global `random`, in the server's thread of this process, while examples are made
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize(("operation", "mode"), OPERATIONS, ids=[f"{one.label} {mode}" for one, mode in OPERATIONS])
def test_no_request_is_a_server_error(operation: Any, mode: str, target: Target) -> None:
    generation, count = MODES[mode]
    strategy = operation.as_strategy(generation_mode=generation)
    _bounded(hypothesis.given(case=strategy)(_asking(operation, target)), count)()


def _bounded(test: Callable[[], None], count: int) -> Callable[[], None]:
    return hypothesis.settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )(test)


def _asking(operation: Any, target: Target) -> Callable[[Case[Any]], None]:
    count = 0

    def ask(case: Case[Any]) -> None:
        nonlocal count
        count += 1
        if case.path_parameters and count % 3:
            case.path_parameters.update({k: v for k, v in target.known.items() if k in case.path_parameters})
        response = case.call(base_url=target.url, headers=target.credential(operation.path), timeout=120)
        assert response.status_code < 500, (response.text, case.as_curl_command())
        if response.status_code >= 400 and response.content:
            assert response.json().keys() == {"error"}, (response.text, case.as_curl_command())

    return ask
