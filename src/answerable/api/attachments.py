"""Files that a browser is to save: their headers."""

from urllib.parse import quote


def as_file(name: str) -> dict[str, str]:
    """Headers that save a response under a name; letters that are not ASCII go as RFC 6266 says."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    more = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return {"content-disposition": f'attachment; filename="{plain}"{more}', "cache-control": "no-store"}
