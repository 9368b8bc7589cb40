"""What the client asks for beside the talk, by a click: it does not wait for its turn."""

from __future__ import annotations

from visavis_agents import events as ev
from visavis_agents.tools.port import Hands

Click = (
    ev.FactsAllowed
    | ev.FactErased
    | ev.ForgetEverything
    | ev.WatchStopped
    | ev.CardClosed
    | ev.TimerCancelled
    | ev.PictureStopped
)


def clicked(hands: Hands, event: Click) -> None:
    """Do as the click says."""
    match event:
        case ev.FactsAllowed(allowed=allowed):
            hands.facts.allow(allowed)
            if not allowed:
                hands.memory.allow(False)
            hands.emit(hands.facts.changed(hands.clock()))
        case ev.FactErased(fact=fact):
            hands.facts.erase(fact)
            hands.emit(hands.facts.changed(hands.clock()))
        case ev.ForgetEverything():
            hands.erase()
        case ev.WatchStopped(watch=watch):
            hands.watches.end(hands, watch)
        case ev.CardClosed(card=card):
            hands.cards.hide(card)
        case ev.TimerCancelled(name=name, rings_s=rings_s):
            hands.cancel_timer(name, rings_s)
        case ev.PictureStopped(picture=picture):
            hands.easel.stop(picture)


def forget(hands: Hands) -> None:
    """Forget what was said, shown, told and to be remembered."""
    hands.history.forget()
    hands.facts.erase("")
    hands.view = hands.text = None
    hands.stills.forget()
    hands.memory.forget()
    hands.gallery.forget()
    hands.cards.hide_all()
    hands.story = None
    hands.lists.clear()
    hands.easel.forget()
    hands.emit(hands.facts.changed(hands.clock()))
