"""``ocop scenario``: a story played through the real services, from registration to expiry."""

from deploy.ocop.scenario.command import register
from deploy.ocop.scenario.performance import play

__all__ = ["play", "register"]
