// What a browser allows a page only after a touch, a click or a key: to sound.

const KINDS = ['pointerdown', 'pointerup', 'keydown']; // a mouse counts when it is pressed, a finger when it is lifted

/** Call act(), which returns a promise, at every gesture until it has been allowed, or until `signal` aborts. */
export function atGesture(act, signal) {
  const done = new AbortController();
  signal.addEventListener('abort', () => done.abort(), { once: true });
  for (const kind of KINDS) document.addEventListener(kind, () => act().then(() => done.abort(), () => {}), { signal: done.signal });
}

/** A new AudioContext that sleeps no longer than it must. */
export function openContext(options, signal) {
  const context = new AudioContext(options);
  if (context.state === 'suspended') atGesture(() => context.resume(), signal);
  return context;
}
