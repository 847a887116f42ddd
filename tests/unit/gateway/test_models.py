import pytest

from answerable.core.errors import ModelNotFound, SetupError
from answerable.gateway.models import Models
from answerable.providers.scripted import Config, Scripted


class Shelf:
    """Counts what is built."""

    def __init__(self) -> None:
        self.built: list[Scripted] = []

    def build(self) -> Scripted:
        self.built.append(Scripted(Config()))
        return self.built[-1]

    def models(self, default: str = "a") -> Models:
        return Models({"a": self.build, "b": self.build}, {"c": "set C_KEY in the environment"}, default, "a")


def test_a_model_is_built_once_and_only_when_it_is_used() -> None:
    shelf = Shelf()
    models = shelf.models()
    assert models.names == ["a", "b"]
    assert shelf.built == []
    assert models.get("b") is models.get("b")
    assert len(shelf.built) == 1


def test_no_name_is_the_default_one() -> None:
    models = Shelf().models("b")
    assert models.get(None) is models.get("b")


def test_a_model_without_its_key_says_which_variable_to_set() -> None:
    with pytest.raises(ModelNotFound, match="set C_KEY in the environment; models to choose from: a, b"):
        Shelf().models().get("c")


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(ModelNotFound, match="there is no model 'd'; models to choose from: a, b"):
        Shelf().models().get("d")


@pytest.mark.parametrize(("default", "why"), [("c", "set C_KEY"), ("d", "known models: a, b")])
def test_a_default_that_cannot_be_used_is_found_at_start(default: str, why: str) -> None:
    with pytest.raises(SetupError, match=why):
        Shelf().models(default)


def test_the_default_may_be_a_route() -> None:
    shelf = Shelf()
    models = Models({"a": shelf.build}, {}, "auto", "a", routes=("auto",))
    assert models.default == "auto"


async def test_closing_closes_what_was_built() -> None:
    shelf = Shelf()
    models = shelf.models()
    models.get("a")
    await models.close()
    assert [model.closed for model in shelf.built] == [True]
