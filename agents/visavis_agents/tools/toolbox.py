"""All tools by name."""

from __future__ import annotations

from visavis_agents.tools.arithmetic import calculate
from visavis_agents.tools.clock import set_timer, time_and_date
from visavis_agents.tools.memory import forget, recall, remember
from visavis_agents.tools.pictures import draw, look
from visavis_agents.tools.port import Tool

TOOLS: dict[str, Tool] = {
    made.spec.name: made for made in (time_and_date, set_timer, calculate, remember, recall, forget, look, draw)
}
