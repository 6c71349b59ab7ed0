"""CodeConnections by its old name. https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html"""

from __future__ import annotations

from rehearsal.iam.actions.codeconnections import rules
from rehearsal.iam.checks import Rule

RULES: dict[str, Rule] = rules("codestar-connections")
