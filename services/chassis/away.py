"""What an operation on the bus raises while the broker is away."""

from nats.errors import Error as NatsError

AWAY = (NatsError, OSError, RuntimeError)
"""nats-py's own errors, the socket's (TimeoutError among them), and what uvloop says of a transport that is closed."""
