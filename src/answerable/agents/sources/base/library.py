"""All sources by name: which are ready, what is missing, and one question put to several of them at the same time.

What a source cannot do comes back as data with its reason; no failure of one source ends a run.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

from answerable.agents.sources.base.means import Means
from answerable.agents.sources.base.source import Found, Source, Text, Wanted
from answerable.agents.sources.base.visits import Manners
from answerable.core import loading
from answerable.core.documents import Passage
from answerable.core.errors import AnswerableError, InvalidRequest, ServiceError, SetupError

PACKAGE: Final = "answerable.agents.sources"
ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Config:
    """Which sources research may ask (`*` for all), how long one question may take, and what is asked `instead` where
    every source of the network that a question was put to has failed.

    The other settings of a source are those of the tool that asks the same service, in `[tools.options]`. `pages` says
    how pages are visited; `page_bytes` and `page_s` bound one of them.
    """

    allowed: tuple[str, ...] = (ALL,)
    instead: tuple[str, ...] = ("wikipedia",)
    deadline_s: float = 90.0
    page_bytes: int = 10_000_000
    page_s: float = 20.0
    pages: Manners = field(default_factory=Manners)

    def __post_init__(self) -> None:
        known = loading.names(PACKAGE)
        named = {*self.allowed, *self.instead} - {ALL}
        if unknown := sorted(named - set(known)):
            raise ValueError(f"there is no source '{unknown[0]}'; known: {', '.join(known)}")
        if ALL in self.instead:
            raise ValueError("instead names single sources")
        if not 1 <= self.deadline_s <= 600 or not 0 < self.page_s <= 120:
            raise ValueError("deadline_s is between 1 and 600 seconds, page_s above 0 and at most 120")
        if not 10_000 <= self.page_bytes <= 100_000_000:
            raise ValueError("page_bytes is between 10,000 and 100,000,000")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source gave. `failed` is why it gave nothing, "" where it was asked and answered; what could not be read
    of what it found is in `found.failed`. `instead`: it was asked because others failed.
    """

    source: str
    found: Found = field(default_factory=Found)
    failed: str = ""
    took_ms: float = 0.0
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """The answers to one question, in the order of the sources."""

    answers: tuple[Answer, ...]

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Of texts that the program stores."""
        return tuple(one for answer in self.answers for one in answer.found.passages)

    @property
    def texts(self) -> tuple[Text, ...]:
        """Texts that it does not store yet; each once, by its words."""
        once: dict[str, Text] = {}
        for answer in self.answers:
            for text in answer.found.texts:
                once.setdefault(text.text, text)
        return tuple(once.values())

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """(source, reason): of whole sources, and of what could not be read."""
        whole = ((answer.source, answer.failed) for answer in self.answers if answer.failed)
        parts = ((answer.source, one) for answer in self.answers for one in answer.found.failed)
        return (*whole, *parts)


class Sources:
    """The sources of an installation. `options` are those of tools, by the tool's name. Safe from several tasks.

    Raises SetupError for options that are wrong.
    """

    def __init__(self, config: Config, options: Mapping[str, Mapping[str, Any]], means: Means) -> None:
        self._config = config
        names = [one for one in loading.names(PACKAGE) if ALL in config.allowed or one in config.allowed]
        self._sources = {name: _build(name, options, means) for name in names}

    @property
    def names(self) -> tuple[str, ...]:
        """All that policy allows, ready or not."""
        return tuple(self._sources)

    @property
    def ready(self) -> tuple[str, ...]:
        """Those that can be asked."""
        return tuple(name for name, source in self._sources.items() if not source.traits.missing)

    @property
    def missing(self) -> Mapping[str, str]:
        """What must be set before the others can be, by name."""
        found = {name: source.traits.missing for name, source in self._sources.items()}
        return {name: why for name, why in found.items() if why}

    def uses_network(self, name: str) -> bool:
        """Whether asking a source tells somebody else. Raises InvalidRequest for a name that is none."""
        return self._get(name).traits.network

    async def find(self, names: Sequence[str], wanted: Wanted, deadline_s: float | None = None) -> Gathered:
        """The answers of all named sources, asked at the same time; within `deadline_s`, or that of the policy.

        Raises InvalidRequest for a name that is none or not allowed, and ServiceError where this program itself (its
        database) cannot do its work: then nothing is known, and the same question is to be asked again.
        """
        asked = list(dict.fromkeys(names))
        for name in asked:
            self._get(name)
        until = asyncio.get_running_loop().time() + (deadline_s or self._config.deadline_s)
        answers = await self._all(asked, wanted, until)
        for name in self._config.instead:
            if not self._must_go_on(answers) or asyncio.get_running_loop().time() >= until:
                break
            if name not in asked and name in self.ready:
                answers += [await self._one(name, wanted, until, instead=True)]
        return Gathered(tuple(answers))

    async def _all(self, names: Sequence[str], wanted: Wanted, until: float) -> list[Answer]:
        tasks = [asyncio.create_task(self._one(name, wanted, until)) for name in names]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, name: str, wanted: Wanted, until: float, *, instead: bool = False) -> Answer:
        source, began = self._get(name), time.perf_counter()
        found, failed = Found(), source.traits.missing
        if not failed:
            try:
                async with asyncio.timeout_at(until):
                    found = await source.find(wanted)
            except ServiceError:
                raise
            except AnswerableError as error:
                failed = error.message
            except TimeoutError:
                failed = "did not answer in time"
            except OSError:
                failed = "could not be reached"
        return Answer(name, found, failed, (time.perf_counter() - began) * 1_000, instead)

    def _must_go_on(self, answers: Sequence[Answer]) -> bool:
        """Whether the network was searched in vain: nobody who asked only at home, or for pages by name, is
        answered from elsewhere.
        """
        traits = [(one, self._get(one.source).traits) for one in answers]
        outside = [one for one, its in traits if its.network and not its.named]
        has_some = any(one.found.passages or one.found.texts for one in answers)
        return bool(outside) and all(one.failed or one.found.failed for one in outside) and not has_some

    def _get(self, name: str) -> Source:
        if name not in self._sources:
            raise InvalidRequest(f"there is no source '{name[:64]}'; sources: {', '.join(self.names)}", param="sources")
        return self._sources[name]


def _build(name: str, options: Mapping[str, Mapping[str, Any]], means: Means) -> Source:
    module: ModuleType = loading.load(PACKAGE, name)
    try:
        config = module.Config(**options.get(module.TOOL, {}))
    except (TypeError, ValueError) as error:
        raise SetupError(f"options of the tool '{module.TOOL}': {error}") from error
    source: Source = module.build(config, means)
    return source
