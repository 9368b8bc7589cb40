"""The settings tree: every setting there is, with its default, unit and reason. Built once, in `configure.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from visavis_agents.settings import AgentSettings
from visavis_models.settings import ModelSettings


class IceServer(BaseModel):
    """A STUN or TURN server, as browsers name it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: str = Field(pattern=r"^(stuns?|turns?):\S+$", description="stun:host:port or turn:host:port?transport=udp")
    username: str = Field("", description="TURN user")
    credential: str = Field("", description="TURN password")


class ServerSettings(BaseModel):
    """The doors of this server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address to listen on; any but loopback needs a token")
    port: int = Field(8600, ge=0, le=65535, description="TCP port, 0 = any free one")
    token: str = Field("", description="what clients must know; empty = everybody on this machine may come in")
    origins: tuple[str, ...] = Field((), description="other pages that may connect, as https://example.org")
    certificate: Path | None = Field(None, description="PEM file: HTTPS, which microphones need off localhost")
    key: Path | None = Field(None, description="PEM file: private key of the certificate")
    ice_servers: tuple[IceServer, ...] = Field((), description="STUN and TURN servers; none is asked by default")
    gather_s: float = Field(0.3, gt=0, le=5, description="longest wait for STUN and TURN before an offer is answered")
    connect_s: float = Field(15.0, gt=0, le=120, description="a connection not made by then is given up")
    silent_s: float = Field(2.6, ge=2, le=60, description="no ping and no media for so long: the client is gone")
    resume_s: float = Field(60.0, ge=0, le=3600, description="how long a conversation waits for its client's return")
    state: Path | None = Field(None, description="file in which conversations outlive a restart of this server")
    traces: str = Field(
        "",
        description="OTLP address for a trace of every turn, as http://127.0.0.1:4318/v1/traces; needs visavis[otel]",
    )
    idle_s: float = Field(1800.0, gt=0, le=86_400, description="a conversation in which nobody says anything ends")
    session_max_s: float = Field(14_400.0, gt=0, le=604_800, description="longest conversation")
    pictures_s: float = Field(3600.0, gt=0, le=86_400, description="how long a drawing can be fetched by its address")
    max_sessions: int = Field(8, ge=1, le=1000, description="conversations at once")
    offers_per_minute: int = Field(30, ge=1, le=10_000, description="new connections a minute and address")
    max_message_bytes: int = Field(65_536, ge=1024, le=262_144, description="longest message or offer of a client")
    messages_per_s: int = Field(100, ge=5, le=10_000, description="messages of a client a second; more are dropped")

    @model_validator(mode="after")
    def _both_or_none(self) -> ServerSettings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: set both or none")
        return self


class RecorderSettings(BaseModel):
    """Recordings of conversations, for `visavis replay`; off where there is no folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(None, description="where conversations are recorded; not set = nothing is")
    consent: Literal["told", "asked"] = Field(
        "told", description="told: recorded, said aloud and shown, until refused; asked: only once allowed"
    )
    days: float = Field(7.0, gt=0, le=3650, description="how long recordings are kept")
    size_mb: int = Field(2000, ge=1, le=10_000_000, description="how much all of them may take; the oldest go first")


class Settings(BaseModel):
    """Everything. Each part of the server gets only its branch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: ServerSettings = Field(default_factory=ServerSettings)
    models: ModelSettings = Field(default_factory=ModelSettings)
    agent: AgentSettings = Field(default_factory=AgentSettings)
    recorder: RecorderSettings = Field(default_factory=RecorderSettings)
