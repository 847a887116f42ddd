"""A report as plain JSON values, and back: how it is stored, and what the API gives. Blocks carry their `type`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from answerable.core.report import (
    Bar,
    Block,
    Bullets,
    Chart,
    Conflict,
    Gap,
    Grid,
    Listing,
    Paragraph,
    Reference,
    Report,
    Score,
    Section,
    Sentence,
    Side,
    Span,
)

_TYPES = {Paragraph: "paragraph", Bullets: "bullets", Listing: "listing", Grid: "grid", Chart: "chart"}


def section_to_json(section: Section) -> dict[str, Any]:
    """One section."""
    blocks = [{"type": _TYPES[type(block)], **asdict(block)} for block in section.blocks]
    return {**asdict(section), "blocks": blocks}


def section_from_json(data: Mapping[str, Any]) -> Section:
    """What `section_to_json` wrote."""
    blocks = tuple(_block(one) for one in data["blocks"])
    return Section(data["id"], data["heading"], data["level"], blocks, data["missing"])


def report_to_json(report: Report) -> dict[str, Any]:
    """A whole report."""
    return {**asdict(report), "sections": [section_to_json(one) for one in report.sections]}


def report_from_json(data: Mapping[str, Any]) -> Report:
    """What `report_to_json` wrote."""
    return Report(
        title=data["title"],
        topic=data["topic"],
        summary=tuple(map(sentence_from_json, data["summary"])),
        sections=tuple(map(section_from_json, data["sections"])),
        references=tuple(Reference(**one) for one in data["references"]),
        conflicts=tuple(map(conflict_from_json, data["conflicts"])),
        gaps=tuple(Gap(one["question"], tuple(one["queries"]), one["reason"]) for one in data["gaps"]),
        notes=tuple(data["notes"]),
        score=Score(**data["score"]) if data["score"] else None,
        date=data["date"],
        written_by=data["written_by"],
        extra=dict(data["extra"]),
    )


def sentence_from_json(data: Mapping[str, Any]) -> Sentence:
    """A sentence with its spans."""
    return Sentence(data["text"], _spans(data), data["kind"])


def conflict_from_json(data: Mapping[str, Any]) -> Conflict:
    """A conflict with its sides."""
    sides = tuple(Side(one["value"], sentence_from_json(one["sentence"])) for one in data["sides"])
    return Conflict(data["subject"], sides)


def _spans(data: Mapping[str, Any]) -> tuple[Span, ...]:
    return tuple(Span(**one) for one in data["spans"])


def _block(data: Mapping[str, Any]) -> Block:
    match data["type"]:
        case "paragraph":
            return Paragraph(tuple(map(sentence_from_json, data["sentences"])))
        case "bullets":
            return Bullets(tuple(map(sentence_from_json, data["items"])), data["numbered"])
        case "listing":
            return Listing(data["text"], data["language"], _spans(data))
        case "grid":
            rows = tuple(tuple(map(sentence_from_json, row)) for row in data["rows"])
            return Grid(data["caption"], tuple(data["head"]), rows)
        case "chart":
            bars = tuple(Bar(one["label"], one["value"], _spans(one)) for one in data["bars"])
            return Chart(data["caption"], data["unit"], bars)
    raise ValueError(f"there is no block '{data['type']}'")
