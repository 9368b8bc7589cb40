import assert from 'node:assert/strict';
import { test } from 'node:test';

import { presence, stagesOf, countdown } from './presence.js';
import { blank, show } from './view.js';

const started = { type: 'session.started', at: 0.1, session: 's', resumed: false, role: 'companion', version: '1', heartbeat_s: 1, history: [] };
const play = (view, ...events) => events.reduce(show, view);
const talking = play(blank, { type: 'page.connecting' }, { type: 'page.connected', transport: 'webrtc' }, { type: 'page.mic', mic: 'live' }, started);
const word = (text) => ({ text, start_s: 0, end_s: 1 });
const clause = (reply, text, words = text.split(' ')) => ({ type: 'reply.clause', reply, text, start_s: 0, words: words.map(word) });
const asked = [
  { type: 'user.started', at: 1, utterance: 1 },
  { type: 'user.partial', at: 2, utterance: 1, text: 'What time' },
  { type: 'user.paused', at: 2.5, utterance: 1, end_s: 2.3 },
  { type: 'user.final', at: 2.6, utterance: 1, text: 'What time is it?', words: [], typed: false },
  { type: 'reply.started', at: 2.6, reply: 1, utterance: 1 },
  clause(1, 'It is nine,'),
  clause(1, 'I think.'),
];
const said = { type: 'reply.word', reply: 1, index: 0 };

test('the state follows a whole turn', () => {
  const states = [];
  let view = talking;
  for (const event of [...asked, said, { type: 'reply.ended', reply: 1, text: 'It is nine, I think.' }]) {
    view = show(view, event);
    states.push(presence(view).state);
  }
  assert.deepEqual(states, ['hearing', 'hearing', 'thinking', 'listening', 'thinking', 'thinking', 'thinking', 'speaking', 'listening']);
  assert.deepEqual(view.lines.map(({ who, text, state }) => [who, text, state]), [
    ['user', 'What time is it?', 'final'],
    ['assistant', 'It is nine, I think.', 'said'],
  ]);
});

test('a reply is held while the visitor makes a sound, and goes on', () => {
  const held = play(talking, ...asked, said, { type: 'user.started', utterance: 2 }, { type: 'reply.held', reply: 1 });
  assert.deepEqual([presence(held).state, presence(held).held, held.lines.at(-1).state], ['hearing', true, 'held']);
  const on = play(held, { type: 'user.dropped', utterance: 2, reason: 'noise' }, { type: 'reply.resumed', reply: 1 });
  assert.deepEqual([presence(on).state, on.lines.at(-1).state, on.lines.length], ['speaking', 'speaking', 2]);
});

test('a cut reply keeps how many words were heard, and late events of it change nothing', () => {
  const cut = play(talking, ...asked, said, { type: 'reply.cut', reply: 1, heard: 'It is', heard_s: 0.4 });
  assert.deepEqual([cut.reply, cut.lines.at(-1).state, cut.lines.at(-1).heard], [null, 'cut', 2]);
  const late = play(cut, said, clause(1, 'Late.'), { type: 'reply.held', reply: 1 }, { type: 'reply.ended', reply: 1, text: 'x' });
  assert.deepEqual(late.lines, cut.lines);
  assert.equal(late.reply, null);
});

test('a reply cut before its first word leaves no line', () => {
  const view = play(talking, { type: 'reply.started', reply: 4, utterance: 0 }, { type: 'reply.cut', reply: 4, heard: '', heard_s: 0 });
  assert.deepEqual(view.lines, []);
});

test('a murmur stays faintly, a noise leaves nothing, a taken utterance is not taken back', () => {
  const murmur = play(talking, { type: 'user.started', utterance: 5 }, { type: 'user.partial', utterance: 5, text: 'mm-hm' }, { type: 'user.dropped', utterance: 5, reason: 'backchannel' });
  assert.deepEqual(murmur.lines.map((line) => line.state), ['dropped']);
  const noise = play(talking, { type: 'user.started', utterance: 6 }, { type: 'user.partial', utterance: 6, text: '' }, { type: 'user.dropped', utterance: 6, reason: 'noise' });
  assert.deepEqual([noise.lines, noise.utterance], [[], null]);
  const stop = play(talking, { type: 'user.final', utterance: 7, text: 'Stop.', typed: false }, { type: 'user.dropped', utterance: 7, reason: 'asked to stop' });
  assert.equal(stop.lines[0].state, 'final');
});

