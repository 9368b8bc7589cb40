import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axis, endCountdown, hideCard, roundUp, showCard, slices, summary, written } from './cards.js';
import { addPage, beginStory, endStory, foldStory, turnPage } from './stories.js';

const list = (...texts) => ({ kind: 'list', items: texts.map((text) => ({ text, done: false })), ordered: false });

test('a card is shown, changed in its place, and hidden', () => {
  const two = [{ card: 1, title: 'A', content: list('x') }, { card: 2, title: 'B', content: list() }].reduce(showCard, []);
  const changed = showCard(two, { card: 1, title: 'A', content: list('x', 'y') });
  assert.deepEqual(changed.map(({ card, content }) => [card, content.items.length]), [[1, 2], [2, 0]]);
  assert.deepEqual(hideCard(changed, { card: 2 }).map(({ card }) => card), [1]);
});

test('a countdown goes with its timer', () => {
  const cards = showCard([], { card: 1, title: 'Timer', content: { kind: 'countdown', name: 'timer', rings_s: 60, length_s: 60 } });
  assert.equal(endCountdown(cards, { name: 'timer', rings_s: 61 }).length, 1);
  assert.equal(endCountdown(cards, { name: 'timer', rings_s: 60 }).length, 0);
});

test('axes have round ends and always show zero', () => {
  assert.deepEqual([7.2, 130, 1, 0, 0.031].map(roundUp), [8, 150, 1, 1, 0.04]);
  assert.deepEqual(axis([3, 12]), { low: 0, high: 15 });
  assert.deepEqual(axis([-4, -1]), { low: -4, high: 0 });
  assert.deepEqual(axis([]), { low: 0, high: 1 });
});

test('a pie is whole, and nothing has no slice', () => {
  const [half, none, rest] = slices([1, 0, 1]);
  assert.deepEqual([half.share, none.share, rest.share], [0.5, 0, 0.5]);
  assert.equal(none.path, '');
  assert.match(slices([5])[0].path, /^M0 -1A1 1/);
  assert.deepEqual(slices([0, 0]).map(({ share }) => share), [0, 0]);
});

test('a screen reader is told what is on a card', () => {
  assert.equal(summary({ title: 'Shopping list', content: list('milk', 'eggs') }), 'Shopping list: milk, eggs.');
  const chart = { kind: 'chart', form: 'bar', labels: ['a', 'b'], values: [1234.567, 2], unit: 'km' };
  assert.equal(summary({ title: 'Ways', content: chart }), 'Ways: a 1,234.57 km, b 2 km.');
  assert.equal(written(3), '3');
});

test('a story turns its pages, also back, and late news of another one change nothing', () => {
  let story = beginStory({ story: 2, title: 'The Fox', pages: 3 });
  story = addPage(story, { story: 2, page: 0, text: 'Once.', picture: 7 });
  story = addPage(story, { story: 1, page: 1, text: 'Other.', picture: 8 });
  story = turnPage(story, { story: 2, page: 0 });
  assert.deepEqual([story.pages.length, story.heard], [1, 0]);
  story = addPage(addPage(story, { story: 2, page: 1, text: 'Then.', picture: 0 }), { story: 2, page: 0, text: 'Once.', picture: 9 });
  assert.deepEqual(story.pages.map(({ picture }) => picture), [9, 0]);
  assert.equal(turnPage(story, { story: 2, page: 0 }).heard, 0);
  assert.equal(endStory(story, { story: 2, finished: true, book: 'api/x' }).book, 'api/x');
  const folded = foldStory(story);
  assert.deepEqual([folded.folded, turnPage(folded, { story: 2, page: 1 }).folded, foldStory(null)], [true, false, null]);
  assert.equal(addPage(null, { story: 2, page: 0, text: '', picture: 0 }), null);
});
