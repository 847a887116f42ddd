import re
from pathlib import Path
from typing import get_args

from answerable.telemetry.names import METRICS, SPAN_ATTRIBUTES, Attributes, Metric, Outcome

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"


def row_of(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help}. |"


def test_every_metric_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `answerable_.*\|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert rows == [row_of(metric) for metric in METRICS], "docs/metrics.md lists the metrics in the order of names.py"


def test_every_outcome_of_a_request_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert [one for one in get_args(Outcome) if f"`{one}`" not in text] == []


def test_names_follow_the_conventions_of_prometheus() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"answerable_[a-z]+(_[a-z]+)*", metric.name)
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert (metric.kind == "histogram") == metric.name.endswith("_seconds")
        assert list(metric.buckets) == sorted(metric.buckets)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_no_label_is_a_person_a_key_or_an_address() -> None:
    unbounded = {"user", "user_id", "email", "key", "key_id", "session", "ip", "path", "id", "request_id", "workspace"}
    assert not unbounded & {label for metric in METRICS for label in metric.labels}


def test_every_attribute_of_a_span_has_its_name() -> None:
    assert set(SPAN_ATTRIBUTES) == set(Attributes.__annotations__)
    assert not any(word in name for name in SPAN_ATTRIBUTES.values() for word in ("messages", "content", "prompt"))