test('every typed line is a line of its own', () => {
  const view = play(talking, { type: 'user.final', at: 3, utterance: 0, text: 'a', typed: true }, { type: 'user.final', at: 4, utterance: 0, text: 'b', typed: true });
  assert.deepEqual(view.lines.map((line) => line.text), ['a', 'b']);
});

test('reconnecting keeps what is shown; a conversation that is gone is said to be', () => {
  const lost = play(talking, ...asked, said, { type: 'page.reconnecting' });
  assert.equal(presence(lost).state, 'reconnecting');
  const history = [{ who: 'user', text: 'What time is it?' }];
  const back = play(lost, { type: 'page.connected', transport: 'webrtc' }, { ...started, resumed: true, history });
  assert.deepEqual(back.lines.map((line) => line.state), ['final']); // the reply comes again, with its number
  const goesOn = play(back, { type: 'reply.started', reply: 1, utterance: 1 }, clause(1, 'It is nine,'), { type: 'reply.word', reply: 1, index: 2 });
  assert.equal(goesOn.lines.length, 2);
  assert.deepEqual([goesOn.lines[1].text, goesOn.lines[1].spoken], ['It is nine,', 2]);
  const gone = play(lost, { type: 'page.connected', transport: 'webrtc' }, { ...started, session: 'other' });
  assert.match(gone.trouble.what, /could not be found/);
  assert.deepEqual(gone.lines, []);
});

test('of a reply that a new process goes on with as another, the part that was heard stays', () => {
  const lost = play(talking, ...asked, said, { type: 'page.reconnecting' });
  const history = [{ who: 'user', text: 'What time is it?' }, { who: 'assistant', text: 'It is' }];
  const back = play(lost, { ...started, resumed: true, history }, { type: 'reply.started', reply: 2, utterance: 0 }, clause(2, 'nine, I think.'));
  assert.deepEqual(back.lines.map(({ text, state }) => [text, state]), [['What time is it?', 'final'], ['It is', 'said'], ['nine, I think.', 'waiting']]);
  const whole = play(lost, { ...started, resumed: true, history: [history[0], { who: 'assistant', text: 'It is nine, I think.' }] });
  assert.deepEqual([whole.lines.length, whole.lines[1].text], [2, 'It is nine, I think.']);
});

test('what was said while the page was away is taken from the history', () => {
  const history = [{ who: 'user', text: 'a' }, { who: 'assistant', text: 'b' }, { who: 'assistant', text: 'c' }];
  const view = play(talking, { type: 'page.reconnecting' }, { ...started, resumed: true, history });
  assert.deepEqual(view.lines.map(({ who, text, state }) => `${who} ${text} ${state}`), ['user a final', 'assistant b said', 'assistant c said']);
});

test('timers go ten seconds after they rang', () => {
  const set = show(talking, { type: 'timer.set', at: 10, name: 'tea', rings_s: 20 });
  assert.equal(show(set, { type: 'pong', at: 29, n: 1 }).timers.length, 1);
  assert.equal(show(set, { type: 'pong', at: 30, n: 1 }).timers.length, 0);
});

test('hanging up ends everything but what was said', () => {
  const view = play(talking, ...asked, said, { type: 'timer.set', name: 'tea', rings_s: 99 }, { type: 'picture.started', picture: 1, kind: 'drawing', prompt: 'x' }, { type: 'page.hungup' });
  assert.deepEqual([view.line, view.session, view.mic, view.timers, view.reply], ['idle', '', 'off', [], null]);
  assert.deepEqual([view.lines.length, view.pictures[0].state], [2, 'failed']);
});

test('the server may end a conversation, and says why', () => {
  assert.match(show(talking, { type: 'session.ended', reason: 'nobody said anything for a long time' }).trouble.what, /nobody said anything/);
  assert.equal(show(talking, { type: 'session.ended', reason: 'goodbye' }).trouble, null);
});

test('a tool gives the state its words, unless its draft was thrown away', () => {
  const looking = play(talking, { type: 'tool.started', reply: 3, name: 'look', arguments: {} }, { type: 'reply.started', reply: 3, utterance: 1 });
  assert.equal(presence(looking).label, 'Looking…');
  const dropped = play(talking, { type: 'tool.started', reply: 3, name: 'look', arguments: {} }, { type: 'reply.started', reply: 4, utterance: 1 });
  assert.equal(presence(dropped).label, 'Thinking…');
});

test('an unknown event throws', () => {
  assert.throws(() => show(blank, { type: 'reply.sung' }), /reload the page/);
});

