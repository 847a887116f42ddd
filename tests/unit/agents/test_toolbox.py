from dataclasses import replace

import pytest

from answerable import policies
from answerable.agents.lookups.web_search import SERVICES
from answerable.agents.toolbox import KEYS, Bounds, Config, Toolbox
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import Forbidden, InvalidRequest, SetupError
from answerable.core.identity import OWNER, Principal, Tier
from tests.data.tool_samples import services


def caller(tier: Tier = "free", collection: str | None = None) -> Caller:
    return Caller(Principal("ann", tier=tier), collection)


def box(config: Config | None = None) -> Toolbox:
    return Toolbox(config or Config(), services())


def test_a_request_gets_the_tools_that_it_names_once_each() -> None:
    offer = box().offer(["calculator", "date_time", "calculator"], caller())
    assert list(offer.tools) == ["calculator", "date_time"]
    assert offer.bounds == Bounds()


def test_auto_offers_what_is_ready_allowed_and_not_sensitive() -> None:
    free = box().offer("auto", caller())
    assert "calculator" in free.tools
    assert not {"wikipedia", "web_search", "fetch_url", "read_file"} & set(free.tools)
    assert "read_file" in box().offer("auto", caller(collection="c")).tools
    owner = box().offer("auto", Caller(OWNER)).tools
    assert "wikipedia" in owner
    assert not {"fetch_url", "web_search"} & set(owner)  # sensitive; not set up


def test_auto_is_what_the_policy_says() -> None:
    assert list(box(Config(auto=("calculator",))).offer("auto", Caller(OWNER)).tools) == ["calculator"]


def test_a_sensitive_tool_runs_only_where_the_policy_and_the_request_name_it() -> None:
    assert list(box().offer(["fetch_url"], Caller(OWNER)).tools) == ["fetch_url"]
    with pytest.raises(Forbidden, match="'fetch_url' is not allowed for the tier 'pro'"):
        box().offer(["fetch_url"], caller("pro"))
    everything = Config(enterprise=("*",))
    with pytest.raises(Forbidden):
        box(everything).offer(["fetch_url"], Caller(OWNER))


def test_a_tier_has_no_tool_beyond_its_own() -> None:
    with pytest.raises(Forbidden, match="'wikipedia' is not allowed"):
        box().offer(["wikipedia"], caller())


def test_an_unknown_tool_and_one_that_is_not_set_up_say_what_to_do() -> None:
    with pytest.raises(InvalidRequest, match="there is no tool 'calculater'; tools: arxiv, calculator"):
        box().offer(["calculater"], caller())
    with pytest.raises(InvalidRequest, match="'web_search' cannot be used: set base_url"):
        box().offer(["web_search"], caller("pro"))
    with pytest.raises(InvalidRequest, match=r"no tool '\.\./\.\./etc'"):
        box().offer(["../../etc"], caller())


def test_options_of_a_tool_are_checked_at_start() -> None:
    ready = box(Config(options={"web_search": {"base_url": "http://searx.internal:8888"}}))
    assert list(ready.offer(["web_search"], caller("pro")).tools) == ["web_search"]
    with pytest.raises(SetupError, match="'calculator' has no option 'digit'; known: timeout_s"):
        box(Config(options={"calculator": {"digit": 3}}))
    with pytest.raises(SetupError, match="options of the tool 'calculator': digits is between"):
        box(Config(options={"calculator": {"digits": 300}}))


def test_a_policy_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no tool 'calc'; known: arxiv"):
        Config(free=("calc",))
    with pytest.raises(ValueError, match="contact is"):
        Config(contact="me\r\nHost: evil")
    with pytest.raises(ValueError, match="max_rounds is between 1 and 50"):
        Bounds(max_rounds=0)
    with pytest.raises(ValueError, match="total_s"):
        replace(Bounds(), total_s=0)
    with pytest.raises(ValueError, match="total_characters"):
        Bounds(total_characters=1)


def test_every_tool_can_be_built_at_start_and_the_keys_they_look_for_are_known() -> None:
    box().warm()
    assert sorted(KEYS) == sorted(wire.key_env for wire in SERVICES.values() if wire.key_env)


def test_a_policy_is_read_from_its_table_and_an_unknown_key_refuses() -> None:
    table = {"free": ["calculator"], "bounds": {"max_rounds": 3}, "options": {"calculator": {"digits": 5}}}
    config = policies.read(Config, table, "policies.toml")
    assert (config.free, config.bounds.max_rounds) == (("calculator",), 3)
    assert list(box(config).offer("auto", caller()).tools) == ["calculator"]
    with pytest.raises(SetupError, match="there is no 'max_round'; did you mean 'max_rounds'"):
        policies.read(Config, {"bounds": {"max_round": 3}}, "policies.toml")
    with pytest.raises(SetupError, match="there is no tool 'calc'"):
        policies.read(Config, {"free": ["calc"]}, "policies.toml")
