"""What a client offers, looked at before anything is built for it. Pure.

That its candidates have an end is not passed on. aioice would give up as soon as none of them is left to try, where
names are not answered without multicast 10 ms after the answer, while the client's own checks are still on their way
and tell its address too (RFC 8863: be patient). A connection that does not come about ends by `connect_s`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SECTIONS = 6  # a browser's audio, video and data are three
CANDIDATES = 40

_MEDIA = re.compile(r"m=(\w+) ")


class OfferError(ValueError):
    """The client's offer cannot be answered; the message says why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """sdp: as received, without the candidates that must be looked up first. mdns: those, as (candidate, section)."""

    sdp: str
    kinds: frozenset[str]
    mdns: tuple[tuple[str, int], ...]


def read(sdp: str) -> Offer:
    """Raises OfferError."""
    if not sdp.startswith("v=0"):
        raise OfferError("this is no SDP: it does not begin with v=0")
    kinds: list[str] = []
    kept: list[str] = []
    mdns: list[tuple[str, int]] = []
    candidates = 0
    for line in sdp.splitlines():
        if media := _MEDIA.match(line):
            kinds.append(media[1])
        if line == "a=end-of-candidates" or (line.startswith("a=candidate:") and not usable(line)):
            continue
        if line.startswith("a=candidate:"):
            candidates += 1
            if ".local " in line:
                mdns.append((line[2:], len(kinds) - 1))
                continue
        kept.append(line)
    if not kinds:
        raise OfferError("the offer has no media: add a microphone or a data channel")
    if len(kinds) > SECTIONS:
        raise OfferError(f"the offer has {len(kinds)} media sections; at most {SECTIONS} are answered")
    if unknown := sorted(set(kinds) - {"audio", "video", "application"}):
        raise OfferError(f"the offer has a section {unknown[0]!r}: only audio, video and application are answered")
    if "audio" in kinds and "opus/48000" not in sdp.lower():
        raise OfferError("the offer has no Opus: sound goes both ways as opus/48000/2")
    if candidates > CANDIDATES:
        raise OfferError(f"the offer has {candidates} candidates; at most {CANDIDATES} are tried")
    return Offer("\r\n".join(kept) + "\r\n", frozenset(kinds), tuple(mdns))


def usable(candidate: str) -> bool:
    """Whether a candidate may lead here. Firefox also offers TCP, and a second component without RTCP multiplexing."""
    parts = candidate.split(maxsplit=3)
    return len(parts) < 4 or (parts[1] == "1" and parts[2].lower() == "udp")
