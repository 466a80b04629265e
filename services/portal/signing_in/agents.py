"""What kind of browser a session is in, so that its owner knows it again; nothing finer is kept."""

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def agent_name(header: str) -> str:
    """`Firefox · Windows`; empty where neither is known."""
    found = (next((name for sign, name in known if sign in header), "") for known in (_BROWSERS, _SYSTEMS))
    return " · ".join(part for part in found if part)
