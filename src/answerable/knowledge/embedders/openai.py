"""Any endpoint that speaks the OpenAI embeddings protocol: OpenAI, vLLM, Ollama, llama.cpp, text-embeddings-inference.

Word pieces are counted with the bundled tokenizer: an estimate, on the safe side for English against OpenAI's own.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from answerable.core.errors import ProviderBusy, ProviderDown, ProviderRefused, ProviderTimeout, SetupError
from answerable.core.ports import Embedder
from answerable.knowledge.embedders.base.word_pieces import WordPieces
from answerable.knowledge.embedders.minilm import MODEL

if TYPE_CHECKING:
    from answerable.core.ports import Vectors

BUSY = frozenset({429, 503, 529})


@dataclass(frozen=True, slots=True)
class Config:
    """`base_url` ends in the API's version (`.../v1`); `api_key` may be empty for a local server. `dimensions` is what
    the endpoint returns; `send_dimensions` asks it to shorten to that (text-embedding-3). `attempts` counts tries.
    """

    model: str = "text-embedding-3-small"
    dimensions: int = 1536
    base_url: str = "https://api.openai.com/v1"
    api_key: str = field(default="", repr=False)
    max_tokens: int = 8000
    batch_size: int = 128
    timeout_s: float = 60.0
    attempts: int = 3
    send_dimensions: bool = False


def build(config: Config) -> Embedder:
    """The embedder of an endpoint; nothing is sent until the first text."""
    if not config.base_url.startswith(("https://", "http://")):
        raise SetupError(f"embedder base_url must begin with http:// or https://, not '{config.base_url}'")
    if config.dimensions < 1 or config.batch_size < 1 or config.attempts < 1:
        raise SetupError("embedder dimensions, batch_size and attempts must be at least 1")
    return EndpointEmbedder(config)


class EndpointEmbedder:
    """Posts batches to `/embeddings`. Thread-safe: it keeps no connection and no state."""

    local = False

    def __init__(self, config: Config) -> None:
        self.name = config.model
        self.dimensions = config.dimensions
        self.max_tokens = config.max_tokens
        self._config = config
        self._pieces = WordPieces(MODEL)

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """(n, dimensions) float32, L2-normalised, in the order given; an UpstreamError when it fails."""
        import numpy as np

        size = self._config.batch_size
        batches = [self._embed_batch(texts[start : start + size]) for start in range(0, len(texts), size)]
        return np.concatenate([np.zeros((0, self.dimensions), np.float32), *batches])

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Character offsets [start, end) of the bundled tokenizer's word pieces."""
        return self._pieces.spans(text)

    def count(self, text: str) -> int:
        """Number of the bundled tokenizer's word pieces."""
        return self._pieces.count(text)

    def _embed_batch(self, texts: Sequence[str]) -> "Vectors":
        """One request. The API refuses an empty string, so a space stands for it."""
        body: dict[str, Any] = {
            "model": self._config.model,
            "input": [text or " " for text in texts],
            "encoding_format": "float",
        }
        if self._config.send_dimensions:
            body["dimensions"] = self.dimensions
        return self._vectors(self._post(json.dumps(body).encode()), len(texts))

    def _vectors(self, reply: bytes, expected: int) -> "Vectors":
        import numpy as np

        try:
            items = sorted(json.loads(reply)["data"], key=lambda item: int(item["index"]))
            vectors = np.array([item["embedding"] for item in items], np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderDown(f"the embedding endpoint's reply for {self.name} could not be read") from error
        if vectors.shape != (expected, self.dimensions):
            raise ProviderRefused(
                f"{self.name} returned vectors of shape {vectors.shape}, expected {(expected, self.dimensions)}: "
                "set the embedder's dimensions"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(lengths, 1e-12)
        return unit

    def _post(self, body: bytes) -> bytes:
        """Send, and send again while the endpoint is busy or out of reach, waiting as it asks."""
        for attempt in range(1, self._config.attempts):
            try:
                return self._post_once(body)
            except (ProviderBusy, ProviderDown, ProviderTimeout) as error:
                time.sleep(min(error.retry_after_s or 0.5 * 2**attempt, 20))
        return self._post_once(body)

    def _post_once(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        if self._config.api_key:
            headers["Authorization"] = f"Bearer {self._config.api_key}"
        url = self._config.base_url.rstrip("/") + "/embeddings"
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - build() checked the scheme
        try:
            with urllib.request.urlopen(request, timeout=self._config.timeout_s) as response:  # noqa: S310
                reply: bytes = response.read()
                return reply
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error.code, error.headers.get("Retry-After")) from error
        except TimeoutError as error:
            raise ProviderTimeout(f"{self.name}: no embeddings within {self._config.timeout_s:g} s") from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise ProviderTimeout(f"{self.name}: no connection within {self._config.timeout_s:g} s") from error
            raise ProviderDown(f"{self.name}: the embedding endpoint could not be reached") from error

    def _refusal(self, status: int, retry_after: str | None) -> ProviderBusy | ProviderDown | ProviderRefused:
        """The error for an HTTP status; the reply's text is left out, it may quote the key."""
        if status in BUSY:
            wait_s = float(retry_after) if retry_after and retry_after.isdigit() else None
            return ProviderBusy(f"{self.name}: the embedding endpoint is busy ({status})", retry_after_s=wait_s)
        if status >= 500:
            return ProviderDown(f"{self.name}: the embedding endpoint failed ({status})")
        return ProviderRefused(f"{self.name}: the embedding endpoint refused ({status}): check model, key and input")
