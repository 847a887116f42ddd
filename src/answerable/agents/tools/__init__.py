"""Tools that a model may call, one file each; the stem is the name. See docs/how-to/write-a-tool.md."""
