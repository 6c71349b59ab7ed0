"""What may come after the main job: scenes, each about one setting that a group of the manifest has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job.plan import Plan
from rehearsal.job.progress import Progress
from rehearsal.job.train import Trainer


@dataclass(frozen=True)
class Ground:
    """What a scene plays on: one group whose first model serves everywhere. `note` says how far the scene got.

    `trainer` is that of the version which serves; `settings` are the group's, as the manifest has them.
    """

    aws: EmbeddedAws
    plan: Plan
    trainer: Trainer
    note: Callable[[str], None]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The deployment group as it stands in the manifest."""
        return self.trainer.group.settings


@dataclass(frozen=True)
class Told:
    """What came of a scene: a sentence for people, `facts` (plain data) for the JSON report and tests.

    `trainer` is that of the version which serves now, where another one does.
    """

    said: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    trainer: Trainer | None = None


@dataclass(frozen=True)
class Scene:
    """One thing that happens to a model after its training.

    `applies` looks at a group's settings as the manifest has them. `play` raises RehearsalError where what must come
    of it does not; nothing after it is played then.
    """

    name: str
    applies: Callable[[Mapping[str, Any]], bool]
    play: Callable[[Ground], Told]


def play(
    scenes: Sequence[Scene], aws: EmbeddedAws, plan: Plan, trainers: Sequence[Trainer], progress: Progress
) -> Iterator[dict[str, Any]]:
    """Play each scene for each group that has its setting, in order, and yield what the report has of it."""
    serving = list(trainers)
    for scene in scenes:
        for number, trainer in enumerate(serving):
            if not scene.applies(trainer.group.settings):
                continue
            with progress.step(f"{scene.name} ({trainer.label})") as step:

                def note(text: str, step: Any = step) -> None:
                    progress.note(step, text)

                told = scene.play(Ground(aws, plan, trainer, note))
                note(told.said)
                serving[number] = told.trainer or trainer
            yield {"scene": scene.name, "group": trainer.label, "said": told.said, "facts": dict(told.facts)}
