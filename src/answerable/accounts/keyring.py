"""The secrets of an installation: a ring of which the newest signs and all others still verify until they are removed.

Generated on first run into `secrets.json` of the data folder (mode 0600), or handed over. One secret serves every
purpose: each gets a key of its own, derived from it. Anything weak or readable by others stops the start.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from answerable.core.errors import NotFound, SetupError

FILE = "secrets.json"
Purpose = Literal["access tokens", "refresh tokens", "api keys"]

_LEAST_BYTES = 32
_LEAST_DIFFERENT = 10
_MAKE_ONE = "make one with `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"
_KNOWN = ("secret", "changeme", "change-me", "change_me", "t0p-s3cr3t", "password", "default", "example", "insecure")
"""Words of secrets that stand in manuals and sample files of such programs."""


class KeyRing:
    """Secrets by id, oldest first. Never shows them."""

    def __init__(self, ring: Mapping[str, str]) -> None:
        if not ring:
            raise SetupError(f"the key ring is empty; {_MAKE_ONE}")
        for name, value in ring.items():
            check_strength(name, value)
        self._ring = dict(ring)
        self._derived: dict[tuple[Purpose, str], bytes] = {}
        self.ids = tuple(ring)
        self.newest = self.ids[-1]

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.ids)})"

    def key(self, purpose: Purpose, secret_id: str) -> bytes | None:
        """32 bytes for one purpose, of one secret; None for a secret that is not in the ring (any more).

        HKDF's expand step (RFC 5869) for one block: the secret has full entropy, so no extract step is needed.
        """
        found = self._derived.get((purpose, secret_id))
        if found is None and secret_id in self._ring:
            message = f"answerable {purpose}".encode() + b"\x01"
            found = hmac.digest(self._ring[secret_id].encode(), message, hashlib.sha256)
            self._derived[purpose, secret_id] = found
        return found

    def newest_key(self, purpose: Purpose) -> bytes:
        """The key that signs."""
        found = self.key(purpose, self.newest)
        assert found is not None
        return found


def check_strength(name: str, value: str) -> None:
    """Raises SetupError for a secret that could be guessed: short, of few characters, or one that is in manuals."""
    lowered = value.lower()
    if len(value.encode()) < _LEAST_BYTES:
        raise SetupError(f"secret '{name}' has fewer than {_LEAST_BYTES} bytes and could be guessed; {_MAKE_ONE}")
    if len(set(value)) < _LEAST_DIFFERENT or any(word in lowered for word in _KNOWN):
        raise SetupError(f"secret '{name}' is a known one or repeats itself, and could be guessed; {_MAKE_ONE}")


def load_keyring(folder: Path, given: Mapping[str, str] | None = None) -> KeyRing:
    """The ring that was handed over (id -> text, oldest first), else that of the folder, generated when there is none.

    Raises SetupError that says what to do when a secret is weak, or the file is damaged or can be read by others.
    """
    if given:
        return KeyRing(given)
    path = folder / FILE
    if not path.exists():
        _create(path, {_new_id(()): secrets.token_urlsafe(32)})
    return KeyRing(_read(path))


def rotate(folder: Path) -> KeyRing:
    """Add a secret, which signs from the next start on; the others go on verifying."""
    ring = _read(folder / FILE)
    ring[_new_id(ring)] = secrets.token_urlsafe(32)
    _replace(folder / FILE, ring)
    return KeyRing(ring)


def remove(folder: Path, secret_id: str) -> KeyRing:
    """Take a secret out: what it signed is no longer good. Raises NotFound, and SetupError for the only one."""
    ring = _read(folder / FILE)
    if secret_id not in ring:
        raise NotFound(f"there is no secret '{secret_id}'; there are {', '.join(ring)}", param="secret")
    if len(ring) == 1:
        raise SetupError(f"'{secret_id}' is the only secret; add one first")
    del ring[secret_id]
    _replace(folder / FILE, ring)
    return KeyRing(ring)


def _new_id(taken: Mapping[str, str] | tuple[()]) -> str:
    numbers = [int(name[1:]) for name in taken if name[:1] == "s" and name[1:].isdecimal()]
    return f"s{max(numbers, default=0) + 1}"


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise SetupError(f"others on this machine can read {path}; run `chmod 600 {path}`")
            ring = json.load(file)["secrets"]
    except FileNotFoundError as error:
        raise SetupError(f"there is no {path}; start the program once, or hand the secrets over") from error
    except PermissionError as error:
        raise SetupError(f"{path} belongs to another user and cannot be read") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path} is damaged; put it back from a backup") from error
    if not isinstance(ring, dict) or not all(isinstance(value, str) for value in ring.values()):
        raise SetupError(f"{path} is damaged; put it back from a backup")
    return ring


def _create(path: Path, ring: Mapping[str, str]) -> None:
    """The file, unless another process was first: then its secrets are as good."""
    with _written(path, ring) as made, contextlib.suppress(FileExistsError):
        os.link(made, path)


def _replace(path: Path, ring: Mapping[str, str]) -> None:
    with _written(path, ring) as made:
        made.replace(path)


@contextlib.contextmanager
def _written(path: Path, ring: Mapping[str, str]) -> Iterator[Path]:
    """A file beside `path` that holds the ring, whole and on disk, readable by this user only; removed afterwards."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")  # mkstemp makes it 0600
    made = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"secrets": dict(ring)}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        yield made
    finally:
        made.unlink(missing_ok=True)
