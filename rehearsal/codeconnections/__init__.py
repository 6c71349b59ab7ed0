"""CodeConnections: connections of an account to the hosts of repositories, and who may use them."""

from rehearsal.codeconnections.service import NAMES, CodeConnections, ConnectionStore

__all__ = ["NAMES", "CodeConnections", "ConnectionStore"]
