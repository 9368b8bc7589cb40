"""What goes wrong while `diffusers` paints, for the log and to be said aloud."""

from __future__ import annotations

import logging

from visavis_models.errors import ModelError

HELD_BACK = "My painter's own filter held that picture back. Ask me for another one."
ONLY_CHANGES = (
    "this painter only changes pictures: for painting new ones choose another models.painter.model",
    "My painter can only change pictures. Show me one first.",
)

_LOG = logging.getLogger(__name__)


def told(error: Exception, who: str) -> ModelError:
    """What went wrong. who: the pipeline's class."""
    _LOG.debug("the painter failed", exc_info=error)
    said = " ".join(str(error).split())[:300] or type(error).__name__
    lower = said.lower()
    if isinstance(error, MemoryError) or "out of memory" in lower or "can't allocate memory" in lower:
        return ModelError(
            f"the painter ran out of memory: set models.painter.options.size lower, .options.offload to 'model', "
            f".dtype to a smaller one, or choose a smaller model ({who}: {said})",
            "I ran out of memory for that picture. Ask me again, or for a simpler one.",
        )
    return ModelError(f"the painter failed ({who}: {said})", "My painter failed at that picture. Ask me again.")
