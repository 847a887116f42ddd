import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from answerable.config import asset
from answerable.core.errors import SetupError
from answerable.policies import Policies, merged, read


@dataclass(frozen=True, slots=True)
class Inner:
    most: int = 1

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("most is at least 1")


@dataclass(frozen=True, slots=True)
class Outer:
    name: str = ""
    inner: Inner = Inner()
    maybe: Inner | None = None
    several: tuple[Inner, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict)


def test_tables_become_the_dataclasses_of_the_features() -> None:
    found = read(
        Outer, {"inner": {"most": 3}, "several": [{"most": 2}], "by_name": {"a": {}}, "maybe": {"most": 4}}, "p.toml"
    )
    assert found == Outer("", Inner(3), Inner(4), (Inner(2),), {"a": Inner()})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"nam": "x"}, "p.toml, the top of the file: there is no 'nam'; did you mean 'name'?"),
        ({"inner": {"zzz": 1}}, r"p.toml, \[inner\]: there is no 'zzz'; known: most"),
        ({"several": [{}, {"zzz": 1}]}, r"p.toml, \[several.1\]: there is no 'zzz'"),
        ({"by_name": {"a": {"zzz": 1}}}, r"p.toml, \[by_name.a\]: there is no 'zzz'"),
        ({"maybe": {"zzz": 1}}, r"p.toml, \[maybe\]: there is no 'zzz'"),
        ({"inner": {"most": "many"}}, r"p.toml, \[inner.most\]: Input should be a valid integer"),
        ({"inner": {"most": 0}}, r"p.toml, \[inner\]: most is at least 1"),
    ],
)
def test_a_mistake_names_file_and_entry(table: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        read(Outer, table, "p.toml")


def test_what_is_laid_on_top_replaces_values_and_keeps_the_rest() -> None:
    base = {"a": {"x": 1, "y": {"z": 2}}, "list": [1, 2]}
    assert merged(base, {"a": {"y": {"z": 3}}, "list": [4]}) == {"a": {"x": 1, "y": {"z": 3}}, "list": [4]}
    assert base["a"] == {"x": 1, "y": {"z": 2}}


def test_the_file_that_ships_says_what_the_program_does_without_it() -> None:
    shipped = tomllib.loads((asset("config") / "policies.toml").read_text("utf-8"))
    assert read(Policies, shipped, "policies.toml") == Policies()
    assert set(shipped) == {field.name for field in dataclasses.fields(Policies)}, "every feature shows its table"
