"""What the stand-ins of shops with reviews have in common: people who review, one place for an answer, moderation."""

from sandbox.reviews.faults import FAULTS, Fault, Where
from sandbox.reviews.standin import PublishCall, ShopStandIn
from sandbox.reviews.world import Refusal, Reply, Review, World

__all__ = ["FAULTS", "Fault", "PublishCall", "Refusal", "Reply", "Review", "ShopStandIn", "Where", "World"]
