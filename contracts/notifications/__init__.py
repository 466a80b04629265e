"""Notifications' contract: facts, requests and answers, a module for each feature."""

from contracts.event import Fact
from contracts.notifications import changes, letters, links, notices, settings, webhooks
from contracts.notifications.words import SERVICE as SERVICE

FEATURES = (notices, letters, links, changes, webhooks, settings)
FACTS: tuple[type[Fact], ...] = notices.FACTS
"""Every fact that this service publishes."""
