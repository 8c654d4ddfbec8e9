"""A repository on GitHub in memory: issues by REST and GraphQL, discussions by GraphQL, and its signed webhook."""

from sandbox.github.standin import GitHubStandIn

__all__ = ["GitHubStandIn"]
