"""The models a caller may name: built on first use, closed together."""

from collections.abc import Callable, Collection, Mapping

from answerable.core.errors import ModelNotFound, SetupError
from answerable.core.ports import Model

Build = Callable[[], Model]


class Models:
    """Models by name, in the order given. `unavailable` maps a configured name to why it cannot be used; `engine` is
    the extractive one, which always answers from documents. The default may be one of the `routes` of a router.
    """

    def __init__(
        self,
        builders: Mapping[str, Build],
        unavailable: Mapping[str, str],
        default: str,
        engine: str,
        routes: Collection[str] = (),
    ) -> None:
        self._builders = builders
        self._built: dict[str, Model] = {}
        self.unavailable = unavailable
        self.default = default
        self.engine = engine
        if default not in builders and default not in routes:
            why = unavailable.get(default, f"known models: {', '.join((*builders, *routes))}")
            raise SetupError(f"the default model '{default}' cannot be used: {why}")

    @property
    def names(self) -> list[str]:
        """Names of the models that can be used."""
        return list(self._builders)

    def get(self, name: str | None) -> Model:
        """The model; the default one for None. Raises ModelNotFound that says what there is or what is missing."""
        wanted = name or self.default
        if wanted not in self._builders:
            reason = self.unavailable.get(wanted)
            known = f"'{wanted}' cannot be used: {reason}" if reason else f"there is no model '{wanted}'"
            raise ModelNotFound(f"{known}; models to choose from: {', '.join(self.names)}", param="model")
        if wanted not in self._built:
            self._built[wanted] = self._builders[wanted]()
        return self._built[wanted]

    async def close(self) -> None:
        """Release all connections."""
        for model in self._built.values():
            await model.close()
