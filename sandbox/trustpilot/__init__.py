"""Trustpilot's API for the service reviews of one business, with its webhooks; strict, and able to misbehave."""

from sandbox.reviews import FAULTS, Fault, Refusal, Reply, Review, Where
from sandbox.trustpilot.standin import TrustpilotStandIn

__all__ = ["FAULTS", "Fault", "Refusal", "Reply", "Review", "TrustpilotStandIn", "Where"]
