"""A breaker for each model: takes it out of service after failures in a row, and brings it back step by step.

Replicas share the state. A process keeps its own view, so that a model in service costs a dictionary look-up; the store
is read at most once in `refresh_s` and written when something fails or changes. Without the store each goes by its own.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from answerable.core.errors import ProviderBusy, ProviderDown, ProviderRefused, ProviderTimeout, StreamBroken
from answerable.core.ports import SharedStore
from answerable.gateway import circuit
from answerable.gateway.circuit import Circuit, Config, Failure, State

__all__ = ["Breaker", "Config", "Permit", "Refused", "State", "counts"]

_KEPT_S = 3_600.0
_TRIES = 6
_OURS = (ProviderTimeout, ProviderBusy, ProviderDown, StreamBroken)

Changed = Callable[[str, State, State], None]
"""Told of a model, its state before and after; by the process that caused it."""


@dataclass(slots=True)
class Permit:
    """Leave to call a model once. `probe` names the probe, and is empty for an ordinary call."""

    model: str
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The model is out of service for `retry_after_s`, or (`ramping`) this call is beyond its share."""

    model: str
    retry_after_s: float
    ramping: bool = False


@dataclass(slots=True)
class _View:
    """What this process knows of a model; `credit` grows by the share of the ramp with each call."""

    permit: Permit
    circuit: Circuit = field(default_factory=Circuit)
    read_at: float = float("-inf")
    credit: float = 0.0


def counts(error: Exception) -> bool:
    """Whether an error speaks against the model. A refusal of what was asked does not: it shows the model is up."""
    return isinstance(error, _OURS) or (isinstance(error, ProviderRefused) and error.reason == "setup")


class Breaker:
    """`clock` gives seconds since 1970: machines that share states should agree on it within seconds."""

    def __init__(
        self,
        store: SharedStore,
        config: Config | None = None,
        clock: Callable[[], float] = time.time,
        changed: Changed | None = None,
    ) -> None:
        self._store = store
        self._config = config or Config()
        self._clock = clock
        self._changed = changed
        self._views: dict[str, _View] = {}

    def state(self, model: str) -> State:
        """The state as this process knows it."""
        now = self._clock()
        return circuit.at(self._view(model).circuit, now, self._config).state(now)

    async def look(self, model: str) -> tuple[State, float]:
        """The state as all processes know it, and the seconds until the model is worth another try (0: now)."""
        view, now = self._view(model), self._clock()
        await self._refresh(view, now)
        known = circuit.at(view.circuit, now, self._config)
        return known.state(now), known.wait_s(now)

    def states(self) -> dict[str, State]:
        """All models that were asked about so far."""
        return {model: self.state(model) for model in self._views}

    def healthy(self, model: str) -> bool:
        """Whether a router should choose it: in service, ramping, or due for a probe. About half a microsecond."""
        known = self._views.get(model)
        return known is None or known.circuit.phase != "open" or known.circuit.due(self._clock())

    async def admit(self, model: str, insist: bool = False) -> Permit | Refused:
        """Leave to call `model`, or not. `insist` ignores the share of the ramp: there is no other route.

        Each Permit is answered by one of `succeeded`, `failed` and `released`.
        """
        view = self._view(model)
        now = self._clock()
        if not 0 <= now - view.read_at < self._config.refresh_s:
            await self._refresh(view, now)
        if view.circuit.phase == "closed":
            return view.permit
        known = circuit.at(view.circuit, now, self._config)
        if known.phase == "open":
            return await self._probe(view, known, now)
        if insist or known.phase == "closed" or self._in_share(view, known):
            return Permit(model)
        return Refused(model, 0.0, ramping=True)

    async def succeeded(self, permit: Permit) -> None:
        """The model answered. May be called for a probe as soon as it speaks, and again when it has finished."""
        view = self._view(permit.model)
        if view.circuit.phase == "closed" and not view.circuit.failures:
            return
        probe, permit.probe = permit.probe, ""
        await self._move(view, lambda known, now: circuit.succeeded(known, now, self._config, probe))

    async def spoke(self, permit: Permit) -> None:
        """The model said the first word of an answer: what failed silently before does not count in a row any more."""
        if permit.probe:
            return await self.succeeded(permit)
        view = self._view(permit.model)
        if view.circuit.phase == "closed" and view.circuit.failures > view.circuit.broken:
            await self._move(view, lambda known, _: circuit.spoke(known))
        return None

    async def failed(self, permit: Permit, retry_after_s: float | None = None, *, broke: bool = False) -> None:
        """The model failed in a way that `counts`; `retry_after_s` is what the provider asked for, `broke` says that it
        had begun to speak.
        """
        probe, how = permit.probe, Failure(retry_after_s or 0.0, broke)
        view = self._view(permit.model)
        await self._move(view, lambda known, now: circuit.failed(known, now, self._config, probe, how))

    async def released(self, permit: Permit) -> None:
        """The call ended without a verdict: the caller hung up."""
        if probe := permit.probe:
            await self._move(self._view(permit.model), lambda known, _: circuit.released(known, probe))

    def _view(self, model: str) -> _View:
        view = self._views.get(model)
        if view is None:
            view = self._views[model] = _View(Permit(model))
        return view

    def _in_share(self, view: _View, known: Circuit) -> bool:
        view.credit += self._config.ramp[known.step]
        if view.credit < 1 - 1e-9:
            return False
        view.credit -= 1
        return True

    async def _probe(self, view: _View, known: Circuit, now: float) -> Permit | Refused:
        """The one probe, if it is due and this process is the one that gets it."""
        model = view.permit.model
        if known.due(now):
            probe = uuid.uuid4().hex
            await self._move(view, lambda seen, at: circuit.probing(seen, at, self._config, probe))
            if view.circuit.probe == probe:
                return Permit(model, probe)
            if view.circuit.phase != "open":  # another process brought it back meanwhile
                return Refused(model, 0.0, ramping=True)
        return Refused(model, view.circuit.wait_s(now))

    async def _refresh(self, view: _View, now: float) -> None:
        """Take over what others wrote. Nothing there may be an outage: then what this process knows goes on."""
        view.read_at = now  # before the read: calls that come meanwhile do not read again
        value = await self._store.get(_key(view))
        if value is not None:
            self._adopt(view, circuit.decode(value, now, self._config) or view.circuit)

    async def _move(self, view: _View, change: Callable[[Circuit, float], Circuit]) -> None:
        """Apply `change` to the shared state, exactly once over all processes; to our own view without the store."""
        for _ in range(_TRIES):
            value = await self._store.get(_key(view))
            now = self._clock()
            known = (circuit.decode(value, now, self._config) if value else None) or view.circuit
            after = change(known, now)
            if after == known:
                return self._adopt(view, known)
            if await self._store.swap(_key(view), value, circuit.encode(after), _KEPT_S):
                return self._adopt(view, after, told=True)
            if value is None and await self._store.get(_key(view)) is None:  # it is out: each process for itself,
                return self._adopt(view, change(view.circuit, now), told=True)  # from what it knows at this moment
        return None  # others change it all the time: what they saw counts as well

    def _adopt(self, view: _View, after: Circuit, told: bool = False) -> None:
        now = self._clock()
        before, view.circuit, view.read_at = view.circuit, after, now
        if before.phase != after.phase:
            view.credit = 0.0
            if told and self._changed:
                self._changed(view.permit.model, before.state(now), after.state(now))


def _key(view: _View) -> str:
    return f"breaker:{view.permit.model}"
