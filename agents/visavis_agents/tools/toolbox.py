"""All tools by name."""

from __future__ import annotations

from visavis_agents.tools.aim import aim
from visavis_agents.tools.animate import animate
from visavis_agents.tools.arithmetic import calculate
from visavis_agents.tools.brush import draw, draw_seen, edit, stop_drawing, what_is_drawn
from visavis_agents.tools.cards import compare_numbers, show_card, use_list
from visavis_agents.tools.clock import cancel_timer, set_alarm, set_timer, timers_left
from visavis_agents.tools.closer import read_on, zoom
from visavis_agents.tools.dates import calendar, time_and_date
from visavis_agents.tools.fun import chance, tell
from visavis_agents.tools.games import play
from visavis_agents.tools.memory import allow_memory, forget, recall, remember, told
from visavis_agents.tools.pictures import look
from visavis_agents.tools.port import Tool
from visavis_agents.tools.said import what_was_said
from visavis_agents.tools.seen import (
    forget_seen,
    held_before,
    remember_seen,
    seen_before,
    seen_so_far,
    what_changed,
    what_it_said,
    where_seen,
)
from visavis_agents.tools.story import go_on_with_story, tell_story
from visavis_agents.tools.watch import stop_watching, watch_for, watches

TOOLS: dict[str, Tool] = {
    made.spec.name: made
    for made in (
        time_and_date, calendar, set_timer, set_alarm, timers_left, cancel_timer, calculate, chance, tell, play,
        remember, told, allow_memory, recall, forget, what_was_said, look, draw, animate, edit,
        draw_seen, stop_drawing, what_is_drawn, watch_for, stop_watching,
        watches, where_seen, what_it_said, held_before, what_changed, seen_so_far, seen_before, forget_seen,
        remember_seen, read_on, zoom, aim, tell_story, go_on_with_story,
        show_card, compare_numbers, use_list,
    )
}  # fmt: skip
