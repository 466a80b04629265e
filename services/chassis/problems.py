"""The two ways in which work is not done: refused for good, or not yet possible."""

from contracts.request import Problem, Refused

__all__ = ["NotYet", "Problem", "Refused"]


class NotYet(Exception):
    """A listener needs something that has not arrived. The message is offered again later; that is no error."""
