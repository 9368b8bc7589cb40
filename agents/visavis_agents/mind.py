"""What a session's replies work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from visavis_agents.events import Event
from visavis_agents.history import History
from visavis_agents.roles import Role
from visavis_agents.settings import AgentSettings
from visavis_agents.speech import Speech
from visavis_agents.tools.port import Hands
from visavis_models.ports import Message
from visavis_models.senses import Senses


@dataclass
class Mind:
    """One per session."""

    senses: Senses
    role: Role
    settings: AgentSettings
    history: History
    speech: Speech
    hands: Hands
    clock: Callable[[], float]
    emit: Callable[[Event], None]
    pace: float = 1.0  # what the user asked for, times the role's

    def messages(self, text: str) -> tuple[Message, ...]:
        """The conversation so far and the user's newest words, for the language model."""
        return self.history.messages(self.role, list(self.hands.facts), text, self.settings.history_turns)
