from dataclasses import replace

from answerable.chats.liveness import SILENT_US, status_now
from tests.support.talks import BEGIN_US, message


def test_an_answer_without_a_sign_of_life_is_interrupted() -> None:
    row = message("conv_1", None, "so far", "assistant", status="streaming")
    assert status_now(row, BEGIN_US + SILENT_US) == "streaming"
    assert status_now(row, BEGIN_US + SILENT_US + 1) == "interrupted"
    assert status_now(replace(row, status="stopped"), BEGIN_US + SILENT_US + 1) == "stopped"
