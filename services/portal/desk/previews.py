"""What a step would send to whom, before it is taken (P7)."""

from msgspec import Struct

from contracts.notifications.settings import Preview
from contracts.notifications.words import Purpose
from services.portal.api import Rejected, SignInNeeded
from services.portal.visit import Visit


class Foreseen(Struct, frozen=True, kw_only=True):
    """Either the preview or why there is none; the step itself can be taken all the same."""

    preview: Preview | None
    sentence: str = ""


async def foresee(visit: Visit, network: str, purpose: Purpose, about: str) -> Foreseen:
    try:
        path = f"/networks/{network}/previews"
        return Foreseen(preview=await visit.api.get(Preview, path, purpose=purpose.value, about=about))
    except SignInNeeded:
        raise
    except Rejected as refused:
        return Foreseen(preview=None, sentence=refused.sentence)
