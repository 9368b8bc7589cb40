"""Which backend serves which ability, profile by profile; a setting of its own replaces a profile's choice."""

from __future__ import annotations

from typing import get_args

from visavis_models.settings import Ability, BackendSettings, ModelSettings, Profile

ABILITIES: tuple[Ability, ...] = get_args(Ability)

_B = BackendSettings

_EMBEDDED: dict[Ability, BackendSettings] = {
    "voice_activity": _B(backend="silero"),
    "turn_end": _B(backend="smart_turn"),
    "recognizer": _B(backend="moonshine", model="moonshine-tiny-en"),
    "language": _B(backend="smollm2", model="smollm2-135m"),
    "vision": _B(backend="finders"),
    "reader": _B(backend="rapidocr"),
    "voice": _B(backend="hibari", model="heart"),
    "painter": _B(backend="composer"),
}

# Hub models: Whisper MIT, SmolLM2, SmolVLM2 and Qwen2.5-7B Apache-2.0, Stable Diffusion Turbo's and SDXL Turbo's
# own community licence. `visavis models pull` fetches them.
_PROFILES: dict[Profile, dict[Ability, BackendSettings]] = {
    "embedded": _EMBEDDED,
    "standard": {
        **_EMBEDDED,
        "recognizer": _B(backend="faster_whisper", model="Systran/faster-whisper-base.en", dtype="int8"),
        "language": _B(backend="transformers", model="HuggingFaceTB/SmolLM2-1.7B-Instruct"),
        "vision": _B(backend="transformers", model="HuggingFaceTB/SmolVLM2-500M-Video-Instruct"),
        "painter": _B(backend="diffusers", model="stabilityai/sd-turbo", options={"steps": 2, "guidance": 0.0}),
    },
    "gpu": {
        **_EMBEDDED,
        "recognizer": _B(backend="faster_whisper", model="Systran/faster-whisper-large-v3", device="cuda"),
        "language": _B(backend="transformers", model="Qwen/Qwen2.5-7B-Instruct", device="cuda", dtype="bfloat16"),
        "vision": _B(backend="transformers", model="Qwen/Qwen2.5-VL-7B-Instruct", device="cuda", dtype="bfloat16"),
        "painter": _B(
            backend="diffusers",
            model="stabilityai/sdxl-turbo",
            device="cuda",
            dtype="float16",
            options={"steps": 2, "guidance": 0.0},
        ),
    },
    "remote": {
        **_EMBEDDED,
        "language": _B(backend="openai", base_url="http://127.0.0.1:11434/v1", model="llama3.2"),
        "vision": _B(backend="openai", base_url="http://127.0.0.1:11434/v1", model="llama3.2-vision"),
    },
}

HUB_BACKENDS = frozenset({"faster_whisper", "transformers", "diffusers"})


def choices(settings: ModelSettings) -> dict[Ability, BackendSettings]:
    """The backend of every ability that this server has."""
    profile = _PROFILES[settings.profile]
    chosen = {ability: getattr(settings, ability) or profile.get(ability) for ability in ABILITIES}
    return {ability: backend for ability, backend in chosen.items() if backend and backend.backend != "none"}
