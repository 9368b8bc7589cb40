"""Which backend serves each ability. Profiles choose; any single ability can be overridden."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field

Ability = Literal[
    "voice_activity", "turn_end", "recognizer", "language", "vision", "faces", "reader", "voice", "painter", "embedder"
]


class BackendSettings(BaseModel):
    """One ability's backend: its name (the part after the dot of its entry point) and what it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str = Field("", description="name of the backend, 'none' to go without, empty: the profile's")
    model: str = Field("", description="pack name, hub repository, folder, or the endpoint's model name")
    device: str = Field("cpu", description="cpu, cuda, cuda:1, mps")
    dtype: str = Field("auto", description="auto, float32, float16, bfloat16, int8, int4")
    threads: int = Field(0, ge=0, le=64, description="CPU threads, 0 = the backend's own measured choice")
    base_url: str = Field("", description="OpenAI-compatible endpoints: address up to and with /v1")
    api_key: str = Field("", description="OpenAI-compatible endpoints: key, or empty")
    timeout_s: float = Field(20.0, gt=0, le=600, description="longest wait for the next piece of an answer")
    options: dict[str, Any] = Field(default_factory=dict, description="anything else the backend documents")


Profile = Literal["embedded", "standard", "gpu", "remote"]


class ModelSettings(BaseModel):
    """The models of this server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Profile = Field("embedded", description="embedded: two CPU cores, no hub, no key")
    packs: Path = Field(
        default_factory=lambda: user_data_path("visavis") / "packs", description="folder where weights are kept"
    )
    voice_activity: BackendSettings | None = None
    turn_end: BackendSettings | None = None
    recognizer: BackendSettings | None = None
    language: BackendSettings | None = None
    vision: BackendSettings | None = None
    faces: BackendSettings | None = None
    reader: BackendSettings | None = None
    voice: BackendSettings | None = None
    painter: BackendSettings | None = None
    embedder: BackendSettings | None = None
