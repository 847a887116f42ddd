"""The five tasks of the research team without a language model: one file a task, and what they share.

`material` takes passages apart into points that may be said, `themes` groups passages, `headings` names them.
"""
