"""A model's life after its first training, scene by scene: each a file here, played where a group has its setting.

A scene's file has its functions and the Scenes made of them; the list below has the order. Gates are last: they leave
code and data on the branch that no gate lets through.
"""

from rehearsal.job.scene import Scene
from rehearsal.life import gates
from rehearsal.life.batch import BATCH
from rehearsal.life.cycle import CYCLE
from rehearsal.life.sleep import ASLEEP
from rehearsal.life.stage_tests import STAGE_TESTS

SCENES: tuple[Scene, ...] = (BATCH, ASLEEP, CYCLE, STAGE_TESTS, *gates.SCENES)
