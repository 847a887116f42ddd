"""API keys: `ak_<id>_<secret>`, 256 random bits, shown once. Only a keyed hash is kept."""

import hashlib
import hmac
import secrets

from answerable.accounts.keyring import KeyRing

PREFIX = "ak_"
_ID_BYTES = 8
_SECRET_BYTES = 32


def new_key() -> tuple[str, str]:
    """(id, whole key). The id may be shown and logged; the key is given to its owner and forgotten."""
    key_id = f"ak_{secrets.token_hex(_ID_BYTES)}"
    return key_id, f"{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def find_id(key: str) -> str | None:
    """The id inside a key, or None for text that is no key of ours."""
    kind, _, rest = key.partition("_")
    name, mark, secret = rest.partition("_")
    if f"{kind}_" != PREFIX or not mark or len(name) != 2 * _ID_BYTES or not secret or not key.isascii():
        return None
    return f"{kind}_{name}"


def hash_of(ring: KeyRing, secret_id: str, key: str) -> str | None:
    """The keyed hash (HMAC-SHA256, hexadecimal) of a whole key; None when the ring no longer has that secret."""
    secret = ring.key("api keys", secret_id)
    return None if secret is None else hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()


def matches(ring: KeyRing, secret_id: str, stored: str, key: str) -> bool:
    """Whether a key is the one whose hash is stored, compared in constant time."""
    found = hash_of(ring, secret_id, key)
    return found is not None and hmac.compare_digest(found, stored)
