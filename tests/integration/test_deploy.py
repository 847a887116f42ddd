"""What lies in `deploy/`: the alert rules pass their tests, and rules and dashboard ask only for metrics, labels and
values that the program has.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from answerable.core.usage import AttemptOutcome
from answerable.telemetry.metrics import Metrics
from answerable.telemetry.names import METRICS, REQUESTS, CacheOutcome, Outcome

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "answerable.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
HANDBOOK = Path(__file__).parents[2] / "docs" / "how-to" / "read-the-dashboard.md"
OF_PROMETHEUS = {"instance", "job", "le"}
VALUES = {
    ("answerable_requests_total", "outcome"): set(get_args(Outcome)),
    ("answerable_requests_total", "status"): {"2xx", "3xx", "4xx", "5xx"},
    ("answerable_attempts_total", "outcome"): set(get_args(AttemptOutcome)),
    ("answerable_cache_lookups_total", "outcome"): set(get_args(CacheOutcome)),
    ("answerable_breaker_models", "state"): {"closed", "open", "half_open", "ramping"},
    ("answerable_tokens_total", "direction"): {"input", "output"},
    ("answerable_limit_decisions_total", "outcome"): {"admitted", "refused"},
}
"""Values of labels that a query may ask for by name."""


def board() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Every query with where it stands; a rule of several lines is one."""
    for panel in panels():
        yield from ((f"dashboard, {panel['title']}", target["expr"]) for target in panel["targets"])
    rules = re.findall(r"- (?:alert|record): (\S+)\n +expr: (.*(?:\n {10,}.*)*)", ALERTS.read_text("utf-8"))
    yield from ((f"alerts.yml, {name}", text) for name, text in rules)


def exposed() -> dict[str, set[str]]:
    """Labels by the name of each metric, those of the process included."""
    found = {metric.name: set(metric.labels) for metric in METRICS}
    families = re.findall(r"^# TYPE ((?:process|python)_\w+)", Metrics().render()[0].decode(), re.MULTILINE)
    return found | {name: set() for name in families} | {"up": set()}


def problems_of(query: str) -> Iterator[str]:
    known, used = exposed(), set[str]()
    query = re.sub(r"answerable:[\w:]+", "", query)
    for name, matchers in re.findall(r"\b((?:answerable|process|python)_\w+|up)\b(?:\{([^}]*)\})?", query):
        metric = name if name in known else re.sub(r"_(bucket|sum|count)$", "", name)
        if metric not in known:
            yield f"there is no metric {name}"
            continue
        labels = known[metric] | OF_PROMETHEUS
        used |= labels
        for label, value in re.findall(r'(\w+)(?:=~|!~|!=|=)"([^"]*)"', matchers):
            if label not in labels:
                yield f"{name} has no label {label}"
            wanted = VALUES.get((metric, label))
            if wanted is not None and not set(value.split("|")) <= wanted:
                yield f"{label} of {name} is never {value}"
    for grouped in re.findall(r"\bby \(([^)]*)\)", query):
        if used:
            yield from (f"no metric has the label {one}" for one in re.split(r", ?", grouped) if one not in used)


def test_rules_and_dashboard_ask_only_for_what_the_program_exposes() -> None:
    found = list(expressions())
    assert len(found) > 60
    assert [f"{where}: {what}" for where, query in found for what in problems_of(query)] == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("rate(answerable_request_total[5m])", "there is no metric answerable_request_total"),
        ('sum(answerable_queue_waiting{user="a"})', "answerable_queue_waiting has no label user"),
        ('answerable_requests_total{outcome=~"answered|gone"}', "outcome of answerable_requests_total is never"),
        ("sum by (user) (answerable_queue_waiting)", "no metric has the label user"),
    ],
)
def test_a_query_for_what_is_not_there_is_found(query: str, problem: str) -> None:
    assert any(one.startswith(problem) for one in problems_of(query))


def test_every_metric_is_on_the_dashboard_but_what_only_names_the_build() -> None:
    asked = " ".join(query for where, query in expressions() if where.startswith("dashboard"))
    assert [one.name for one in METRICS if one.name not in asked] == ["answerable_build_info"]
    assert REQUESTS.name in asked


def test_every_panel_says_what_it_shows_and_none_lies_on_another() -> None:
    found = board()["panels"]
    assert len({panel["id"] for panel in found}) == len(found)
    taken = set[tuple[int, int]]()
    for panel in found:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert all(panel["description"] and panel["targets"] for panel in panels())


def test_every_alert_has_a_test_and_a_paragraph() -> None:
    alerts = re.findall(r"- alert: (\S+)", ALERTS.read_text("utf-8"))
    tested = re.findall(r"alertname: (\w+)\n +exp_alerts", ALERTS.with_name("alerts.test.yml").read_text("utf-8"))
    assert sorted(set(tested)) == sorted(alerts)
    assert [one for one in alerts if f"`{one}`" not in HANDBOOK.read_text("utf-8")] == []


def promtool(*arguments: str | Path) -> None:
    found = shutil.which("promtool") or shutil.which("promtool", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("promtool is not here: scripts/promtool.py unpacks it from Debian's package prometheus")
    done = subprocess.run([found, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules_and_they_fire_when_they_should() -> None:
    promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")
    promtool("test", "rules", ALERTS.with_name("alerts.test.yml"))


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    queries = [query for where, query in expressions() if where.startswith("dashboard")]
    rules = [{"record": f"dashboard:query:{n}", "expr": _filled(query)} for n, query in enumerate(queries)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    promtool("check", "rules", path)


def _filled(query: str) -> str:
    return query.replace("$__rate_interval", "5m").replace("$instance", ".*")
