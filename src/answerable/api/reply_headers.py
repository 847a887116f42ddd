"""What the headers of a reply say about how it came about: request, limits, route, cache, cost."""

from collections.abc import Iterable

from answerable.api.limit_headers import headers_of
from answerable.core.messages import Admitted, CacheHit, Event, Finished, Queued, Routed


class ReplyHeaders:
    """Collects from the events of a run; a stream's headers go out with its first visible event."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}

    @staticmethod
    def of(events: Iterable[Event]) -> dict[str, str]:
        """The headers of a run that is over."""
        head = ReplyHeaders()
        for event in events:
            head.take(event)
        return dict(head.lines())

    def take(self, event: Event) -> None:
        """Note what an event says."""
        match event:
            case Admitted(request_id, limits):
                self._lines["x-request-id"] = request_id
                self._lines.update(headers_of(limits))
            case Queued(waited_ms):
                self._lines["x-answerable-queue-ms"] = f"{waited_ms:.0f}"
            case Routed():
                self._lines["x-answerable-model"] = _token(event.model)
                self._lines["x-answerable-fallbacks"] = str(event.fallbacks)
                if event.degraded:
                    self._lines["x-answerable-degraded"] = "true"
            case CacheHit(kind, similarity, age_s):
                self._lines["x-answerable-cache"] = f"{kind}; similarity={similarity:.3f}; age={age_s:.0f}"
            case Finished() if event.cost_usd is not None:
                self._lines["x-answerable-cost-usd"] = f"{event.cost_usd:f}"
            case _:
                pass

    def lines(self) -> list[tuple[str, str]]:
        """The headers, in the order they were learned."""
        return list(self._lines.items())


def _token(text: str) -> str:
    """A header cannot hold every character that a model's name may."""
    return text.encode("ascii", "replace").decode()
