"""What goes wrong while `diffusers` paints: for the log, for whoever runs this, and to be said aloud."""

from __future__ import annotations

import logging

from visavis_models.backends.torch_weights import line
from visavis_models.errors import ModelError

HELD_BACK = "My painter's own filter held that picture back. Ask me for another one."
ONLY_CHANGES = (
    "this painter only changes pictures: for painting new ones choose another models.painter.model",
    "My painter can only change pictures. Show me one first.",
)

_LOG = logging.getLogger(__name__)


def told(error: Exception, who: str) -> ModelError:
    """What went wrong, for the log and to be said."""
    said = " ".join(str(error).split())[:300] or type(error).__name__
    lacking = said.lower()
    if isinstance(error, MemoryError) or "out of memory" in lacking or "can't allocate memory" in lacking:
        _LOG.warning("painter: %s ran out of memory: %s", who, line(error))
        return ModelError(
            "the painter ran out of memory: set models.painter.options.size lower, .options.offload to 'model', .dtype "
            "to a smaller one, or choose a smaller model",
            "I ran out of memory for that picture. Ask me again, or for a simpler one.",
        )
    _LOG.warning("painter: %s failed: %s", who, line(error), exc_info=_LOG.isEnabledFor(logging.DEBUG))
    return ModelError(f"the painter failed: {said}", "My painter failed at that picture. Ask me again.")
