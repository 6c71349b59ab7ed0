"""CodeConnections: connections of an account to the hosts of repositories, and who may use them."""

from rehearsal.codeconnections.clones import Clones
from rehearsal.codeconnections.service import NAMES, CodeConnections, ConnectionStore

__all__ = ["NAMES", "Clones", "CodeConnections", "ConnectionStore"]
