// Keyboard, and buttons that are held. Space talks, M mutes, C shows the camera, Escape stops; all of it also has a button.

const TYPING = 'input, textarea, select, [contenteditable]';

/** root: the document. act: { press(), release(), mute(), camera(), stop() }. */
export function bindKeys(root, act, signal) {
  let talking = false;
  root.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && !root.querySelector('dialog[open]')) return act.stop();
    if (event.target.closest(TYPING) || root.querySelector('dialog[open]')) return;
    if (event.key === 'm' || event.key === 'M') return act.mute();
    if (event.key === 'c' || event.key === 'C') return act.camera();
    if (event.key !== ' ' || event.target.matches('button, summary, a')) return;
    event.preventDefault();
    if (talking || event.repeat) return;
    talking = true;
    act.press();
  }, { signal });
  root.addEventListener('keyup', (event) => {
    if (event.key !== ' ' || !talking) return;
    event.preventDefault();
    talking = false;
    act.release();
  }, { signal });
  // A control reached with the Tab key keeps the space bar; one that was clicked gives it back.
  root.addEventListener('click', (event) => event.detail && event.target.closest('button, summary')?.blur(), { signal });
  root.defaultView.addEventListener('blur', () => {
    if (talking) act.release();
    talking = false;
  }, { signal });
}

/** A button that acts while it is held, with finger, mouse, space or Enter. */
export function bindHold(button, press, release) {
  let held = false;
  const down = () => {
    if (held) return;
    held = true;
    press();
  };
  const up = () => {
    if (!held) return;
    held = false;
    release();
  };
  button.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    button.setPointerCapture(event.pointerId);
    down();
  });
  for (const name of ['pointerup', 'pointercancel', 'lostpointercapture', 'blur']) button.addEventListener(name, up);
  button.addEventListener('contextmenu', (event) => event.preventDefault()); // a long touch
  button.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) down();
  });
  button.addEventListener('keyup', (event) => {
    if (event.key === ' ' || event.key === 'Enter') up();
  });
}
