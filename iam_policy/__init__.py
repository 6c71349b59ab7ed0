"""An IAM decision engine: who may do what, and which statements say so. Pure: no network, no clock, no AWS library.

`decide(Request(...), Policies(...))` gives a `Decision`; README.md says what is supported and what raises.
"""

from iam_policy.decision import Decision, Effect, decide
from iam_policy.document import Policy, Spoken, Statement
from iam_policy.errors import PolicyError, Unsupported
from iam_policy.layers import Policies
from iam_policy.request import Principal, Request

__all__ = [
    "Decision",
    "Effect",
    "Policies",
    "Policy",
    "PolicyError",
    "Principal",
    "Request",
    "Spoken",
    "Statement",
    "Unsupported",
    "decide",
]
