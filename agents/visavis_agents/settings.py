"""How the mind behaves: patience, limits, the role. One branch of the server's settings tree."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AgentSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str = Field("companion", description="name of a shipped role or path of a TOML file")
    knowledge: str = Field("", description="folder of documents to answer from, instead of the role's own")
    pause_s: float = Field(0.096, gt=0, le=2, description="silence after which a reply is drafted")
    patience_s: float = Field(1.2, gt=0, le=10, description="silence that ends a turn the models think unfinished")
    eager_s: float = Field(0.24, gt=0, le=5, description="silence that ends a turn the models are sure of")
    max_utterance_s: float = Field(30.0, gt=1, le=120, description="longest utterance; longer is answered as it stands")
    max_reply_tokens: int = Field(120, ge=8, le=4096, description="longest reply of the language model")
    history_turns: int = Field(12, ge=1, le=200, description="turns the language model is told")
    frames_kept: int = Field(300, ge=1, le=1000, description="camera frames of the last 8 s kept per session, encoded")
