"""Numbers with their nouns, for people."""


def counted(number: int, noun: str) -> str:
    """`1 source`, `2,000 sources`: nouns that take an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
