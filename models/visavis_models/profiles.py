"""Which backend serves which ability, profile by profile; a setting of its own replaces a profile's choice."""

from __future__ import annotations

from typing import get_args

from visavis_models.settings import Ability, BackendSettings, ModelSettings, Profile

ABILITIES: tuple[Ability, ...] = get_args(Ability)
OLLAMA = "http://127.0.0.1:11434/v1"  # the endpoint most people have at home

_B = BackendSettings

# Every one of these runs on two CPU cores, without a hub, a key or torch. docs/write-a-backend.md names their sources.
_EMBEDDED: dict[Ability, BackendSettings] = {
    "voice_activity": _B(backend="silero", model="silero-vad"),
    "turn_end": _B(backend="smart_turn", model="smart-turn"),
    "recognizer": _B(backend="moonshine", model="moonshine-tiny-en"),
    "language": _B(backend="smollm2", model="smollm2-135m"),
    "vision": _B(backend="eyes"),
    "faces": _B(backend="gaze"),
    "reader": _B(backend="rapidocr"),
    "voice": _B(backend="hibari", model="heart"),
    "painter": _B(backend="composer"),
    "embedder": _B(backend="minilm"),
}

# Licences of the hub models: Whisper and its distillation MIT; Qwen2.5 (1.5B, 7B) and Qwen2.5-VL 7B, SmolVLM2
# Apache-2.0; LCM Dreamshaper v7 MIT; SDXL Turbo Stability AI's community licence (free below a turnover, read it).
_PROFILES: dict[Profile, dict[Ability, BackendSettings]] = {
    "embedded": _EMBEDDED,
    "standard": {
        **_EMBEDDED,
        "recognizer": _B(backend="faster_whisper", model="Systran/faster-whisper-base.en", dtype="int8"),
        "language": _B(backend="transformers", model="Qwen/Qwen2.5-1.5B-Instruct", dtype="bfloat16"),
        "vision": _B(backend="transformers", model="HuggingFaceTB/SmolVLM2-500M-Video-Instruct"),
        "painter": _B(backend="diffusers", model="SimianLuo/LCM_Dreamshaper_v7", options={"size": 512}),
    },
    "gpu": {
        **_EMBEDDED,
        "recognizer": _B(
            backend="faster_whisper", model="Systran/faster-distil-whisper-large-v3", device="cuda", dtype="float16"
        ),
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
        "language": _B(backend="openai", base_url=OLLAMA, model="llama3.2"),
        "vision": _B(backend="openai", base_url=OLLAMA, model="llama3.2-vision"),
        "painter": _B(backend="openai", base_url=OLLAMA, model="x/z-image-turbo"),
    },
}


def choices(settings: ModelSettings) -> dict[Ability, BackendSettings]:
    """The backend of every ability that this server has."""
    profile = _PROFILES[settings.profile]
    chosen = {ability: _merged(profile.get(ability), getattr(settings, ability)) for ability in ABILITIES}
    return {ability: backend for ability, backend in chosen.items() if backend and backend.backend != "none"}


def _merged(profile: BackendSettings | None, own: BackendSettings | None) -> BackendSettings | None:
    """A setting of its own: another backend replaces the profile's whole; the same one keeps what was not set.

    Options belong to a model: with another model they start empty."""
    if own is None or profile is None or own.backend not in ("", profile.backend):
        return own or profile
    given = {name: getattr(own, name) for name in own.model_fields_set if name != "backend"}
    if own.model and own.model != profile.model:
        given = {"options": {}, **given}
    return profile.model_copy(update=given)
