"""Passages about a made-up subject for the tasks of the research team: several documents, headings, lists, noise."""

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId

TOPIC = "Lighthouse lamps"


def passage(text: str, title: str = "Lamps", *headings: str, document: str = "", at: int = 0) -> Passage:
    """A passage of the document of that title, from character `at` on."""
    name = document or title
    return Passage(
        ChunkId(at + 1),
        DocumentId(name),
        VersionId(1),
        CollectionName("c"),
        f"{name}.md",
        title,
        text,
        at,
        at + len(text),
        heading_path=headings,
    )


_TEXTS = (
    (
        (
            "Lighthouse lamps are strong lamps that guide ships along a coast at night. The first "
            "lighthouse lamps burned wood and coal in open iron baskets. See below for pictures of them."
        ),
        "Lamps",
        "What lamps are",
        0,
    ),
    (
        (
            "An oil lamp of a lighthouse uses a hollow wick, which lets air reach the middle of the flame. "
            "This makes the flame of the lamp brighter and steadier than before."
        ),
        "Lamps",
        "Oil lamps",
        500,
    ),
    (
        (
            "Electric lamps replaced oil lamps in most lighthouses between 1900 and 1960. An electric lamp "
            "of 1,000 watts needs a spare lamp beside it in case it fails."
        ),
        "Lamps",
        "Electric lamps",
        900,
    ),
    (
        (
            "A Fresnel lens is a lens of glass rings that bends the light of a lamp into one beam. The "
            "largest lens of the first order stands 2,590 millimetres high. However, it weighs more than "
            "three tonnes."
        ),
        "Lenses",
        "Fresnel lens",
        0,
    ),
    (
        (
            "The lens of a lighthouse turns on a bath of mercury so that its beam flashes at sea. Each "
            "lighthouse has its own rhythm of flashes, and sailors know it by that rhythm."
        ),
        "Lenses",
        "Rotation",
        600,
    ),
    (
        (
            "Cleaning a lens takes these steps:\n\n1. Cover the lamp with a cloth.\n2. Wipe each ring with "
            "spirit of wine.\n3. Polish the brass frame.\n\nA lens that is dirty loses a third of its light "
            "within one winter."
        ),
        "Lenses",
        "Cleaning",
        1200,
    ),
    (
        (
            "Keepers of a lighthouse light the lamp at dusk and watch it until dawn. They write the weather "
            "into a log every three hours."
        ),
        "Keepers",
        "Duties",
        0,
    ),
    (
        (
            "A lighthouse on a rock has three keepers, and two of them are always on duty. Storms can keep "
            "the relief boat away for weeks, so food for two months is stored."
        ),
        "Keepers",
        "Rock stations",
        400,
    ),
    (
        (
            "Automation ended the work of lighthouse keepers, because an electric lamp needs no watch at "
            "night. The last keepers of the country left their lighthouse in 1998."
        ),
        "Keepers",
        "Automation",
        800,
    ),
    (
        (
            "A fog signal is a horn that warns ships when the lamp of a lighthouse cannot be seen. Fog "
            "signals must sound within five minutes of the first fog."
        ),
        "Fog signals",
        "What they are",
        0,
    ),
    (
        (
            "The sound of a fog signal carries four miles in still air, but it may be lost behind a hill. "
            "Fog signals are driven by compressed air, and their engines need an hour to start."
        ),
        "Fog signals",
        "Range",
        500,
    ),
    (
        "Click here to subscribe to our newsletter. All rights reserved. Recipes for a soup of leeks and potatoes.",
        "Footer",
        "Footer",
        0,
    ),
)


def library() -> tuple[Passage, ...]:
    """Twelve passages: of four documents about lamps, lenses, keepers and fog signals, and of a footer."""
    return tuple(passage(text, title, heading, at=at) for text, title, heading, at in _TEXTS)
