"""Who may come in."""

from __future__ import annotations

import pytest

from visavis_server.guard import Guard, Refused, loopback
from visavis_server.settings import ServerSettings


def refused(guard: Guard, headers: dict[str, str], query: dict[str, str] | None = None) -> int:
    try:
        guard.check(headers, query or {})
    except Refused as error:
        return error.status
    return 0


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, {}, 401),
        ({"authorization": "Bearer right"}, {}, 0),
        ({"authorization": "bearer right"}, {}, 0),
        ({"authorization": "Basic right"}, {}, 401),
        ({"authorization": "Bearer wröng"}, {}, 401),
        ({}, {"token": "right"}, 0),
        ({}, {"token": "righ"}, 401),
        ({"origin": "https://a.example", "host": "a.example"}, {"token": "right"}, 0),
        ({"origin": "https://b.example", "host": "a.example"}, {"token": "right"}, 403),
        ({"origin": "null", "host": "a.example"}, {"token": "right"}, 403),
        ({"origin": "https://friend.example", "host": "a.example"}, {"token": "right"}, 0),
        ({"origin": "http://friend.example", "host": "a.example"}, {"token": "right"}, 403),
        ({"origin": "http://[", "host": "a.example"}, {"token": "right"}, 403),
    ],
)
def test_token_and_origin(headers: dict[str, str], query: dict[str, str], status: int) -> None:
    guard = Guard(ServerSettings(token="right", origins=("https://friend.example",)))
    assert refused(guard, headers, query) == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8600", 0),
        ("127.0.0.1", 0),
        ("[::1]:8600", 0),
        ("me.localhost", 0),
        ("rebound.example", 403),
        ("", 403),
        ("[", 403),
        ("localhost.evil.example", 403),
    ],
)
def test_without_a_token_only_loopback_names(host: str, status: int) -> None:
    assert refused(Guard(ServerSettings()), {"host": host}) == status


def test_offers_a_minute() -> None:
    guard = Guard(ServerSettings(offers_per_minute=2))
    guard.offer("a", 0.0)
    guard.offer("a", 30.0)
    guard.offer("b", 30.0)
    with pytest.raises(Refused, match="too many"):
        guard.offer("a", 59.0)
    guard.offer("a", 61.0)
    with pytest.raises(Refused):
        guard.offer("a", 89.0)


def test_addresses_are_forgotten() -> None:
    guard = Guard(ServerSettings())
    for number in range(10_001):
        guard.offer(f"address {number}", 0.0)
    guard.offer("one more", 100.0)
    assert len(guard._offers) == 1


@pytest.mark.parametrize("host", ["LOCALHOST", "127.0.0.1", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert loopback(host)
