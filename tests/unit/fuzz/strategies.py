"""What is thrown at the parsers: valid inputs with parts replaced, and values that hurt elsewhere."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

#: values that break out of shells, paths, templates, policies, YAML or JSON where something pastes them together
HOSTILE = (
    "", " ", "$(touch pwned)", "`id`", "; rm -rf /", "a && b", "a|b", "$HOME", "'", '"', "\\", "\n", "a\nb", "\x00",
    "\t", "../..", "../../etc/passwd", "/etc/passwd", "a/../b", ".", "..", "-rf", "--upload-pack=touch", "main --force",
    "refs/heads/x", "${AWS::AccountId}", "${{x}}", "{{resolve:ssm:/x}}", "#{Variables.x}", "<script>", "*", "~", "null",
    "arn:aws:iam::*:role/*", "@{-1}", "true", "1e3", "012345670123", "!!python/object:os.system", "&a", "*a", "%s%n",
    "🤖", "é", "\u202e", "a" * 300,
)  # fmt: skip

scalars = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.sampled_from(["123456789012", "us-east-1", "prod", "dev", "main", "rate(1 day)", "ml.m5.large"]),
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HOSTILE) | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of everything in `value`."""
    found = [here] if here else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        found += paths(part, (*here, key))
    return found


@st.composite
def mutated(draw: st.DrawFn, valid: Any, *, most: int = 3) -> Any:
    """`valid` with up to `most` parts replaced, dropped, doubled or renamed."""
    made = copy.deepcopy(valid)
    for _ in range(draw(st.integers(0, most))):
        every = paths(made)
        if not every:
            return made
        *above, last = draw(st.sampled_from(every))
        holder = made
        for step in above:
            holder = holder[step]
        how = draw(st.sampled_from(("replace", "replace", "replace", "drop", "double", "rename")))
        if how == "replace":
            holder[last] = draw(anything)
        elif how == "drop":
            del holder[last]
        elif isinstance(holder, list) and how == "double":
            holder.append(copy.deepcopy(holder[int(last)]))
        elif isinstance(holder, dict):
            holder[draw(st.sampled_from(HOSTILE) | st.text(max_size=8))] = holder.pop(last)
    return made
