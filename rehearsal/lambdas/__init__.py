"""Lambda: functions whose handlers run as processes of this machine (`service.Lambda`)."""

from rehearsal.lambdas.service import Lambda

__all__ = ["Lambda"]
