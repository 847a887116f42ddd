from typing import Any

import pytest
from pydantic import ValidationError

from answerable.api.bodies import Body


class Sample(Body):
    text: Any = ""


@pytest.mark.parametrize("value", ["\ud800", ["fine", {"deep": "\udfff"}], {"\ud800": 1}])
def test_half_a_surrogate_pair_is_refused_wherever_it_hides(value: Any) -> None:
    with pytest.raises(ValidationError, match="not valid Unicode"):
        Sample.model_validate({"text": value})


@pytest.mark.parametrize("value", ["plain", "é 💥 \u0000", [1, None, True, {"a": "ü"}]])
def test_every_other_text_passes(value: Any) -> None:
    assert Sample.model_validate({"text": value}).text == value
