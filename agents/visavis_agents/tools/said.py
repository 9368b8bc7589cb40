"""What was said before, as both heard it."""

from __future__ import annotations

from visavis_agents.tools.port import Hands, tool


@tool()
async def what_was_said(hands: Hands, who: str = "both") -> str:
    """Tell what was said before in this conversation. who: user, assistant or both."""
    lines = list(hands.history.lines)
    if lines and lines[-1].who == "user" and lines[-1].text == hands.asked:  # the question itself
        lines.pop()
    told = [line.text for line in lines if line.who == "user"]
    answers = [line.text for line in lines if line.who == "assistant"]
    if who == "user":
        return f"You said: {told[-1]}" if told else "You have not said anything yet."
    if who == "assistant":
        return (
            f"I said: {answers[-2] if len(answers) > 1 else answers[-1]}"
            if answers
            else "I have not said anything yet."
        )
    if not told:
        return "We have only just begun."
    return "You said: " + " Then: ".join(told[-3:])
