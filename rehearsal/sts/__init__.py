"""STS: who am I, and roles, for who signs a request and for whom an identity provider vouches."""

from rehearsal.sts.service import Sts
from rehearsal.sts.web_identity import WebIdentities

__all__ = ["Sts", "WebIdentities"]
