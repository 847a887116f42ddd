"""The states of a breaker as values: pure steps from one to the next, and their form in the shared store."""

import json
from dataclasses import dataclass, fields, replace
from typing import Literal

State = Literal["closed", "open", "half_open", "ramping"]

_PROBE_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Config:
    """When a model is taken out of service, and how it comes back.

    `failures` in a row open it for `cool_down_s`, or as long as the provider asked for; each further opening doubles
    that, up to `longest_cool_down_s`. Then one request probes (taken for lost after `probe_s`). Once it is answered the
    model gets the shares of `ramp` in turn, each until `ramp_successes` answers or `ramp_step_s` without a failure.
    `refresh_s` is how old this process's view of the shared state may get.
    """

    failures: int = 3
    cool_down_s: float = 10.0
    longest_cool_down_s: float = 300.0
    probe_s: float = 60.0
    ramp: tuple[float, ...] = (0.1, 0.5)
    ramp_successes: int = 5
    ramp_step_s: float = 30.0
    refresh_s: float = 1.0

    def __post_init__(self) -> None:
        if self.failures < 1 or self.ramp_successes < 1:
            raise ValueError("failures and ramp_successes must be at least 1")
        if not 0 < self.cool_down_s <= self.longest_cool_down_s:
            raise ValueError("cool_down_s must be above 0 and at most longest_cool_down_s")
        if min(self.probe_s, self.ramp_step_s) <= 0 or self.refresh_s < 0:
            raise ValueError("probe_s and ramp_step_s must be above 0, refresh_s at least 0")
        if any(not 0 < share <= 1 for share in self.ramp):
            raise ValueError("each share of ramp must be above 0 and at most 1")


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state of one model. Times are seconds since 1970, so that all replicas read them alike.

    `failures` counts in a row while closed, and `broken` those of them that had begun to speak; `openings` since it was
    last closed; `until` ends the cool-down; `probe` is the probe in flight, lost after `probe_until`; `step`,
    `successes` and `since` place it on the ramp.
    """

    phase: Literal["closed", "open", "ramping"] = "closed"
    failures: int = 0
    openings: int = 0
    until: float = 0.0
    probe: str = ""
    probe_until: float = 0.0
    step: int = 0
    successes: int = 0
    since: float = 0.0
    broken: int = 0

    def state(self, now: float) -> State:
        """The state as people name it: open turns half-open when the cool-down is over."""
        return "half_open" if self.phase == "open" and now >= self.until else self.phase

    def due(self, now: float) -> bool:
        """Whether a probe may start."""
        return self.state(now) == "half_open" and (not self.probe or now >= self.probe_until)

    def wait_s(self, now: float) -> float:
        """Seconds until it is worth asking again; 0 unless open. A probe in flight is mostly soon over."""
        if self.phase != "open":
            return 0.0
        return max(self.until - now, min(_PROBE_WAIT_S, self.probe_until - now) if self.probe else 0.0, 0.0)


def at(circuit: Circuit, now: float, config: Config) -> Circuit:
    """`circuit` with the steps of the ramp that time alone has taken."""
    if circuit.phase != "ramping":
        return circuit
    steps = max(0, int((now - circuit.since) / config.ramp_step_s))
    if circuit.step + steps >= len(config.ramp):
        return Circuit()
    if not steps:
        return circuit
    return replace(circuit, step=circuit.step + steps, successes=0, since=circuit.since + steps * config.ramp_step_s)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call failed: `retry_after_s` is what the provider asked for, `broke` says that it had begun to speak."""

    retry_after_s: float = 0.0
    broke: bool = False


def failed(circuit: Circuit, now: float, config: Config, probe: str = "", how: Failure | None = None) -> Circuit:
    """After a failure. One of a request that began before the model was opened says nothing new."""
    circuit = at(circuit, now, config)
    how = how or Failure()
    if circuit.phase == "closed" and circuit.failures + 1 < config.failures:
        return replace(circuit, failures=circuit.failures + 1, broken=circuit.broken + how.broke)
    if circuit.phase == "open" and (not probe or probe != circuit.probe):
        return circuit
    longest = config.longest_cool_down_s
    grown = config.cool_down_s * 2.0 ** min(circuit.openings, 30)
    cool_down_s = min(max(grown, how.retry_after_s), longest)
    return Circuit("open", openings=circuit.openings + 1, until=now + cool_down_s)


def spoke(circuit: Circuit) -> Circuit:
    """After the first word of an answer that goes on: the model is up, whatever others failed before their first word.
    Long answers end seconds later, and failures come at once: three among a hundred good streams would look like three
    in a row. Streams that broke off count until an answer is whole.
    """
    return replace(circuit, failures=circuit.broken) if circuit.phase == "closed" else circuit


def succeeded(circuit: Circuit, now: float, config: Config, probe: str = "") -> Circuit:
    """After an answer. Only the probe itself closes an open circuit, by way of the ramp."""
    circuit = at(circuit, now, config)
    if circuit.phase == "closed":
        return Circuit() if circuit.failures else circuit
    if circuit.phase == "open":
        if not probe or probe != circuit.probe:
            return circuit
        ramping = Circuit("ramping", openings=circuit.openings, since=now)
        return at(ramping, now, config)  # an empty ramp is closed at once
    if circuit.successes + 1 < config.ramp_successes:
        return replace(circuit, successes=circuit.successes + 1)
    further = replace(circuit, step=circuit.step + 1, successes=0, since=now)
    return further if further.step < len(config.ramp) else Circuit()


def probing(circuit: Circuit, now: float, config: Config, probe: str) -> Circuit:
    """With `probe` in flight, if one may start; unchanged otherwise."""
    if not circuit.due(now):
        return circuit
    return replace(circuit, probe=probe, probe_until=now + config.probe_s)


def released(circuit: Circuit, probe: str) -> Circuit:
    """Without a probe that ended with no verdict."""
    return replace(circuit, probe="", probe_until=0.0) if probe and circuit.probe == probe else circuit


def encode(circuit: Circuit) -> bytes:
    """The form in the shared store."""
    return json.dumps([getattr(circuit, one.name) for one in fields(Circuit)]).encode()


def decode(value: bytes, now: float, config: Config) -> Circuit | None:
    """The circuit, or None for what is none. No clock that runs ahead can close a model for longer than configured."""
    try:
        phase, failures, openings, until, probe, probe_until, step, successes, since, broken = json.loads(value)
        if phase not in ("closed", "open", "ramping"):
            return None
        return Circuit(
            phase,
            max(0, int(failures)),
            max(0, int(openings)),
            min(float(until), now + config.longest_cool_down_s),
            str(probe),
            min(float(probe_until), now + config.probe_s),
            max(0, int(step)),
            max(0, int(successes)),
            min(float(since), now),
            max(0, int(broken)),
        )
    except (ValueError, TypeError, OverflowError):
        return None
