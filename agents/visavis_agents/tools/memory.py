"""What the user asks to be remembered, for this conversation."""

from __future__ import annotations

from visavis_agents.tools.port import Hands, ToolError, tool

MOST_FACTS = 64
LONGEST_FACT = 200  # characters


@tool(effects=True)
async def remember(hands: Hands, fact: str) -> str:
    """Remember a fact the user tells, as a sentence about them, for example "Your name is Ada."."""
    fact = fact.strip()[:LONGEST_FACT]
    if not fact:
        raise ToolError("Tell me what to remember.")
    subject = fact.split(" is ")[0].lower()
    hands.facts[:] = [known for known in hands.facts if known.split(" is ")[0].lower() != subject]
    hands.facts.append(fact)
    del hands.facts[:-MOST_FACTS]
    return f"I will remember. {fact}"


@tool()
async def recall(hands: Hands, about: str = "") -> str:
    """Say what was remembered. about: a word it must hold, or empty for everything."""
    about = about.strip().lower()
    found = [fact for fact in hands.facts if about in fact.lower()]
    if found:
        return " ".join(found)
    return f"You have not told me about your {about}." if about else "You have not asked me to remember anything yet."


@tool(effects=True)
async def forget(hands: Hands, about: str = "") -> str:
    """Forget what was remembered. about: a word it must hold, or empty for everything."""
    about = about.strip().lower()
    kept = [fact for fact in hands.facts if about and about not in fact.lower()]
    gone = len(hands.facts) - len(kept)
    hands.facts[:] = kept
    if not about:
        hands.erase()
    return "I have forgotten that." if gone else "There was nothing to forget."
