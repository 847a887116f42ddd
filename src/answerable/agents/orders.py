"""Signs that a text was written for a machine to obey, beside what the guards find: the marks of chat formats and tool
calls, and the sentence that most injections begin with. Only for texts of strangers: a handbook may explain them.
"""

import re

_MARKS = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id|eot_id)\b"
    r"|\[/?INST\]|<</?SYS>>|</?(?:function_calls|antml:\w+|tool_call|invoke|system_prompt|tool_result)\b"
    r"|\"(?:tool_calls|function_call)\"\s*:|<script\b|\bon(?:error|load|click)\s*=|javascript:",
    re.IGNORECASE,
)
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:all|any|every|everything|the|your|my|these|those|of|[\s,])*"
    r"(?:(?:previous|prior|above|earlier|preceding|former|other|system|original|safety)\s*)+"
    r"(?:instructions?|prompts?|rules?|directives?|commands?|messages?|guidelines?|orders?|text|context)\b",
    re.IGNORECASE,
)


def is_for_machines(text: str) -> bool:
    """Whether a text holds such a sign. Linear in the text."""
    return bool(_MARKS.search(text) or _OVERRIDE.search(text))
