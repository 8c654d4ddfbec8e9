"""App Store Connect's API for reviews of one app; strict, and able to misbehave on command."""

from sandbox.app_store.standin import AppStoreStandIn
from sandbox.reviews import FAULTS, Fault, Refusal, Reply, Review, Where

__all__ = ["FAULTS", "AppStoreStandIn", "Fault", "Refusal", "Reply", "Review", "Where"]
