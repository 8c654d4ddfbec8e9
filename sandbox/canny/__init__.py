"""A company's boards on Canny in memory: its API (POSTs with the key in the body), and webhooks signed by a nonce."""

from sandbox.canny.standin import CannyStandIn

__all__ = ["CannyStandIn"]
