"""What can go wrong with a model, by whose fault it is. Every message says what, why and what to do."""


class ModelError(Exception):
    """A model could not do its work; the conversation goes on without it.

    spoken: what is said of it aloud, where the message is for whoever runs the server (settings, addresses)."""

    def __init__(self, message: str = "", spoken: str = "") -> None:
        super().__init__(message)
        self.spoken = spoken or message


class PackMissing(ModelError):
    """Weights are absent or damaged; the message names the command that fetches them."""


class BackendMissing(ModelError):
    """No such backend, or the package it needs is not installed; the message names both."""


class Unreachable(ModelError):
    """A remote endpoint refused, timed out or answered nonsense."""


class Refused(ModelError):
    """A remote endpoint will not do it. status: of HTTP, 0 where it told of an error in another way."""

    def __init__(self, message: str = "", spoken: str = "", status: int = 0) -> None:
        super().__init__(message, spoken)
        self.status = status


class PullError(ModelError):
    """Weights could not be fetched or prepared at set-up."""
