"""What roles do and what resources are to them, in the words that `scope` of expected.yaml has."""

from __future__ import annotations

#: of roles that jobs and containers run with
IN_SUBNETS = "whose jobs or containers are in subnets"
SERVES, TRANSFORMS = "whose containers serve", "whose containers transform"
PULLS = "whose steps pull images"
REPORTS = {kind: f"whose steps report as {kind} jobs" for kind in ("processing", "training", "transform")}
AUTOPILOT = "whose steps use Autopilot"
LOCAL_SCRIPTS, LOCAL_DATA = "whose steps use local scripts", "whose steps use local data"
OF_WORKFLOWS = "that workflows take"
#: of people
NAMED, NOT_NAMED = "whom the registry names", "whom the registry does not name"
TELLS, MEASURES = "that tell of versions", "that measure trainings"
TELLS_OF_RUNS, TELLS_OF_ANSWERS = "that tell of failed runs", "that tell of answers"
TELLS_OF_EXECUTIONS, NO_EXECUTIONS = "that tell of failed executions", "that tell of models alone"
COMPARES = "whose trainings compare with releases"
HANDS_SUITES = "that hands suites on"
#: of resources
REGISTERED, PENDING = "versions are registered", "versions are registered to be approved"
APPROVED, ANY_STATUS = "versions are registered as approved", "versions are registered with any status"
BASELINES = "baselines are looked up"
FOR_OUTPUTS, FOR_VOLUMES = "outputs are encrypted", "volumes are encrypted"
MADE = "clusters are made"
SHARED = "versions are shared"

SCOPES = frozenset(
    {
        *(SERVES, TRANSFORMS, TELLS_OF_RUNS, TELLS_OF_ANSWERS, COMPARES, HANDS_SUITES),
        *(TELLS_OF_EXECUTIONS, NO_EXECUTIONS),
        *(NAMED, NOT_NAMED, IN_SUBNETS, OF_WORKFLOWS, TELLS, MEASURES, PULLS, AUTOPILOT, LOCAL_SCRIPTS, LOCAL_DATA),
        *REPORTS.values(),
        *(REGISTERED, PENDING, APPROVED, ANY_STATUS, BASELINES, FOR_OUTPUTS, FOR_VOLUMES, MADE, SHARED),
    }
)
