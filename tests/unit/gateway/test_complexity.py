import orjson
import pytest

from answerable.core.errors import SetupError
from answerable.gateway import complexity
from answerable.gateway.complexity import Judge, Weights, load_weights
from answerable.knowledge.embedders import minilm
from tests.support.embedding import HashEmbedder

BUNDLED = Judge(minilm.build(minilm.Config(threads=1)))
COUNTED = Judge(None)

EASY = [
    "Hi there!",
    "Thanks, that helped",
    "How do I change the address of my account?",
    "Where can I see my last bill?",
    "The remote does not respond. What can I do?",
    "What is the capital of Italy?",
]
LEAK = (
    "A tank fills at 12 litres a minute and leaks 3 litres a minute from half of its 240 litres on. The tap costs 2 "
    "cents a minute. How long does it take to fill, how much does it cost, and what changes if the leak doubles?"
)
LOCKS = (
    "Compare optimistic and pessimistic locking for a ledger with 5,000 writes per second. Which one is consistent "
    "under a partition, and why? Evaluate both with an argument for each failure and give pseudo code with { and }."
)
HARD = [
    "Prove that there are infinitely many primes, then derive a lower bound for the n-th one and justify every step.",
    LEAK,
    LOCKS,
]


@pytest.mark.parametrize("judge", [BUNDLED, COUNTED], ids=["embedding", "features"])
@pytest.mark.parametrize("prompt", EASY)
def test_everyday_questions_are_not_complex(judge: Judge, prompt: str) -> None:
    found = judge.judge(prompt)
    assert found.score < 5
    assert found.confidence > 0.6


@pytest.mark.parametrize("judge", [BUNDLED, COUNTED], ids=["embedding", "features"])
@pytest.mark.parametrize("prompt", HARD)
def test_work_of_many_steps_is_complex(judge: Judge, prompt: str) -> None:
    found = judge.judge(prompt)
    assert found.score > (7 if judge.embeds else 6)
    assert found.weak_right < found.strong_right
    assert found.gain == pytest.approx(found.strong_right - found.weak_right)


def test_reasons_are_words_for_what_is_there() -> None:
    assert "numbers" in COUNTED.judge(LEAK).reasons
    assert any("characters" in reason for reason in COUNTED.judge(EASY[0]).reasons)
    assert all(1 <= len(BUNDLED.judge(prompt).reasons) <= 3 for prompt in EASY + HARD)


@pytest.mark.parametrize("prompt", ["", "   ", "密码怎么重置？", "🙂🙂", "12345"])
def test_what_it_cannot_read_has_no_confidence(prompt: str) -> None:
    assert COUNTED.judge(prompt).confidence == 0


def test_the_threshold_moves_the_confidence_and_not_the_score() -> None:
    prompt = HARD[0]
    near, far = COUNTED.judge(prompt), Judge(None, threshold=1.0).judge(prompt)
    assert near.score == far.score
    assert far.confidence > near.confidence


def test_scores_stay_on_the_scale() -> None:
    assert COUNTED.score(-1.0) == 0
    assert COUNTED.score(1.0) == 10


def test_another_embedding_model_is_not_asked() -> None:
    other = HashEmbedder()
    judge = Judge(other)
    assert not judge.embeds
    assert judge.judge(EASY[0]) == COUNTED.judge(EASY[0])
    assert other.embedded == []


@pytest.mark.parametrize("judge", [BUNDLED, COUNTED], ids=["embedding", "features"])
def test_a_chore_on_a_long_text_is_no_harder_than_on_a_short_one(judge: Judge) -> None:
    text = "Our revenue grew by 12 percent, because of 3 new contracts; therefore costs rose as well. "
    short, long = judge.judge(f"Summarise this:\n{text}"), judge.judge(f"Summarise this:\n{text * 40}")
    assert short == long
    assert long.score < 5
    assert long.reasons == ("a chore on the text that was given",)
    assert judge.judge(f"Explain why this is wrong:\n{text * 40}").score > 7


def test_counting_alone_decides_only_where_it_is_sure() -> None:
    assert BUNDLED.judge_at_once("Hi there!") == COUNTED.judge("Hi there!")
    assert BUNDLED.judge_at_once(LOCKS) is None
    assert COUNTED.judge_at_once(LOCKS) == COUNTED.judge(LOCKS)


def test_the_same_prompt_gets_the_same_complexity() -> None:
    assert BUNDLED.judge(HARD[1]) == BUNDLED.judge(HARD[1])


def test_a_prompt_that_was_not_trained_on_has_no_held_out_score() -> None:
    assert load_weights().held_out_gain("How do I change the colour of the menu of this very program?") is None
    assert len(load_weights().trained) == len(load_weights().held_out) == load_weights().record["exam_questions"]


def test_weights_of_other_features_are_refused() -> None:
    data = orjson.loads(complexity.WEIGHTS.read_bytes())
    with pytest.raises(SetupError, match="other features"):
        Weights(data | {"features": ["length"]})


def test_damaged_weights_are_refused() -> None:
    data = orjson.loads(complexity.WEIGHTS.read_bytes())
    with pytest.raises(SetupError, match="damaged"):
        Weights({key: value for key, value in data.items() if key != "knots"})


def test_weights_are_small() -> None:
    assert complexity.WEIGHTS.stat().st_size <= 100_000
