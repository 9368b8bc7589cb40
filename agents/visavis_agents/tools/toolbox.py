"""All tools by name."""

from __future__ import annotations

from visavis_agents.tools.aim import aim
from visavis_agents.tools.arithmetic import calculate
from visavis_agents.tools.clock import calendar, cancel_timer, set_alarm, set_timer, time_and_date, timers_left
from visavis_agents.tools.closer import read_on, zoom
from visavis_agents.tools.fun import chance, tell
from visavis_agents.tools.memory import allow_memory, forget, recall, remember, told
from visavis_agents.tools.pictures import draw, look
from visavis_agents.tools.port import Tool
from visavis_agents.tools.said import what_was_said

TOOLS: dict[str, Tool] = {
    made.spec.name: made
    for made in (
        time_and_date, calendar, set_timer, set_alarm, timers_left, cancel_timer, calculate, chance, tell,
        remember, told, allow_memory, recall, forget, what_was_said, look, draw,
        read_on, zoom, aim,
    )
}  # fmt: skip
