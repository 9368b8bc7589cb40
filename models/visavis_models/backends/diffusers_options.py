"""models.painter.options of the backend `diffusers`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from visavis_models.backends.diffusers_weights import Offload
from visavis_models.errors import ModelError
from visavis_models.settings import BackendSettings

LARGEST = 1536  # pixels of a side
_Range = msgspec.Meta


class PainterOptions(msgspec.Struct, frozen=True):
    """models.painter.options. What is not set follows the family's model card."""

    steps: Annotated[int, _Range(ge=1, le=200)] | None = None
    guidance: Annotated[float, _Range(ge=0, le=50)] | None = None
    strength: Annotated[float, _Range(ge=0.05, le=1)] | None = None  # of a change
    negative: str = ""  # what no picture shall show
    size: Annotated[int, _Range(ge=64, le=LARGEST)] | None = None  # pixels of the longer side
    frames: Annotated[int, _Range(ge=1, le=121)] | None = None  # of a clip
    seed: int | None = None  # the same one gives the same picture
    previews: Annotated[int, _Range(ge=0, le=50)] = 6  # at most
    offload: Offload = "none"
    compile: bool = False


def options_of(settings: BackendSettings) -> PainterOptions:
    """Raises ModelError."""
    own = {name: value for name, value in settings.options.items() if name in PainterOptions.__struct_fields__}
    try:
        return msgspec.convert(own, PainterOptions)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.painter.options: {str(error).replace('$.', '')}") from None
