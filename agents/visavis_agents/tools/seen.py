"""Answers from the memory of what was seen, with the remembered frame shown."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_agents.events import SightForgotten
from visavis_agents.seeing.glance import difference, side, thumbnail
from visavis_agents.seeing.remembering import HOLDING, SURE, held, opened, place
from visavis_agents.seeing.seen import Keepsake, Seen, ago
from visavis_agents.seeing.sight import Frame, developed
from visavis_agents.seeing.things import article, bare, listed, same
from visavis_agents.tools.port import Hands, ToolError, tool
from visavis_models.errors import ModelError
from visavis_models.ports import Embedder, Finder, Found, Names, PictureEmbedder, Vision

# Product of a picture's vector and a name's from which the picture may show it. Among 40 other photos (Caltech 101, our
# eyes) the right one is then named in 13 % of searches, and a wrong one in 6 % where none is right: a last resort.
ALIKE = 0.35
NOT_KEPT = "I don't keep what I see, because you told me not to."
SIMILAR = 0.85  # product of two pictures from which they show the like
SHOWN_S = 20.0  # a frame this old shows what was there before it was shown again
BEFORE_S = 4.0  # a frame this old is one from before
DIFFERENT = 0.02  # share of the picture; people who sit still and shadows make less
LONGEST = 600  # characters read aloud
COMPARED = 8  # frames, at most, that the present is compared with


@tool()
async def where_seen(hands: Hands, thing: str) -> str:
    """Tell where and when a thing was last seen through the camera, and show the picture. thing: such as "my keys"."""
    name = bare(thing.lower())
    yours = re.sub(r"^(?:my|our) ", "your ", thing.lower().strip())
    if not name:
        raise ToolError("Tell me what to look for.")
    if told := hands.facts.about(name):
        return " ".join(told)
    if hands.memory.allowed is False:
        return NOT_KEPT
    now = hands.clock()
    if (here := await _here(hands, name)) is not None:
        return f"I see {yours} now{', ' + here if here else ''}."
    await hands.memory.catch_up(hands)
    match = hands.memory.seen.find(name)
    if match is None and (vector := await _vector(hands, name)) is not None:
        match = hands.memory.seen.find(name, vector, ALIKE)
    if match is None:
        return await _unseen(hands, name, yours)
    keepsake = match.keepsake
    _show(hands, keepsake)
    when = ago(now - keepsake.at)
    if match.how == "alike":
        return f"I'm not sure, but {yours} may be in this picture from {when}."
    if match.how == "read":
        return f"I didn't see {yours}, but I read {name} {when}, in this picture."
    where = f", {match.place}" if match.place else ""
    beside = [article(_word(spot.name)) for spot in keepsake.spots if not same(name, spot.name)][:2]
    with_ = f", with {' and '.join(beside)}" if beside else ""
    scene = re.sub(r"^I see ", "There was ", match.keepsake.caption) if not beside else ""
    return f"I saw {yours} {when}{where}{with_}. {scene or 'This is the picture.'}"


@tool()
async def what_it_said(hands: Hands) -> str:
    """Tell what was written on what the camera saw before, such as a sign, and show the picture."""
    if hands.memory.allowed is False:
        return NOT_KEPT
    if not hands.memory.seen.with_text() or hands.memory.seen.keepsakes[-1].text is None:
        await hands.memory.catch_up(hands, read=True)
    written = hands.memory.seen.with_text()
    if not written:
        return "I haven't read anything so far. Show it to me, and I'll read it."
    keepsake = written[0]
    _show(hands, keepsake)
    text = ", ".join(keepsake.text or ())[:LONGEST]
    end = "" if text.endswith((".", "!", "?")) else "."
    return f"I read it {ago(hands.clock() - keepsake.at)}. It said: {text}{end}"


@tool()
async def held_before(hands: Hands) -> str:
    """Tell what the user was holding before, and show the picture."""
    if hands.memory.allowed is False:
        return NOT_KEPT
    await hands.memory.catch_up(hands)
    holding = hands.memory.seen.held()
    if len(holding) > 1 and re.search(r"\b(?:before|earlier|first)\b", hands.asked.lower()):
        now = await _held_now(hands)
        holding = holding[1:] if holding[0].held == now else holding
    if not holding:
        return "I haven't seen you hold anything that I know."
    _show(hands, holding[0])
    return f"You were holding {holding[0].held}, {ago(hands.clock() - holding[0].at)}."


@tool(looks=True)
async def what_changed(hands: Hands) -> str:
    """Compare what the camera sees now with what it saw before, and show the picture from before."""
    if hands.memory.allowed is False:
        return NOT_KEPT
    await hands.memory.catch_up(hands)
    now = hands.clock()
    vision, frame = hands.senses.vision, hands.sight.at(now)
    if vision is None or frame is None:
        raise ToolError("I can't see anything now. Turn your camera on and ask me again.")
    before = [keepsake for keepsake in reversed(hands.memory.seen.keepsakes) if now - keepsake.at >= BEFORE_S][
        :COMPARED
    ]
    if not before:
        return "I haven't looked for long enough to tell."
    eyes = vision.port if isinstance(vision.port, Finder) else None
    index, where, found = await vision.worker.run(_compared, frame, [keepsake.jpeg for keepsake in before], eyes)
    if index < 0:
        return "Nothing has changed, as far as I can see."
    keepsake = before[index]
    _show(hands, keepsake)
    return f"{_differences(keepsake, found, where)} This is how it was {ago(now - keepsake.at)}."


@tool()
async def seen_so_far(hands: Hands) -> str:
    """List what the camera has seen so far."""
    if hands.memory.allowed is False:
        return NOT_KEPT
    await hands.memory.catch_up(hands)
    seen = hands.memory.seen.keepsakes
    names = list(dict.fromkeys(_word(spot.name) for keepsake in reversed(seen) for spot in keepsake.spots))[:6]
    parts = [article(name) for name in names]
    if any(keepsake.people for keepsake in seen):
        parts.insert(0, "somebody")
    if not parts:
        return "I haven't seen anything that I could name." if seen else "I haven't seen anything so far."
    return f"So far I have seen {listed(parts)}."


@tool(looks=True)
async def seen_before(hands: Hands) -> str:
    """Tell whether what the user shows to the camera now was seen before, and show the picture from then."""
    if hands.memory.allowed is False:
        return NOT_KEPT
    vision, frame = hands.senses.vision, hands.sight.at(hands.clock() if hands.moment is None else hands.moment)
    if vision is None or frame is None:
        raise ToolError("I can't see anything now. Turn your camera on and ask me again.")
    await hands.memory.catch_up(hands)
    before = Seen([each for each in hands.memory.seen.keepsakes if frame.at - each.at >= SHOWN_S])
    found: tuple[Found, ...] = ()
    if isinstance(vision.port, Finder):
        found = await vision.worker.run(_found, vision.port, frame)
    for name in [_word(each.label) for each in found if each.kind == "thing" and each.score >= SURE]:
        if (match := before.find(name)) is not None and match.how == "found":
            _show(hands, match.keepsake)
            return f"Yes, I saw {article(name)} {ago(hands.clock() - match.keepsake.at)}."
    if isinstance(vision.port, PictureEmbedder):
        vector = np.frombuffer(await vision.worker.run(_pictured, vision.port, frame), np.float16).astype(np.float32)
        if (ranked := before.ranked(vector)) and ranked[0][1] >= SIMILAR:
            _show(hands, ranked[0][0])
            return f"I think so. This looks much like it, {ago(hands.clock() - ranked[0][0].at)}."
    return "I don't think that I have seen that before."


@tool(effects=True)
async def forget_seen(hands: Hands) -> str:
    """Forget everything that was seen through the camera."""
    gone = hands.memory.forget()
    hands.emit(SightForgotten(at=hands.clock()))
    return "I have forgotten what I saw." if gone else "There was nothing to forget."


@tool(effects=True)
async def remember_seen(hands: Hands, allowed: bool) -> str:
    """The user allows that what the camera sees is kept on disk for this conversation, or forbids to keep any of it."""
    hands.memory.allow(allowed)
    if allowed:
        return "I will remember what I see. You can always tell me to forget it."
    hands.emit(SightForgotten(at=hands.clock()))
    return "All right, I have forgotten what I saw, and I won't keep any pictures."


def _show(hands: Hands, keepsake: Keepsake) -> None:
    """Show the remembered frame in the page, with its age."""
    when = ago(hands.clock() - keepsake.at)
    names = (when, *(_word(spot.name) for spot in keepsake.spots), *(f"“{line}”" for line in keepsake.text or ()))
    hands.show_frame(keepsake.jpeg, f"what the camera saw {when}", reply=hands.reply, frame_s=keepsake.at, found=names)


async def _here(hands: Hands, name: str) -> str | None:
    """Where in the present frame the thing is, or None."""
    vision, frame = hands.senses.vision, hands.sight.at(hands.clock())
    if vision is None or frame is None or not isinstance(vision.port, Finder):
        return None
    try:
        found = await vision.worker.run(_found, vision.port, frame)
    except ModelError:
        return None
    there = [each for each in found if each.kind == "thing" and each.score >= SURE and same(name, each.label)]
    return place(there[0].box) if there else None


async def _held_now(hands: Hands) -> str:
    vision, frame = hands.senses.vision, hands.sight.at(hands.clock())
    if vision is None or frame is None:
        return ""
    return held(await vision.worker.run(_asked, vision.port, frame))


async def _vector(hands: Hands, name: str) -> NDArray[np.float32] | None:
    """The name's, among the pictures'."""
    embedder, vision = hands.senses.embedder, hands.senses.vision
    if embedder is None or vision is None or not isinstance(vision.port, PictureEmbedder):
        return None
    data = await embedder.worker.run(_embedded, embedder.port, f"there is {article(name)} in the picture")
    return np.frombuffer(data, np.float32)


async def _unseen(hands: Hands, name: str, yours: str) -> str:
    if not hands.memory.seen.keepsakes:
        return f"I haven't seen {yours}: the camera has shown me nothing yet."
    vision = hands.senses.vision
    if vision is not None and isinstance(vision.port, Names) and not isinstance(vision.port, PictureEmbedder):
        known = await vision.worker.run(vision.port.names)
        if not any(same(name, each) for each in known):
            return f"I haven't seen {yours}, but I would not know {article(name)} by sight."
    return f"I haven't seen {yours}."


def _differences(keepsake: Keepsake, found: tuple[Found, ...], where: str) -> str:
    things = [each for each in found if each.kind == "thing" and each.label != "person"]
    gone = [s.name for s in keepsake.spots if not any(same(_word(s.name), each.label) for each in things)]
    new = [e.label for e in things if e.score >= SURE and not any(same(_word(e.label), s.name) for s in keepsake.spots)]
    people = sum(each.kind == "face" or each.label == "person" for each in found)
    parts = [f"the {_word(name)} is gone" for name in gone[:2]] + [
        f"there is {article(_word(name))} now" for name in new[:2]
    ]
    if people != keepsake.people:
        parts.insert(0, "somebody has come" if people > keepsake.people else "somebody has gone")
    if not parts:
        return f"Something has changed{' ' + where if where else ''}, but I can't name it."
    told = listed(parts)
    return f"{told[0].upper()}{told[1:]}."


def _word(label: str) -> str:
    return label.partition(", ")[0]


# --- on a worker -----------------------------------------------------------------------------------------------------


def _found(eyes: Finder, frame: Frame) -> tuple[Found, ...]:
    return eyes.find(developed(frame))


def _pictured(eyes: PictureEmbedder, frame: Frame) -> bytes:
    return bytes(np.asarray(eyes.embed_pictures([developed(frame)])[0], np.float16).tobytes())


def _asked(eyes: Vision, frame: Frame) -> str:
    return "".join(eyes.answer([developed(frame)], HOLDING))


def _embedded(embedder: Embedder, text: str) -> bytes:
    """As bytes, because arrays are not written to the tape."""
    return bytes(np.asarray(embedder.embed([text])[0], np.float32).tobytes())


def _compared(frame: Frame, before: list[bytes], eyes: Any) -> tuple[int, str, tuple[Found, ...]]:
    """The first of the older pictures that differs, -1 if none does; where; and what is found in the present one."""
    picture = developed(frame)
    thumb = thumbnail(picture)
    for index, data in enumerate(before):
        old = thumbnail(opened(data))
        if difference(thumb, old) >= DIFFERENT:
            return index, side(thumb, old), tuple(eyes.find(picture)) if eyes is not None else ()
    return -1, "", ()
