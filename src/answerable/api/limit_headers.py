"""The state of limits as response headers: the de facto `x-ratelimit-*` and the IETF draft's `RateLimit`.

On success they are the reserved view, since a stream's headers leave before its tokens are counted. Money is not in
them: a budget speaks through the error.
"""

import math

from answerable.core.usage import LimitState


def headers_of(limits: tuple[LimitState, ...]) -> list[tuple[str, str]]:
    """Header names in lower case with their values; none where nothing is limited.

    `x-ratelimit-*` shows the limit with the least left of each unit. Policies and states after
    draft-ietf-httpapi-ratelimit-headers-10: q quota, qu its unit, w window in seconds, r remaining, t reset in seconds.
    """
    tightest: dict[str, LimitState] = {}
    policies, states = [], []
    for limit in limits:
        name, unit, quota, remaining, _, reset_s = limit
        if unit == "usd":
            continue
        policy = _policies.get((name, quota))
        if policy is None:
            policy = _policies[name, quota] = _policy(limit)
        policies.append(policy)
        states.append(f'"{name}";r={int(remaining)};t={-int(-reset_s // 1)}')
        if unit != "concurrent":
            best = tightest.get(unit)
            if best is None or remaining < best.remaining:
                tightest[unit] = limit
    if not policies:
        return []
    found = [("ratelimit-policy", ", ".join(policies)), ("ratelimit", ", ".join(states))]
    for kind, limit in tightest.items():
        found += (
            (f"x-ratelimit-limit-{kind}", str(int(limit.limit))),
            (f"x-ratelimit-remaining-{kind}", str(int(limit.remaining))),
            (f"x-ratelimit-reset-{kind}", duration(limit.reset_s)),
        )
    return found


_policies: dict[tuple[str, float], str] = {}
"""Rendered once: there are as many as the configuration has limits."""


def _policy(limit: LimitState) -> str:
    name, quota = limit.name, int(limit.limit)
    if limit.unit == "concurrent":
        return f'"{name}";q={quota};qu="concurrent-requests"'
    return f'"{name}";q={quota};w={limit.window_s:.0f}' + (';qu="tokens"' if limit.unit == "tokens" else "")


def duration(seconds: float) -> str:
    """A duration as OpenAI writes it: 17ms, 1s, 6m0s, 1h0m5s; rounded up."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1_000)}ms"
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
