"""How large a YAML document is once its aliases and merge keys are followed, which a few lines can make enormous."""

from __future__ import annotations

import yaml

from model_cicd.text.errors import Problem

#: characters of a file; a manifest of a hundred deployment groups has some 100,000
LONGEST_TEXT = 1_000_000
#: keys, values and items of a document with every alias and merge key written out
MOST_NODES = 200_000
_MERGE = "tag:yaml.org,2002:merge"


def too_long(text: str, file: str) -> Problem | None:
    """The problem of a text that is not worth parsing, or None."""
    if len(text) <= LONGEST_TEXT:
        return None
    return Problem(file, 0, "", f"got {len(text):,} characters, expected at most {LONGEST_TEXT:,}")


def too_many_nodes(document: yaml.Node, file: str) -> Problem | None:
    """The problem of a document whose aliases and merge keys stand for too much, or None. Reading it is linear."""
    if _written_out(document, {}) <= MOST_NODES:
        return None
    message = f"got aliases or merge keys that stand for more than {MOST_NODES:,} values, expected them written out"
    return Problem(file, document.start_mark.line + 1, "", message)


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """The number of nodes below `node`, aliases followed; a node within itself counts once."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = 1
    total = 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            total += _written_out(value, known) + (0 if key.tag == _MERGE else _written_out(key, known))
    elif isinstance(node, yaml.SequenceNode):
        total += sum(_written_out(item, known) for item in node.value)
    known[id(node)] = total
    return total
