"""The guards of a request in their order: what may reach a model, and what may leave.

`check` looks at every message before anything else happens, `check_passages` at what was retrieved, `watch` wraps the
sink that the answer is pushed into. A guard that fails refuses: what was not checked does not pass.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import re2

from answerable.core.documents import Passage
from answerable.core.errors import Blocked, GuardUnavailable
from answerable.core.messages import Image, Message, Sink, Text
from answerable.core.tasks import Chat
from answerable.core.values import value_class
from answerable.gateway.guards import injection, leakage
from answerable.gateway.guards.injection import Injection, Verdict, neutralise
from answerable.gateway.guards.leakage import Config as LeakageConfig
from answerable.gateway.guards.leakage import Prompt
from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import Finder, Found, Kind
from answerable.gateway.guards.topics import Config as TopicsConfig
from answerable.gateway.guards.topics import OnTopic, Topics
from answerable.gateway.guards.watched import Noticed, Watched, Watching, unnoticed
from answerable.gateway.guards.window import Scan

Policy = Literal["allow", "mask", "block"]

CALLED = {
    "private_key": "a private key",
    "token": "an access token",
    "api_key": "an API key",
    "password": "a password",
    "email": "an e-mail address",
    "iban": "a bank account number",
    "card": "a card number",
    "ssn": "a social security number",
    "ip": "an IP address",
    "address": "a street address",
    "phone": "a phone number",
}
"""Kinds in words, for messages."""

_FAILURES = (ArithmeticError, LookupError, MemoryError, TypeError, ValueError, re2.error)
_REMEMBERED = 4_096
_LONG = 50_000
_DOT = "•"


@dataclass(frozen=True, slots=True)
class ByKind:
    """What happens to each kind of personal data and secret."""

    private_key: Policy = "mask"
    token: Policy = "mask"  # noqa: S105 - a policy
    api_key: Policy = "mask"
    password: Policy = "mask"  # noqa: S105 - a policy
    iban: Policy = "mask"
    card: Policy = "mask"
    ssn: Policy = "mask"
    email: Policy = "allow"
    ip: Policy = "allow"
    address: Policy = "allow"
    phone: Policy = "allow"

    def with_policy(self, *wanted: Policy) -> frozenset[Kind]:
        """The kinds of these policies."""
        return frozenset(kind for kind, policy in asdict(self).items() if policy in wanted)  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """`input` is what callers send, `output` what a model writes. Kinds in `unmask` are put back into the answer."""

    enabled: bool = True
    input: ByKind = field(default_factory=ByKind)
    output: ByKind = field(default_factory=ByKind)
    unmask: tuple[Kind, ...] = ("email", "phone", "address", "ip")


@dataclass(frozen=True, slots=True)
class InjectionPolicy:
    """`user` is what happens to an attack in a user's words, `documents` to orders in passages and tool results.

    Thresholds are probabilities; None takes the fitted one.
    """

    user: Literal["block", "note", "off"] = "block"
    documents: Literal["neutralise", "block", "note", "off"] = "neutralise"
    user_threshold: float | None = None
    document_threshold: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("user", self.user_threshold), ("document", self.document_threshold)):
            if value is not None and not 0.0 < value <= 1.0:
                raise ValueError(f"{name}_threshold = {value}: above 0, at most 1")


@dataclass(frozen=True, slots=True)
class Config:
    """The guards; each can be switched off on its own."""

    personal_data: PersonalData = field(default_factory=PersonalData)
    injection: InjectionPolicy = field(default_factory=InjectionPolicy)
    leakage: LeakageConfig = field(default_factory=LeakageConfig)
    topics: TopicsConfig = field(default_factory=TopicsConfig)


@value_class(frozen=True, slots=True)
class Finding:
    """What a guard noticed, for the trace: never a value. `where` is such as `messages[2]`."""

    guard: Literal["personal_data", "injection"]
    kind: str
    where: str
    action: str
    score: float = 1.0
    reasons: tuple[str, ...] = ()


@value_class(frozen=True, slots=True)
class Checked:
    """A chat that may go to a model, and what its answer is watched for."""

    chat: Chat
    masks: MaskTable
    findings: tuple[Finding, ...] = ()
    prompts: tuple[Prompt, ...] = ()


@value_class(frozen=True, slots=True)
class Judged:
    """A passage as a model may read it, and how much it looks like orders to the model."""

    passage: Passage
    score: float
    reasons: tuple[str, ...] = ()


class _FailingClosed:
    """A block in which a guard that fails refuses. One for all requests: it holds nothing of theirs."""

    def __init__(self, noticed: Noticed) -> None:
        self._noticed = noticed

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Blocked):
            self._noticed("blocked", error.guard, error.kind)
        elif isinstance(error, _FAILURES):
            told = "the content could not be checked, so it was not passed on"
            raise GuardUnavailable(told, retry_after_s=5) from error


class Guards:
    """The guards of one worker. `check` of a plain request costs some 0.1 ms, `watch` some microseconds a chunk."""

    def __init__(
        self, config: Config | None = None, topics: Topics | None = None, noticed: Noticed = unnoticed
    ) -> None:
        self._config = config or Config()
        self._noticed = noticed
        data, policy = self._config.personal_data, self._config.injection
        on: tuple[Policy, ...] = ("mask", "block") if data.enabled else ()
        self._incoming = Finder(data.input.with_policy(*on))
        self._refused = data.input.with_policy("block")
        self._topics = topics
        wanted = {"user": policy.user_threshold, "document": policy.document_threshold}
        self._injection = Injection(thresholds={name: value for name, value in wanted.items() if value is not None})
        self._clean: set[tuple[int, int]] = set()
        self._verdicts: dict[tuple[str, int, int], Verdict] = {}
        self._prompts: dict[tuple[bool, int, int], Prompt] = {}
        outgoing = Finder(data.output.with_policy(*on))
        self._failing_closed = _FailingClosed(noticed)
        self._watching = Watching(Scan.of(outgoing), data.output.with_policy("block"), noticed)

    @property
    def config(self) -> Config:
        """The guards that are in force."""
        return self._config

    def check(self, chat: Chat, operator_prompt: str = "") -> Checked:
        """The chat with secrets masked and the operator's prompt in front, kept apart from the caller's.

        Raises Blocked, which names the kind and the message but no value, and GuardUnavailable when a guard fails.
        """
        with self._failing_closed:
            table = MaskTable(frozenset(self._config.personal_data.unmask))
            for message in chat.messages:
                table.avoid(message.text)
            findings: list[Finding] = []
            messages = tuple(
                [
                    self._message(message, f"messages[{number}]", table, findings)
                    for number, message in enumerate(chat.messages)
                ]
            )
            own, prompts = self._system(messages, operator_prompt)
            checked = chat if own == chat.messages else replace(chat, messages=own)
            return Checked(checked, table, tuple(findings), prompts)

    async def checked(self, chat: Chat) -> Checked:
        """`check`, a long conversation in a thread: a megabyte takes 0.2 s, and other requests must go on meanwhile."""
        if sum([len(message.text) for message in chat.messages]) <= _LONG:
            return self.check(chat)
        return await asyncio.to_thread(self.check, chat)

    async def topic(self, chat: Chat) -> OnTopic | None:
        """The topic that an administrator took away from the models, if the last question is on one."""
        if self._topics is None:
            return None
        question = next((message.text for message in reversed(chat.messages) if message.role == "user"), "")
        found = await self._topics.find(question)
        if found is not None:
            self._noticed("blocked", "topics", found.action)
        return found

    def judge_passages(self, passages: Sequence[Passage]) -> tuple[Judged, ...]:
        """Passages for a model to read, of unchanged length: orders are neutralised, secrets dotted out.

        Raises Blocked where the policy says so, and GuardUnavailable when a guard fails.
        """
        with self._failing_closed:
            return tuple(self._judged(passage) for passage in passages)

    def check_passages(self, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        """As `judge_passages`, without the scores. Check citations against the passages as they were."""
        return tuple(judged.passage for judged in self.judge_passages(passages))

    def watch(self, checked: Checked, sink: Sink) -> Sink:
        """A sink that lets go only what was checked."""
        whole = not checked.chat.stream
        return Watched(self._watching, checked.masks, checked.prompts, sink, whole=whole)

    def _message(self, message: Message, where: str, table: MaskTable, findings: list[Finding]) -> Message:
        content = tuple([self._part(part, where, table, findings) for part in message.content])
        calls = message.tool_calls and tuple(
            replace(call, arguments=self._masked(call.arguments, where, table, findings)) for call in message.tool_calls
        )
        if message.role == "user":
            self._check_user(message.text, where, findings)
        elif message.role == "tool":
            content = tuple(self._tool_part(part, where, findings) for part in content)
        if content == message.content and calls == message.tool_calls:
            return message
        return replace(message, content=content, tool_calls=calls)

    def _part(self, part: Text | Image, where: str, table: MaskTable, findings: list[Finding]) -> Text | Image:
        if isinstance(part, Image):
            return part
        masked = self._masked(part.text, where, table, findings)
        return part if masked is part.text else Text(masked)

    def _masked(self, text: str, where: str, table: MaskTable, findings: list[Finding]) -> str:
        known = (len(text), hash(text))  # a conversation comes again with every turn; Python's seeded hash (SipHash)
        if known in self._clean:
            return text
        found = self._incoming.find(text)
        if not found:
            if len(self._clean) >= _REMEMBERED:
                self._clean.clear()
            self._clean.add(known)
            return text
        self._refuse(found, where)
        findings += [Finding("personal_data", one.kind, where, "masked") for one in found]
        for one in found:
            self._noticed("masked", "personal_data", one.kind)
        return table.mask(text, found)

    def _refuse(self, found: Iterable[Found], where: str) -> None:
        for one in found:
            if one.kind in self._refused:
                told = f"{where} holds {CALLED[one.kind]}, which may not be sent to a model"
                raise Blocked(told, param=where, guard="personal_data", kind=one.kind)

    def _check_user(self, text: str, where: str, findings: list[Finding]) -> None:
        policy = self._config.injection.user
        if policy == "off" or not text:
            return
        verdict = self._verdict("user", text)
        if verdict.attack:
            if policy == "block":
                told = f"{where} reads like an attempt to override the model's instructions"
                raise Blocked(told, param=where, guard="injection", kind="user")
            findings.append(Finding("injection", "user", where, "noted", verdict.score, verdict.reasons))

    def _tool_part(self, part: Text | Image, where: str, findings: list[Finding]) -> Text | Image:
        policy = self._config.injection.documents
        if policy == "off" or isinstance(part, Image):
            return part
        verdict = self._verdict("document", part.text)
        if not verdict.attack:
            return part
        self._block_document(policy, where)
        action = "neutralised" if policy == "neutralise" else "noted"
        findings.append(Finding("injection", "document", where, action, verdict.score, verdict.reasons))
        return Text(injection.fenced(neutralise(part.text, verdict.spans))) if policy == "neutralise" else part

    def _judged(self, passage: Passage) -> Judged:
        policy = self._config.injection.documents
        text = passage.text
        found = self._incoming.find(text)
        self._refuse(found, "a document")
        for one in found:
            dots = "".join(_DOT if char.isalnum() else char for char in one.value)
            text = text[: one.start] + dots + text[one.end :]
            self._noticed("masked", "personal_data", one.kind)
        verdict = Verdict(0.0, attack=False) if policy == "off" else self._verdict("document", passage.text)
        if verdict.attack:
            self._block_document(policy, "a document")
            text = neutralise(text, verdict.spans) if policy == "neutralise" else text
        kept = passage if text == passage.text else replace(passage, text=text)
        return Judged(kept, verdict.score, verdict.reasons)

    def _block_document(self, policy: str, where: str) -> None:
        if policy == "block":
            param = where if where.startswith("messages") else None
            raise Blocked(f"{where} gives orders to the model", param=param, guard="injection", kind="document")

    def _verdict(self, surface: injection.Surface, text: str) -> Verdict:
        """Remembered, since a conversation comes again with every turn. The key is Python's seeded hash (SipHash)."""
        key = (surface, len(text), hash(text))
        known = self._verdicts.get(key)
        if known is None:
            judge = self._injection.judge_user if surface == "user" else self._injection.judge_document
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            known = self._verdicts[key] = judge(text)
        return known

    def _system(
        self, messages: tuple[Message, ...], operator_prompt: str
    ) -> tuple[tuple[Message, ...], tuple[Prompt, ...]]:
        config = self._config.leakage
        prompts: list[Prompt] = []
        if config.enabled and config.callers:
            said = (message.text for message in messages if message.role in ("system", "developer"))
            prompts += [self._prompt(text, operator=False) for text in said if text]
        if not operator_prompt:
            return messages, tuple(prompts)
        canary = leakage.new_canary() if config.enabled and config.canary else ""
        if config.enabled:
            prompts.append(replace(self._prompt(operator_prompt, operator=True), canary=canary))
        text = leakage.marked(operator_prompt, canary) if canary else operator_prompt
        return (Message("system", (Text(text),)), *messages), tuple(prompts)

    def _prompt(self, text: str, *, operator: bool) -> Prompt:
        key = (operator, len(text), hash(text))
        known = self._prompts.get(key)
        if known is None:
            if len(self._prompts) >= _REMEMBERED // 16:
                self._prompts.clear()
            known = self._prompts[key] = Prompt.of(text, self._config.leakage, operator=operator)
        return known
