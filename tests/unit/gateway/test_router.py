import re
from collections import Counter
from decimal import Decimal

import pytest

from answerable.core.counting import prompt_tokens
from answerable.core.errors import Forbidden, InvalidRequest, ModelNotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.messages import Image, Message, Text, Tool
from answerable.core.tasks import Answer, Chat, Sampling
from answerable.gateway.prices import UNKNOWN, Price
from answerable.gateway.route_policy import AutoPolicy, Config, ModelCard, RoutePolicy, Tier
from answerable.gateway.router import Healthy, Plan, Route, Router, needs_of, prompt_of
from answerable.knowledge.embedders import minilm

ENGINE = "extractive"
EASY = "How do I change the address of my account?"
HARD = (
    "A tank fills at 12 litres a minute and leaks 3 litres a minute from half of its 240 litres on. The tap costs 2 "
    "cents a minute. How long does it take to fill, how much does it cost, and what changes if the leak doubles?"
)


def card(name: str, tier: Tier = "cheap", usd: str | None = "1", **more: object) -> ModelCard:
    price = UNKNOWN if usd is None else Price(Decimal(usd), Decimal(usd))
    given = {"context_tokens": 100_000, "images": True, "json_schema": True} | more
    return ModelCard(name, "openai", price=price, tier=tier, **given)  # type: ignore[arg-type]


CHEAP, CHEAPER = card("cheap", usd="0.5"), card("cheaper", usd="0.2", context_tokens=8_000, images=False)
UNPRICED, STRONG = card("unpriced", usd=None), card("strong", "strong", "5")
LONG = card("long", "long", "3", context_tokens=1_000_000)
CARDS = (UNPRICED, CHEAP, CHEAPER, STRONG, LONG)


def router(config: Config | None = None, healthy: Healthy = lambda _: True, **more: object) -> Router:
    given = {"cards": CARDS, "embedder": None, "engine": ENGINE} | more
    return Router(config or Config(), healthy=healthy, **given)  # type: ignore[arg-type]


def chat(text: str = EASY, **more: object) -> Chat:
    return Chat((Message("user", (Text(text),)),), **more)  # type: ignore[arg-type]


def models(plan: Plan) -> list[str]:
    return [route.model for route in plan.routes]


async def plan_of(task: Chat | Answer, wanted: str = "auto", **more: object) -> Plan:
    return await router(**more).plan(task, wanted, OWNER, "request-1")  # type: ignore[arg-type]


PICTURE = Chat((Message("user", (Text("What is this?"), Image("https://example.org/a.png"))),))
SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}}


@pytest.mark.parametrize(
    ("task", "first", "said"),
    [
        (chat(EASY), "cheaper", r"complexity \d\.\d of 10: .+ -> cheap; cheaper, the cheapest that qualifies"),
        (chat(HARD), "strong", r"complexity \d\.\d of 10: .*numbers.* -> strong"),
        (chat("密码怎么重置？"), "cheaper", r"unsure \(confidence 0\.00\) -> cheap"),
        (
            chat("word " * 50_000),
            "long",
            r"62,500 tokens, above 50,000 -> long; .*left out: .*a context of 8,000 tokens",
        ),
        (PICTURE, "cheap", r"left out: cheaper \(no images\)"),
        (chat(EASY, response_format=SCHEMA), "cheaper", "-> cheap"),
        (chat("word " * 8_000), "cheap", r"cheaper \(a context of 8,000 tokens\)"),
        (chat(EASY, sampling=Sampling(max_tokens=9_000)), "cheap", r"cheaper \(a context of 8,000 tokens\)"),
    ],
)
async def test_auto_chooses_and_says_why(task: Chat, first: str, said: str) -> None:
    config = Config(auto=AutoPolicy(strong_above=7.0 if task.messages[0].text != "word " * 8_000 else 10.0))
    plan = await plan_of(task, config=config)
    assert models(plan)[0] == first
    assert re.search(said, plan.reason), plan.reason


async def test_the_reason_reads_as_a_sentence() -> None:
    plan = await plan_of(chat(HARD))
    assert plan.complexity is not None
    assert plan.confidence is not None
    assert plan.reason.startswith(f"complexity {plan.complexity:.1f} of 10: ")
    assert plan.reason.endswith("-> strong; strong, the cheapest that qualifies")


async def test_a_class_goes_by_price_and_an_unknown_price_comes_last() -> None:
    assert models(await plan_of(chat(EASY))) == ["cheaper", "cheap", "unpriced", "strong", ENGINE]


async def test_other_classes_follow_as_fallbacks() -> None:
    assert models(await plan_of(chat(HARD))) == ["strong", "long", "cheaper", "cheap", ENGINE]


async def test_the_number_of_routes_is_bounded() -> None:
    assert models(await plan_of(chat(EASY), config=Config(auto=AutoPolicy(most_routes=1)))) == ["cheaper", ENGINE]


