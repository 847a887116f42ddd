from typing import Any

import pytest

from answerable.core.messages import Image, Text
from answerable.flows.stored_turn import messages_of
from tests.support.talks import message


@pytest.mark.parametrize("image", [{}, {"image_url": None}, {"image_url": "data:,"}, {"image_url": {"url": 1}}])
def test_a_stored_image_without_an_address_does_not_end_its_branch(image: dict[str, Any]) -> None:
    good = {"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}}
    row = message("conv_1", None, "look", parts=({"type": "image_url", **image}, good))
    (found,) = messages_of([row])
    assert found.content == (Text("look"), Image("data:,", "low"))
