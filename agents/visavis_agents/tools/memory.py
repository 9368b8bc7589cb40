"""What the user tells about themselves: remembered with consent, recalled, forgotten."""

from __future__ import annotations

import re

from visavis_agents.earlier import told_before
from visavis_agents.facts import LONGEST
from visavis_agents.rules.memory import ASK
from visavis_agents.tools.port import Hands, ToolError, tool


@tool(effects=True)
async def remember(hands: Hands, fact: str, instead_of: str = "") -> str:
    """Remember a fact because the user asked for it, as a sentence to them ("Your keys are on the table.").

    instead_of: the fact that it corrects, or empty."""
    fact = fact.strip()[:LONGEST]
    if not fact:
        raise ToolError("Tell me what to remember.")
    if instead_of:
        hands.facts.erase(instead_of)
    hands.facts.keep(fact)
    hands.emit(hands.facts.changed(hands.clock()))
    return f"I will remember. {fact}"


@tool(effects=True)
async def told(hands: Hands, fact: str, instead_of: str = "") -> str:
    """Note what the user told about themselves by the way, as sentences to them ("Your name is Ada.").

    instead_of: the fact that it corrects, or empty."""
    fact = fact.strip()[: 2 * LONGEST]
    if not fact:
        raise ToolError("There is no fact in that.")
    for wrong in re.split(r"(?<=\.) ", instead_of) if instead_of else ():
        hands.facts.erase(wrong)
    for one in re.split(r"(?<=\.) ", fact):
        hands.facts.tell(one)
    hands.emit(hands.facts.changed(hands.clock()))
    if instead_of:
        return f"I'm sorry, I've got it now. {fact}"
    name = re.match(r"Your name is ([^.]+)\.", fact)
    heard = f"Nice to meet you, {name[1]}." if name else f"Good to know that {fact[:1].lower()}{fact[1:]}"
    if hands.facts.allowed is None and not hands.facts.asked:
        hands.facts.asked = True
        return f"{heard} {ASK}"
    return f"{heard} I'll remember it." if hands.facts.allowed and not name else heard


@tool(effects=True)
async def allow_memory(hands: Hands, allowed: bool) -> str:
    """The user's answer to whether facts about them may be remembered."""
    hands.facts.allow(allowed)
    if not allowed:
        hands.memory.allow(False)
    hands.emit(hands.facts.changed(hands.clock()))
    if not allowed:
        return "All right, I won't remember anything about you."
    known = " ".join(hands.facts.kept[-2:])
    return f"Thank you. {known} You can always tell me to forget it." if known else "Thank you, I will."


@tool()
async def recall(hands: Hands, about: str = "") -> str:
    """Say what is known about the user. about: a word it must hold, or empty for everything."""
    about = about.strip().lower()
    if found := hands.facts.about(about):
        return " ".join(found)
    if about and (back := told_before(hands, hands.asked)):
        return back
    match about:
        case "":
            return "You have not asked me to remember anything yet."
        case "old":
            return "You have not told me how old you are."
        case "live" | "work" | "from" | "come from":
            return f"You have not told me where you {'come from' if 'from' in about else about}."
        case "like" | "love" | "hate" | "prefer" | "enjoy" | "allergic":
            return f"You have not told me what you {'are allergic to' if about == 'allergic' else about}."
    return f"You have not told me about your {about}."


@tool(effects=True)
async def forget(hands: Hands, about: str = "") -> str:
    """Forget what is known about the user. about: a word it must hold, or empty for everything."""
    gone = hands.facts.forget(about)
    hands.history.let_go()
    hands.emit(hands.facts.changed(hands.clock()))
    if not about:
        hands.erase()
    return "I have forgotten that." if gone else "There was nothing to forget."
