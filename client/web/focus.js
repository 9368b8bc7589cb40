// The keyboard's place on the page. What is drawn anew may take the focused button with it; the browser would then begin
// again at the top. The same button has it then, else the box it was in (not its neighbour, which a key that is still down
// would press), else what one talks with.

const BOXES = '#facts, #cards, #watches, #pictures, #story, #trouble, #recording, #stop';
const ELSE = ['#talk', '#text']; // a key that is still down does nothing there

/** Call change(), which draws; root: the document. */
export function keepingFocus(root, change) {
  const held = root.activeElement;
  const box = held?.closest(BOXES);
  const name = held?.getAttribute('aria-label');
  change();
  if (!box || root.querySelector('dialog[open]') || there(held)) return;
  if (root.activeElement && root.activeElement !== root.body && root.activeElement !== held) return; // it was given on
  const same = [...box.querySelectorAll('button')].find((button) => name && button.getAttribute('aria-label') === name);
  const next = [same, box, ...ELSE.map((selector) => root.querySelector(selector))].find((element) => element && there(element));
  if (next === box && !box.hasAttribute('tabindex')) box.setAttribute('tabindex', '-1');
  next?.focus();
}

function there(element) {
  return element.isConnected && element.checkVisibility();
}
