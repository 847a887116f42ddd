"""The names of what a run keeps: hashes of what it is, so that the same thing has the same name in every process."""

import hashlib
from typing import Final

_ID_BYTES: Final = 12


def hash_of(*parts: str) -> str:
    """24 hexadecimal digits."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=_ID_BYTES).hexdigest()
