import assert from 'node:assert/strict';
import { test } from 'node:test';

import { align, finishUser } from './lines.js';

const places = (text, words) => align(text.split(' '), words.split(' '));

test('words as written', () => assert.deepEqual(places('It is nine, I think.', 'It is nine I think'), [0, 1, 2, 3, 4]));
test('a dash that is not spoken', () => assert.deepEqual(places('Yes — of course.', 'Yes of course'), [0, 2, 3]));
test('one written word that is spoken as two', () => assert.deepEqual(places('It costs $5 now', 'It costs five dollars now').at(-1), 3));
test('a word that comes twice', () => assert.deepEqual(places('no no no', 'no no no'), [0, 1, 2]));
test('more words than were written', () => assert.ok(places('One', 'one two three').every((place) => place === 0)));
test('no words', () => assert.deepEqual(align(['a'], []), []));

test('old lines are forgotten', () => {
  let lines = [];
  for (let at = 0; at < 500; at++) lines = finishUser(lines, { at, utterance: 0, text: String(at), typed: true });
  assert.deepEqual([lines.length, lines.at(-1).text], [200, '499']);
});
