"""Every page of the portal: one line each. From here the screenshots, axe and the narrow screen take them.

A page that is built gets its line here; `{network}`, `{ballot}` … are the ids of `scene.py`.
"""

from msgspec import Struct


class Shown(Struct, frozen=True):
    name: str
    """Of the picture."""
    path: str
    user: str | None = None
    """Who is signed in."""
    status: int = 200


PAGES: tuple[Shown, ...] = (
    # Shell
    Shown("welcome", "/"),
    Shown("networks", "/", "betrieb"),
    Shown("sign-in", "/sign-in?again=1"),
    Shown("signed-out", "/signed-out"),
    Shown("sessions", "/sessions", "stadt"),
    Shown("accessibility", "/accessibility"),
    Shown("privacy", "/privacy"),
    Shown("imprint", "/imprint"),
    Shown("missing", "/n/{network}/nothing-here", "stadt", 404),
    # Every day
    Shown("inbox", "/n/{network}", "wohnbau"),
    Shown("inbox-answered", "/n/{network}", "bethel"),
)
