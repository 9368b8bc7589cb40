import assert from 'node:assert/strict';
import test from 'node:test';

import { announcer, captionsWanted, wantCaptions } from './announce.js';

function log() {
  const children = [];
  return {
    children,
    ownerDocument: { createElement: () => ({ remove() { children.splice(children.indexOf(this), 1); } }) },
    append: (child) => children.push(child),
    get firstChild() { return children[0]; },
  };
}

test('news is added, never replaced, and the oldest goes', () => {
  const region = log();
  const announce = announcer(region);
  for (const text of ['one', 'two', 'three', 'four', 'five']) announce(text);
  assert.deepEqual(region.children.map((child) => child.textContent), ['two', 'three', 'four', 'five']);
});

test('whether captions are told is kept, and a browser that keeps nothing does no harm', () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  assert.equal(captionsWanted(storage), false);
  wantCaptions(true, storage);
  assert.equal(captionsWanted(storage), true);
  const none = { getItem() { throw new Error('no'); }, setItem() { throw new Error('no'); } };
  wantCaptions(true, none);
  assert.equal(captionsWanted(none), false);
});
