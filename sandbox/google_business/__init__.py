"""Google's API for the reviews of one location, with its sign-in; strict, and able to misbehave on command."""

from sandbox.google_business.standin import MapsStandIn
from sandbox.reviews import FAULTS, Fault, Refusal, Reply, Review, Where

__all__ = ["FAULTS", "Fault", "MapsStandIn", "Refusal", "Reply", "Review", "Where"]
