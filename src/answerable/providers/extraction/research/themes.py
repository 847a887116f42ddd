"""Groups of things that are alike: Ward's agglomerative clustering (1963), by the Lance-Williams recurrence.

Deterministic: no seeds, and of equal distances the first pair is taken. Up to a few hundred rows.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from answerable.core.ports import Vectors


def groups(rows: "Vectors", count: int) -> list[list[int]]:
    """`rows` (n, d) in `count` groups (fewer for fewer rows), each ascending, in the order of their first rows."""
    members: list[list[int]] = [[at] for at in range(len(rows))]
    if not members:
        return []
    exact = rows.astype(np.float64)
    squares = (exact * exact).sum(axis=1)
    apart = np.round(squares[:, None] + squares[None, :] - 2 * exact @ exact.T, 9)
    np.fill_diagonal(apart, np.inf)
    alive = len(members)
    while alive > max(1, count):
        one, other = divmod(int(apart.argmin()), len(rows))
        one, other = min(one, other), max(one, other)
        a, b = len(members[one]), len(members[other])
        for third in range(len(rows)):
            if third in (one, other) or not members[third]:
                continue
            c = len(members[third])
            new = (a + c) * apart[one, third] + (b + c) * apart[other, third] - c * apart[one, other]
            apart[one, third] = apart[third, one] = round(float(new) / (a + b + c), 9)
        members[one], members[other] = sorted(members[one] + members[other]), []
        apart[other, :] = apart[:, other] = np.inf
        alive -= 1
    return sorted(group for group in members if group)
