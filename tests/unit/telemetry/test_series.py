import sys
import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from answerable.telemetry.names import Metric
from answerable.telemetry.series import MAX_SERIES, Histogram, Numbers

COUNTER = Metric("x_total", "counter", "Things", ("kind",))
WAIT = Metric("x_seconds", "histogram", "Waits", ("kind",), (0.1, 1.0))


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_counter_counts_each_combination_of_labels() -> None:
    counter = Numbers(COUNTER)
    counter.add(1, ("a",))
    counter.add(2, ("a",))
    counter.add(1, ("b",))
    assert (counter.get("a"), counter.get("b"), counter.get("c")) == (3, 1, 0)


def test_a_metric_without_labels_is_there_from_the_start() -> None:
    registry = CollectorRegistry()
    registry.register(Numbers(Metric("y_total", "counter", "Things")))
    registry.register(Histogram(Metric("y_seconds", "histogram", "Waits", (), (1.0,))))
    text = generate_latest(registry).decode()
    assert "\ny_total 0.0\n" in text
    assert "\ny_seconds_count 0.0\n" in text


def test_a_histogram_counts_up_to_and_including_a_bound() -> None:
    histogram = Histogram(WAIT)
    for value in (0.05, 0.1, 0.5, 2.0):
        histogram.observe(value, ("a",))
    (family,) = histogram.collect()
    found = {sample.labels.get("le", sample.name): sample.value for sample in family.samples}
    assert found == {"0.1": 2, "1.0": 3, "+Inf": 4, "x_seconds_count": 4, "x_seconds_sum": 2.65}
    assert (histogram.get_count("a"), histogram.get_sum("a"), histogram.get_count("b")) == (4, 2.65, 0)


def test_labels_without_bound_end_in_one_series() -> None:
    counter, histogram = Numbers(COUNTER), Histogram(WAIT)
    for n in range(MAX_SERIES + 50):
        counter.add(1, (f"k{n}",))
        histogram.observe(1, (f"k{n}",))
    assert counter.get("other") == histogram.get_count("other") == 50
    counter.add(1, ("k0",))
    assert counter.get("k0") == 2


@pytest.mark.usefixtures("hasty_threads")
def test_nothing_is_lost_between_threads() -> None:
    counter, histogram = Numbers(COUNTER), Histogram(WAIT)

    def count() -> None:
        for n in range(20_000):
            counter.add(1, ("a",))
            histogram.observe(n % 3, (f"k{n % 5}",))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.get("a") == 80_000
    assert sum(histogram.get_count(f"k{n}") for n in range(5)) == 80_000
    assert sum(histogram.get_sum(f"k{n}") for n in range(5)) == 4 * sum(n % 3 for n in range(20_000))
