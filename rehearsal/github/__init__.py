"""A local stand-in of GitHub: repositories, events, the API and the issuer of tokens; `ports` is what others know."""

from rehearsal.github.service import GitHubStandIn

__all__ = ["GitHubStandIn"]
