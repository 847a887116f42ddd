"""The state machine as values: a table of its steps, and what holds for every sequence of them."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.gateway import circuit
from answerable.gateway.circuit import Circuit, Config, Failure, State

CONFIG = Config(failures=3, cool_down_s=10, longest_cool_down_s=60, probe_s=30, ramp_successes=2, ramp_step_s=100)
CLOSED = Circuit()
OPEN = Circuit("open", openings=1, until=110)
PROBED = dataclasses.replace(OPEN, probe="p", probe_until=140)
RAMPING = Circuit("ramping", openings=1, since=120)


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        pytest.param(CLOSED, 100, Circuit(failures=1), id="the first failure is counted"),
        pytest.param(Circuit(failures=2), 100, OPEN, id="the third in a row opens"),
        pytest.param(OPEN, 105, OPEN, id="a late failure changes nothing"),
        pytest.param(OPEN, 115, OPEN, id="nor when it is half-open"),
        pytest.param(RAMPING, 130, Circuit("open", openings=2, until=150), id="one failure on the ramp opens longer"),
        pytest.param(
            Circuit("ramping", openings=9, since=120), 130, Circuit("open", openings=10, until=190), id="to a cap"
        ),
        pytest.param(RAMPING, 400, Circuit(failures=1), id="the ramp was over"),
    ],
)
def test_a_failure(before: Circuit, now: float, after: Circuit) -> None:
    assert circuit.failed(before, now, CONFIG) == after


def test_a_failed_probe_opens_for_twice_as_long() -> None:
    assert circuit.failed(PROBED, 115, CONFIG, "p") == Circuit("open", openings=2, until=135)
    assert circuit.failed(PROBED, 115, CONFIG, "another") == PROBED


@pytest.mark.parametrize(("asked_s", "until"), [(5, 110), (25, 125), (3_600, 160)])
def test_what_the_provider_asked_for_lengthens_the_cool_down_up_to_the_cap(asked_s: float, until: float) -> None:
    assert circuit.failed(Circuit(failures=2), 100, CONFIG, how=Failure(asked_s)).until == until


@pytest.mark.parametrize(
    ("before", "probe", "after"),
    [
        pytest.param(CLOSED, "", CLOSED, id="nothing to forget"),
        pytest.param(Circuit(failures=2), "", CLOSED, id="failures are no longer in a row"),
        pytest.param(OPEN, "", OPEN, id="a late answer closes nothing"),
        pytest.param(PROBED, "another", PROBED, id="nor that of a lost probe"),
        pytest.param(PROBED, "p", RAMPING, id="the probe starts the ramp"),
        pytest.param(RAMPING, "", dataclasses.replace(RAMPING, successes=1), id="one of two"),
        pytest.param(
            dataclasses.replace(RAMPING, successes=1), "", dataclasses.replace(RAMPING, step=1), id="the next share"
        ),
        pytest.param(dataclasses.replace(RAMPING, step=1, successes=1), "", CLOSED, id="the whole of the traffic"),
    ],
)
def test_an_answer(before: Circuit, probe: str, after: Circuit) -> None:
    assert circuit.succeeded(before, 120, CONFIG, probe) == after


def test_without_a_ramp_the_probe_closes() -> None:
    assert circuit.succeeded(PROBED, 120, dataclasses.replace(CONFIG, ramp=()), "p") == CLOSED


@pytest.mark.parametrize(
    ("now", "state", "due"), [(105, "open", False), (110, "half_open", True), (139, "half_open", True)]
)
def test_open_turns_half_open_when_the_cool_down_is_over(now: float, state: State, due: bool) -> None:
    assert (OPEN.state(now), OPEN.due(now)) == (state, due)


def test_a_probe_in_flight_holds_off_others_until_it_is_taken_for_lost() -> None:
    probed = circuit.probing(OPEN, 110, CONFIG, "p")
    assert probed == PROBED
    assert circuit.probing(probed, 120, CONFIG, "q") == probed
    assert circuit.probing(probed, 140, CONFIG, "q").probe == "q"
    assert circuit.probing(OPEN, 105, CONFIG, "q") == OPEN
    assert (OPEN.wait_s(105), probed.wait_s(120), probed.wait_s(139.5), CLOSED.wait_s(0)) == (5, 1, 0.5, 0)


def test_a_probe_without_a_verdict_makes_room_for_the_next() -> None:
    assert circuit.released(PROBED, "p") == OPEN
    assert circuit.released(PROBED, "another") == PROBED
    assert circuit.released(OPEN, "") == OPEN


def test_time_alone_climbs_the_ramp() -> None:
    assert circuit.at(RAMPING, 219, CONFIG) == RAMPING
    assert circuit.at(RAMPING, 220, CONFIG) == dataclasses.replace(RAMPING, step=1, since=220)
    assert circuit.at(RAMPING, 320, CONFIG) == CLOSED


@pytest.mark.parametrize("one", [CLOSED, OPEN, PROBED, RAMPING])
def test_the_stored_form_reads_back(one: Circuit) -> None:
    assert circuit.decode(circuit.encode(one), 120, CONFIG) == one


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"\xff", b'["ajar", 0, 0, 0, "", 0, 0, 0, 0]', b"[1]", b'["open", 0, 0, "x", "", 0, 0, 0, 0]']
)
def test_what_is_no_circuit_reads_as_none(value: bytes) -> None:
    assert circuit.decode(value, 0, CONFIG) is None


def test_a_clock_that_runs_ahead_closes_no_model_for_longer_than_configured() -> None:
    found = circuit.decode(circuit.encode(Circuit("open", openings=1, until=1e9)), 100, CONFIG)
    assert found is not None
    assert found.wait_s(100) == 60


@pytest.mark.parametrize(
    "wrong",
    [
        *({"failures": 0}, {"ramp_successes": 0}, {"cool_down_s": 0}, {"longest_cool_down_s": 5}, {"probe_s": 0}),
        *({"ramp": (0.0,)}, {"ramp": (1.5,)}, {"refresh_s": -1}, {"ramp_step_s": 0}),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Config(**wrong)  # type: ignore[arg-type]


STEPS = st.lists(st.tuples(st.sampled_from(["ok", "fail", "probe", "late"]), st.floats(0, 40)), max_size=60)


@given(STEPS)
def test_whatever_happens_a_model_comes_back_and_never_skips_the_probe(steps: list[tuple[str, float]]) -> None:
    known, now, probe, row = Circuit(), 0.0, "", 0
    for number, (what, passed) in enumerate(steps):
        now += passed
        before = circuit.at(known, now, CONFIG)
        if what == "probe":
            known = circuit.probing(known, now, CONFIG, f"p{number}")
            probe = f"p{number}" if known.probe == f"p{number}" else probe
        elif what == "ok":
            known = circuit.succeeded(known, now, CONFIG, probe)
        else:
            known = circuit.failed(known, now, CONFIG, "" if what == "late" else probe)
        row = row + 1 if what in ("fail", "late") else 0 if what == "ok" else row
        if before.phase == "closed" and known.phase == "open":
            assert row >= CONFIG.failures
        if before.phase == "open":
            assert known.phase in ("open", "ramping")
            assert known.phase == "open" or (what == "ok" and probe == before.probe)
        assert known.wait_s(now) <= CONFIG.longest_cool_down_s + 1e-6
        assert 0 <= known.failures < CONFIG.failures
        assert circuit.decode(circuit.encode(known), now, CONFIG) == known
    later = now + CONFIG.longest_cool_down_s + CONFIG.probe_s
    if circuit.at(known, later, CONFIG).phase == "open":
        known = circuit.succeeded(circuit.probing(known, later, CONFIG, "last"), later, CONFIG, "last")
    assert circuit.at(known, later + 3 * CONFIG.ramp_step_s, CONFIG).phase == "closed"


def test_the_first_word_of_another_answer_ends_a_row_of_silent_failures_but_not_of_broken_streams() -> None:
    silent = circuit.failed(circuit.failed(Circuit(), 1, CONFIG), 2, CONFIG)
    assert circuit.spoke(silent) == Circuit()
    known = circuit.failed(Circuit(), 1, CONFIG, how=Failure(broke=True))
    known = circuit.spoke(circuit.failed(circuit.spoke(known), 2, CONFIG))
    assert (known.failures, known.broken) == (1, 1)
    for now in (3, 4):  # a model that speaks and always breaks off is taken out of service all the same
        known = circuit.failed(circuit.spoke(known), now, CONFIG, how=Failure(broke=True))
    assert known.phase == "open"


def test_a_word_changes_nothing_of_a_circuit_that_is_open_or_ramping() -> None:
    for known in (PROBED, Circuit("ramping", since=100)):
        assert circuit.spoke(known) == known
