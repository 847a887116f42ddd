"""One file a format: `EXTENSIONS`, `MEDIA_TYPES`, a frozen `Config` and `build(config) -> Loader`.

`base/` holds what loaders share; it is a package, so the registry (`core/loading.py`) does not list it.
"""