test('no event changes the view it was given', () => {
  const freeze = (value) => (value && typeof value === 'object' && !Object.isFrozen(value) ? (Object.values(value).forEach(freeze), Object.freeze(value)) : value);
  let view = freeze(talking);
  for (const event of [...asked, said, { type: 'reply.cut', reply: 1, heard: 'It', heard_s: 0 }, { type: 'page.hungup' }]) view = freeze(show(view, freeze(event)));
  assert.equal(view.line, 'idle');
});

test('the stages of a turn are in the order they were reached, whatever that was', () => {
  const stages = stagesOf({ first_sound: 520, pause: 110, transcript: 190, turn_end: 360, first_token: 320, turn_guess: 150 });
  assert.deepEqual(stages.map(({ name, took }) => [name, took]), [['pause', 110], ['transcript', 80], ['first_token', 130], ['turn_end', 40], ['first_sound', 160]]);
  assert.deepEqual(stagesOf({ pause: -20, first_sound: 100 }).map(({ took }) => took), [0, 100]);
  assert.deepEqual(stagesOf({}), []);
});

test('a countdown reads like a clock', () => {
  assert.deepEqual([0, 9.2, 75, 3661].map(countdown), ['0:00', '0:10', '1:15', '1:01:01']);
});

test('what is remembered is shown until the conversation ends; a cancelled timer goes at once', () => {
  const view = play(talking, { type: 'facts.changed', facts: ['Your name is Ada.'], waiting: ['You like tea.'], allowed: null });
  assert.deepEqual(view.facts, { kept: ['Your name is Ada.'], waiting: ['You like tea.'], allowed: null });
  assert.equal(show(view, { type: 'page.hungup' }).facts, null);
  const set = show(talking, { type: 'timer.set', at: 10, name: 'tea', rings_s: 20 });
  assert.equal(show(set, { type: 'timer.ended', at: 12, name: 'tea', rings_s: 20 }).timers.length, 0);
  assert.equal(show(set, { type: 'timer.ended', at: 20, name: 'tea', rings_s: 20 }).timers.length, 1);
});

test('a reply names the document that it quotes', () => {
  const view = play(talking, ...asked, { type: 'source.quoted', reply: 1, document: 'visit.md', heading: 'Hours', quote: 'We open at ten.' });
  assert.deepEqual(view.lines.at(-1).source, { document: 'visit.md', heading: 'Hours', quote: 'We open at ten.' });
});

test('a watch is shown until it has ended', () => {
  const begun = show(blank, { type: 'watch.set', at: 1, watch: 1, what: 'someone comes', until_s: 3600 });
  assert.deepEqual(show(begun, { type: 'watch.set', at: 2, watch: 1, what: 'someone comes', until_s: 3600 }).watches, [{ watch: 1, what: 'someone comes' }]);
  assert.deepEqual(show(begun, { type: 'watch.ended', at: 9, watch: 1, seen: true }).watches, []);
});

test('what was seen and is forgotten leaves the page; drawings stay', () => {
  const pictures = [{ id: 1, kind: 'frame' }, { id: 2, kind: 'drawing' }];
  assert.deepEqual(show({ ...blank, pictures }, { type: 'sight.forgotten', at: 1 }).pictures, [{ id: 2, kind: 'drawing' }]);
});

test('why a conversation ended is said in words for the visitor, and what was not sent is still there', () => {
  const view = play(talking, { type: 'page.unsent', texts: ['hello?'] }, { type: 'session.ended', reason: 'idle' });
  assert.match(view.trouble.what, /^Nobody said anything/);
  assert.deepEqual(view.unsent, ['hello?']);
  assert.equal(play(talking, { type: 'session.ended', reason: 'of rain' }).trouble.what, 'The conversation ended: of rain.');
});

test('who is asked for the microphone, or waits, reads so', () => {
  const waiting = play(blank, { type: 'page.connecting' }, { type: 'page.slow' });
  assert.match(presence(waiting).label, /slow/);
  assert.match(presence(play(waiting, { type: 'page.asking', asking: true })).label, /Allow the microphone/);
  const there = play(waiting, { type: 'page.connected', transport: 'webrtc' }, { type: 'page.reconnecting' }, { type: 'page.connecting' });
  assert.equal(presence(there).label, 'Connecting…');
  const dead = play(talking, { type: 'page.dead', dead: true });
  assert.match(presence(dead).label, /No sound/);
  assert.equal(presence(play(dead, { type: 'page.mic', mic: 'muted' }, { type: 'page.mic', mic: 'live' })).label, 'Listening');
});
