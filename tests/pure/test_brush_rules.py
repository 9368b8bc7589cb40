"""Rules for the brush: what is drawn, what is a change of the last picture, and what is neither."""

import pytest

from visavis_agents.plain import plain
from visavis_agents.rules import Call, changes, route
from visavis_agents.rules.changes import is_again, is_undo

DRAWN = {
    "Draw me a cat wearing a hat.": "a cat wearing a hat",
    "Could you draw a red house, please?": "a red house",
    "Paint a sunset over the sea.": "a sunset over the sea",
    "Draw a picture of two dogs": "two dogs",
    "Can you make me a picture of a dragon?": "a dragon",
    "I'd like a drawing of an elephant.": "an elephant",
    "Show me a picture of a whale.": "a whale",
    "A picture of a snowman, please.": "a snowman",
    "Draw something.": "something nice",
    "Draw us a birthday card with balloons": "a birthday card with balloons",
    "Create an image of a robot in a garden": "a robot in a garden",
    "Generate a funny picture of a penguin.": "a penguin",
}


@pytest.mark.parametrize("text", DRAWN)
def test_plain_requests_are_drawn(text: str) -> None:
    assert route(text) == Call("draw", {"prompt": DRAWN[text]})


SEEN = {
    "Draw what you see.": {},
    "Paint what is in front of the camera": {},
    "Draw what you see as a comic": {"like": "a comic"},
    "Draw me as a robot.": {"what": "me", "like": "a robot"},
    "Turn me into a pirate": {"what": "me", "like": "a pirate"},
    "Draw this as a cartoon.": {"what": "this", "like": "a cartoon"},
    "Draw my dog as a king": {"what": "my dog", "like": "a king"},
    "Draw a portrait of me": {"what": "me"},
    "Draw me.": {"what": "me"},
    "Draw this.": {"what": "this"},
}


@pytest.mark.parametrize("text", SEEN)
def test_the_camera_joins(text: str) -> None:
    assert route(text) == Call("draw_seen", SEEN[text])


@pytest.mark.parametrize(
    "text",
    [
        "Stop drawing.",
        "Stop the drawing, please.",
        "Cancel the picture",
        "Don't draw it.",
        "You don't have to draw that",
        "Stop painting now",
    ],
)
def test_drawing_is_stopped(text: str) -> None:
    assert route(text) == Call("stop_drawing")


@pytest.mark.parametrize(
    "text", ["What did you draw?", "What have you drawn?", "What are you drawing?", "Describe your drawing."]
)
def test_what_was_drawn_is_told(text: str) -> None:
    assert route(text) == Call("what_is_drawn")


@pytest.mark.parametrize(
    "text",
    [
        "Draw the curtains.",
        "You should draw your own conclusions.",
        "Draw a number between one and ten.",
        "My brother likes to draw.",
        "It was a draw.",
        "I want a sandwich.",
        "Can I have a moment?",
        "I painted my room.",
        "Let's make a plan.",
    ],
)
def test_other_words_are_not_drawn(text: str) -> None:
    made = route(text)
    assert not (isinstance(made, Call) and made.tool.startswith(("draw", "edit")))


CHANGES = """Bigger.
A bit smaller, please.
Make it bigger.
Make it night.
Make the sky green.
Make the cat red
Could you make it a little brighter?
Make the dog smile
Make it rain
Make it look like winter
Turn it into a painting
Turn the cat into a tiger.
Turn the sky orange
Paint the house blue.
Colour the roof red
Change the background to a forest
Change the cat to a dog
Add a tree.
Now add two birds in the sky
Add some snow
Also add a sun
Put a hat on the cat.
Put it on the left
Put the ball next to the dog
Give the cat a hat.
Give him a red nose
Remove the dog.
Delete the tree on the left
Take away the clouds
Take the hat off
Get rid of the house
Without the hat.
Leave out the moon
Move it to the left.
Move the cat a bit to the right
Move the sun up
Move the dog behind the tree
Replace the dog with a cat.
A dog instead of the cat
Draw a dog instead.
Draw a tree next to it.
Draw a bird too.
And a dog as well
More trees.
Two more birds
Another flower
Fewer clouds
At night.
In winter
With a hat
In black and white
As a sketch
Undo that.
Undo
Take that back
Draw it again.
Try again
Draw it differently"""


@pytest.mark.parametrize("text", CHANGES.splitlines())
def test_a_picture_is_changed(text: str) -> None:
    made = route(text)
    assert made is None or (isinstance(made, Call) and made.tool in ("draw", "edit")), made
    assert changes(plain(text))


OTHERS = """Make it louder.
A bit slower, please.
Speak up.
Add five and three.
Add milk to the shopping list.
Add a reminder for tomorrow.
Put on some music.
Put a timer on for five minutes.
Make me a coffee.
Make it quick.
Make it stop.
Remove the timer.
Delete the alarm
Forget everything.
Turn it off.
Turn up the volume.
Turn the light on
Change the subject.
Give me a hint.
Another joke.
One more time.
Another one.
Tell me more.
More about whales, please.
What is this?
How are you?
What time is it?
I live in Berlin.
In Berlin
With my brother
That is nice.
It is a big house.
Yes.
No, thanks.
The cat is on the roof.
I want more of that.
Move on.
Go back to sleep.
I saw a dog instead
What should I cook instead of rice?
My name is Tom.
Set a timer for ten minutes
Is it bigger than a cat?
Why is the sky blue?
How do I make bread rise?
Take a look.
Read it again.
Say that again.
Where is my cup?
Are you happy?
I am sad.
Put the kettle on
Thank you.
Let's talk about trees."""


@pytest.mark.parametrize("text", OTHERS.splitlines())
def test_other_words_change_nothing(text: str) -> None:
    assert not (changes(plain(text)) and (route(text) is None or route(text) == Call("draw")))


def test_undo_and_again_are_told_from_changes() -> None:
    assert is_undo(plain("Undo that, please.")) and not is_undo(plain("Make it night."))
    assert is_again(plain("Draw it again.")) and is_again(plain("Draw it differently"))
    assert not is_again(plain("Say that again."))