async def test_the_threshold_is_the_policy_s() -> None:
    assert models(await plan_of(chat(HARD), config=Config(auto=AutoPolicy(strong_above=10.0))))[0] == "cheaper"
    eager = router(Config(auto=AutoPolicy(strong_above=0.0)))
    assert models(await eager.plan(chat(EASY), "auto", OWNER, "r"))[0] == "strong"


async def test_an_unsure_prompt_goes_where_the_policy_says() -> None:
    plan = await plan_of(chat("密码怎么重置？"), config=Config(auto=AutoPolicy(unsure="strong")))
    assert models(plan)[0] == "strong"
    assert plan.confidence == 0


async def test_a_class_may_be_a_named_route() -> None:
    config = Config({"best": RoutePolicy({"long": 1}, ("strong",))}, AutoPolicy(strong="best"))
    plan = await plan_of(chat(HARD), config=config)
    assert models(plan)[:2] == ["long", "strong"]
    assert "long of the route best" in plan.reason


async def test_without_a_model_of_the_class_the_next_one_is_taken() -> None:
    plan = await plan_of(chat(HARD), cards=(CHEAP,))
    assert models(plan) == ["cheap", ENGINE]
    assert "cheap instead, since no strong model can be used" in plan.reason


async def test_with_no_language_model_the_engine_answers_and_is_not_degraded() -> None:
    plan = await plan_of(chat(EASY), cards=())
    assert plan.routes == (Route(ENGINE),)
    assert plan.reason == "no language model is set up"


async def test_a_request_that_no_model_can_take_is_refused_with_the_reasons() -> None:
    with pytest.raises(InvalidRequest, match=r"no model can take this request: cheaper \(no images\)"):
        await plan_of(PICTURE, cards=(CHEAPER,))


async def test_a_concrete_model_is_followed_by_its_fallbacks() -> None:
    config = Config(fallbacks={"strong": ("cheap", "cheaper", "gone")})
    plan = await plan_of(chat(HARD), "strong", config=config)
    assert plan == Plan(
        (Route("strong"), Route("cheap"), Route("cheaper"), Route(ENGINE, True)), "strong was asked for"
    )
    assert models(await plan_of(PICTURE, "strong", config=config)) == [
        "strong",
        "cheap",
    ]  # the other one sees no images


async def test_the_caller_s_choice_is_not_overruled() -> None:
    assert models(await plan_of(PICTURE, "cheaper"))[0] == "cheaper"


async def test_the_engine_asked_for_is_not_degraded() -> None:
    assert (await plan_of(chat(EASY), ENGINE)).routes == (Route(ENGINE),)


@pytest.mark.parametrize("more", [{"tools": (Tool("f"),)}, {"response_format": SCHEMA}])
async def test_the_last_resort_is_left_out_where_a_quotation_cannot_be_the_reply(more: dict[str, object]) -> None:
    assert ENGINE not in models(await plan_of(chat(EASY, **more)))


async def test_the_last_resort_can_be_turned_off() -> None:
    assert ENGINE not in models(await plan_of(chat(EASY), config=Config(last_resort=False)))


async def test_weights_decide_and_the_same_request_is_drawn_the_same() -> None:
    mixed = router(Config({"mixed": RoutePolicy({"cheap": 3, "strong": 1}, ("long",))}))
    plans = [await mixed.plan(chat(EASY), "mixed", OWNER, f"request-{number}") for number in range(2_000)]
    again = [await mixed.plan(chat(HARD), "mixed", OWNER, f"request-{number}") for number in range(2_000)]
    assert [plan.routes for plan in plans] == [plan.routes for plan in again]
    counts = Counter(models(plan)[0] for plan in plans)
    assert 0.71 < counts["cheap"] / 2_000 < 0.79
    assert set(counts) == {"cheap", "strong"}
    assert all(models(plan)[2:] == ["long", ENGINE] for plan in plans)
    assert plans[0].reason in ("route mixed: cheap by weight", "route mixed: strong by weight")


async def test_a_model_that_leaves_moves_only_its_own_requests() -> None:
    both, one = {"cheap": 1.0, "strong": 1.0, "long": 1.0}, {"cheap": 1.0, "long": 1.0}
    before, after = router(Config({"r": RoutePolicy(both)})), router(Config({"r": RoutePolicy(one)}))
    for number in range(200):
        was = models(await before.plan(chat(), "r", OWNER, str(number)))[0]
        if was != "strong":
            assert models(await after.plan(chat(), "r", OWNER, str(number)))[0] == was


async def test_a_named_route_without_an_able_model_says_which_lack_what() -> None:
    config = Config({"fast": RoutePolicy({"cheaper": 1, "gone": 1})})
    given = router(config, unavailable={"gone": "set GONE_API_KEY in the environment"})
    with pytest.raises(InvalidRequest, match=r"'fast' can be used: .*cheaper \(no images\)") as refused:
        await given.plan(PICTURE, "fast", OWNER, "r")
    assert "gone (set GONE_API_KEY in the environment)" in refused.value.message


