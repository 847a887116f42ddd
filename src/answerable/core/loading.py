"""The file stem is the registry: finds the parts in a package and imports one only when it is chosen."""

import importlib
import pkgutil
from types import ModuleType

from answerable.core.errors import SetupError


def names(package: str) -> list[str]:
    """Names of the parts in `package` (its modules, not its subpackages), sorted. Imports none of them."""
    root = importlib.import_module(package)
    return sorted(m.name for m in pkgutil.iter_modules(root.__path__) if not m.ispkg and not m.name.startswith("_"))


def load(package: str, name: str) -> ModuleType:
    """Import the part `name` of `package`.

    Raises SetupError for an unknown name (listing the known ones) and for a part whose extra is not installed.
    """
    known = names(package)
    if name not in known:
        raise SetupError(f"unknown {package.rsplit('.', 1)[-1][:-1]} '{name}'; known: {', '.join(known)}")
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("answerable"):
            raise
        raise SetupError(f"'{name}' needs the package '{error.name}': pip install 'answerable[{name}]'") from error
