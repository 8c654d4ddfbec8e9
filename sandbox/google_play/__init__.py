"""Google Play's API for reviews of one app, with Google's token server; strict, and able to misbehave on command."""

from sandbox.google_play.standin import PlayStandIn
from sandbox.reviews import FAULTS, Fault, Refusal, Reply, Review, Where

__all__ = ["FAULTS", "Fault", "PlayStandIn", "Refusal", "Reply", "Review", "Where"]