async def test_a_sick_model_is_tried_last() -> None:
    plan = await plan_of(chat(EASY), healthy=lambda model: model != "cheaper")
    assert models(plan) == ["cheap", "unpriced", "strong", "long", ENGINE]
    plan = await plan_of(chat(EASY), healthy=lambda _: False)
    assert models(plan)[0] == "cheaper"  # all sick: in their order, rather than none


async def test_a_recovering_model_gets_its_share() -> None:
    given = router(Config(), healthy=lambda model: 0.25 if model == "cheaper" else True)
    first = [models(await given.plan(chat(EASY), "auto", OWNER, str(number)))[0] for number in range(1_000)]
    assert 0.2 < first.count("cheaper") / 1_000 < 0.3


async def test_a_recovering_model_gets_its_share_of_a_weighted_route() -> None:
    config = Config({"r": RoutePolicy({"cheap": 1, "strong": 1})})
    given = router(config, healthy=lambda model: 0.5 if model == "cheap" else True)
    first = [models(await given.plan(chat(EASY), "r", OWNER, str(number)))[0] for number in range(2_000)]
    assert 0.2 < first.count("cheap") / 2_000 < 0.3


async def test_an_account_uses_only_what_its_tier_allows() -> None:
    free = Principal("u", tier="free")
    given = router(Config(allowed={"free": ("cheap",)}, fallbacks={"cheap": ("strong",)}))
    with pytest.raises(Forbidden, match="the tier free may not use 'strong'; it may use: cheap"):
        await given.plan(chat(EASY), "strong", free, "r")
    assert models(await given.plan(chat(HARD), "auto", free, "r")) == ["cheap", ENGINE]
    assert models(await given.plan(chat(HARD), "cheap", free, "r")) == ["cheap", ENGINE]
    assert models(await given.plan(chat(HARD), "strong", OWNER, "r"))[0] == "strong"


async def test_an_unknown_name_is_said_with_what_there_is() -> None:
    given = router(Config({"fast": RoutePolicy({"cheap": 1})}))
    with pytest.raises(
        ModelNotFound, match=r"no model 'smart'; models to choose from: .*strong.*extractive, auto, fast"
    ):
        await given.plan(chat(), "smart", OWNER, "r")
    assert given.names == ("auto", "fast")


async def test_a_model_whose_key_is_missing_says_so() -> None:
    given = router(unavailable={"strong": "set STRONG_API_KEY in the environment"})
    with pytest.raises(ModelNotFound, match="'strong' cannot be used: set STRONG_API_KEY"):
        await given.plan(chat(), "strong", OWNER, "r")
    assert "strong" not in models(await given.plan(chat(HARD), "auto", OWNER, "r"))


async def test_the_embedding_runs_off_the_loop() -> None:
    plan = await router(embedder=minilm.build(minilm.Config(threads=1))).plan(chat(EASY), "auto", OWNER, "r")
    assert models(plan)[0] == "cheaper"


def test_a_short_follow_up_is_judged_with_the_question_before_it() -> None:
    talk = (
        Message("user", (Text(HARD),)),
        Message("assistant", (Text("25 minutes"),)),
        Message("user", (Text("Why?"),)),
    )
    assert prompt_of(Chat(talk)) == f"{HARD}\nWhy?"
    assert prompt_of(Chat((*talk[:2], Message("user", (Text("Thanks!"),))))) == "Thanks!"
    assert prompt_of(Answer("And why?", (), talk[:2])) == f"{HARD}\nAnd why?"
    assert prompt_of(Chat((Message("system", (Text("Be brief."),)),))) == ""


def test_what_a_task_needs_is_read_from_it() -> None:
    needs = needs_of(Chat(PICTURE.messages, tools=(Tool("f"),), response_format=SCHEMA))
    assert needs.tools
    assert needs.images
    assert needs.json_schema
    assert needs.tokens == prompt_tokens(Chat(PICTURE.messages, tools=(Tool("f"),)))
    assert not needs_of(chat(response_format={"type": "json_object"})).json_schema
    assert needs_of(Answer("x" * 400, ())).tokens == 100


def test_auto_without_a_language_model_only_quotes() -> None:
    assert router(cards=()).only_quotes("auto")
    assert router().only_quotes(ENGINE)
    assert not router().only_quotes("auto")
    assert not router(cards=()).only_quotes("strong")


def test_what_auto_leads_to_is_told_for_each_class() -> None:
    found = router(unavailable={"cheap": "no key"}).classes()
    assert found == {
        "cheap": ("cheaper", "unpriced", "strong", "long"),
        "strong": ("strong", "long", "cheaper", "unpriced"),
        "long": ("long", "strong", "cheaper", "unpriced"),
    }


def test_whether_a_model_can_call_tools_is_on_its_card() -> None:
    mute = card("mute", tools=False)
    mixed = router(cards=(mute, STRONG))
    assert [mixed.calls_tools(wanted) for wanted in ("mute", "strong", "auto")] == [False, True, True]
    assert router(cards=(mute,)).calls_tools("auto") is False
    assert router(cards=()).calls_tools("auto") is True
