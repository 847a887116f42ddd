from decimal import Decimal

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from answerable.core.usage import Attempt, Usage
from answerable.telemetry import names
from answerable.telemetry.metrics import Metrics
from answerable.telemetry.requests import RequestRecord

CHAT = "POST /v1/chat/completions"


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its label values in alphabetical order of the labels."""
    families = text_string_to_metric_families(metrics.render()[0].decode())
    found = [sample for family in families for sample in family.samples]
    return {(s.name, *(value for _, value in sorted(s.labels.items()))): s.value for s in found}


def test_a_request_counts_once_with_duration_first_token_and_own_share() -> None:
    metrics = Metrics()
    metrics.observe_request(
        RequestRecord("r1", CHAT, total_s=0.9, model="m", first_token_s=0.3, upstream_s=0.88, streamed=True)
    )
    metrics.observe_request(RequestRecord("r2", CHAT, 429, "refused", 0.001))
    found = samples(metrics)
    assert found["answerable_requests_total", CHAT, "answered", "2xx"] == 1
    assert found["answerable_requests_total", CHAT, "refused", "4xx"] == 1
    assert found["answerable_request_duration_seconds_sum", "none", CHAT, "m"] == 0.9
    assert found["answerable_first_token_seconds_bucket", "none", "0.5", "m"] == 1
    assert round(found["answerable_overhead_seconds_sum", CHAT], 6) == 0.02
    assert found["answerable_overhead_seconds_count", CHAT] == 1


def test_clocks_that_disagree_give_no_negative_overhead() -> None:
    metrics = Metrics()
    metrics.observe_request(RequestRecord("r1", CHAT, total_s=0.1, upstream_s=0.2))
    assert samples(metrics)["answerable_overhead_seconds_sum", CHAT] == 0


def test_an_attempt_counts_its_tokens_and_cost() -> None:
    metrics = Metrics()
    metrics.observe_attempt(
        Attempt("m", "Chat", "answered", Usage(100, 20, cached_tokens=60), Decimal("0.000123"), 800.0)
    )
    found = samples(metrics)
    assert found["answerable_attempts_total", "m", "answered"] == 1
    assert found["answerable_tokens_total", "input", "m"] == 100
    assert found["answerable_tokens_total", "output", "m"] == 20
    assert found["answerable_provider_cached_tokens_total", "m"] == 60
    assert found["answerable_cost_usd_total", "m"] == 0.000123
    assert not any(key[0] == "answerable_unpriced_requests_total" for key in found)


def test_an_attempt_without_a_price_is_flagged_and_costs_nothing_quietly() -> None:
    metrics = Metrics()
    metrics.observe_attempt(Attempt("m", "Chat", "answered", Usage(100, 20), None, 800.0))
    metrics.observe_attempt(Attempt("m", "Chat", "failed", Usage(), None, 5.0, error="provider_down"))
    found = samples(metrics)
    assert found["answerable_unpriced_requests_total", "m"] == 1
    assert ("answerable_cost_usd_total", "m") not in found


def test_the_steps_of_a_request_are_counted_by_what_came_of_them() -> None:
    metrics = Metrics()
    metrics.count_lookup("exact", "miss")
    metrics.count_lookup("semantic", "rejected")
    metrics.count_store("exact")
    metrics.count_fallback("m", "provider_timeout")
    metrics.count_admitted()
    metrics.count_refused("user_requests")
    metrics.count_block("injection", "override")
    metrics.count_masks("pii", "iban", 3)
    metrics.observe_tool("calculator", "ok", 0.002)
    found = samples(metrics)
    assert found["answerable_cache_lookups_total", "exact", "miss"] == 1
    assert found["answerable_cache_lookups_total", "semantic", "rejected"] == 1
    assert found["answerable_cache_stores_total", "exact"] == 1
    assert found["answerable_fallbacks_total", "m", "provider_timeout"] == 1
    assert found["answerable_limit_decisions_total", "", "admitted"] == 1
    assert found["answerable_limit_decisions_total", "user_requests", "refused"] == 1
    assert found["answerable_guard_blocks_total", "injection", "override"] == 1
    assert found["answerable_guard_masks_total", "pii", "iban"] == 3
    assert found["answerable_tool_runs_total", "ok", "calculator"] == 1
    assert found["answerable_tool_duration_seconds_count", "calculator"] == 1


def test_a_breaker_is_in_one_state_at_a_time() -> None:
    metrics = Metrics()
    metrics.show_breaker("m", "closed")
    metrics.show_breaker("n", "closed")
    metrics.show_breaker("m", "open")
    found = samples(metrics)
    states = {key[1:]: value for key, value in found.items() if key[0] == "answerable_breaker_models"}
    assert states == {("m", "closed"): 0, ("m", "open"): 1, ("n", "closed"): 1}


def test_in_flight_goes_up_and_down() -> None:
    metrics = Metrics()
    metrics.begin_request()
    metrics.begin_request()
    metrics.end_request()
    assert samples(metrics)["answerable_requests_in_flight",] == 1


def test_the_ledger_is_asked_when_somebody_looks() -> None:
    metrics, waiting = Metrics(), [5]
    metrics.watch_ledger(lambda: waiting[0])
    metrics.count_flushed(7)
    metrics.count_flush_failure()
    assert samples(metrics)["answerable_ledger_rows_waiting",] == 5
    waiting[0] = 2
    found = samples(metrics)
    assert found["answerable_ledger_rows_waiting",] == 2
    assert found["answerable_ledger_rows_flushed_total",] == 7
    assert found["answerable_ledger_flush_failures_total",] == 1


def test_the_line_is_asked_by_tier_when_somebody_looks() -> None:
    metrics, waiting = Metrics(), {"free": 3, "pro": 0}
    metrics.watch_queue(lambda: waiting, lambda: 2, lambda: 0.25)
    metrics.observe_queue_wait("free", 0.7)
    metrics.count_queue_refused("free")
    found = samples(metrics)
    assert found["answerable_queue_waiting", "free"] == 3
    assert found["answerable_queue_waiting", "pro"] == 0
    assert found["answerable_queue_running",] == 2
    assert found["answerable_queue_fullness",] == 0.25
    assert found["answerable_queue_wait_seconds_bucket", "1.0", "free"] == 1
    assert found["answerable_queue_refused_total", "free"] == 1


def test_the_database_is_asked_and_its_waits_are_counted() -> None:
    metrics, up = Metrics(), [True]
    metrics.watch_database(lambda: up[0])
    metrics.observe_database_wait("read", 0.002)
    assert samples(metrics)["answerable_database_up",] == 1
    up[0] = False
    found = samples(metrics)
    assert found["answerable_database_up",] == 0
    assert found["answerable_database_wait_seconds_sum", "read"] == 0.002


def test_two_platforms_in_one_process_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.observe_lag(0.002)
    assert samples(one)["answerable_event_loop_lag_seconds_count",] == 1
    assert samples(other)["answerable_event_loop_lag_seconds_count",] == 0


def test_every_metric_is_exposed_with_its_help() -> None:
    metrics = Metrics()
    metrics.watch_ledger(lambda: 0)
    metrics.watch_journal(lambda: 0)
    metrics.watch_redis(lambda: True)
    metrics.watch_database(lambda: True)
    metrics.watch_queue(lambda: {"free": 0}, lambda: 0, lambda: 0.0)
    text = metrics.render()[0].decode()
    assert [one.name for one in names.METRICS if f"# HELP {one.name} {one.help}\n" not in text] == []
    assert 'answerable_build_info{python="' in text


def test_openmetrics_is_spoken_to_who_asks_for_it() -> None:
    metrics = Metrics()
    metrics.observe_request(RequestRecord("r1", CHAT))
    body, kind = metrics.render("application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    families = parse_openmetrics(body.decode())  # type: ignore[no-untyped-call]
    assert "answerable_requests" in {family.name for family in families}
    assert metrics.render()[1].startswith("text/plain")
