"""A model's life after its first training, scene by scene: each a file here, played where a group has its setting.

A scene's file has its function and the Scene made of it; the list below has the order.
"""

from rehearsal.job.scene import Scene
from rehearsal.life.batch import BATCH

SCENES: tuple[Scene, ...] = (BATCH,)
