// What the page shows: a pure function from what was shown and what happened to what is shown next.
// Server events are those of agents/visavis_agents/events.py; `page.*` events are the page's own. draw.js renders the result.

import { endCountdown, hideCard, showCard } from './cards.js';
import { citeSource, cutReply, dropUser, endReply, finishUser, fromHistory, hearUser, heldReply, resume, sayClause, sayWord, settle, startReply } from './lines.js';
import { abandon, addChunk, beginPicture, failPicture, finishPicture, goOn, keepFile, nameSeen } from './pictures.js';
import { addPage, beginStory, endStory, foldStory, turnPage } from './stories.js';

const TURNS = 20; // latencies kept
const TIMER_KEPT_S = 10; // a timer that rang stays visible this long

const ENDS = { // the server's reasons in words for the visitor
  idle: 'Nobody said anything for a long time, so the conversation has ended.',
  'too long': 'The conversation lasted as long as it may, and has ended.',
  left: 'You were away for too long, and the conversation has ended.',
  'seat needed': 'You were away, and somebody else needed the place.',
  'the server is stopping': 'The server is being stopped, so the conversation has ended.',
  failed: 'Something in the server failed, and the conversation has ended.',
};

export const blank = Object.freeze({
  line: 'idle', // idle, connecting, connected, reconnecting, failed
  transport: '', // webrtc, websocket
  session: '',
  role: '',
  at: 0, // newest session time, seconds
  mic: 'off', // off, live, muted
  camera: false,
  asking: false, // the browser asks the visitor for the microphone
  dead: false, // the microphone has given nothing but zeros
  slow: false, // connecting takes longer than usual
  talking: false, // push-to-talk is down
  utterance: null, // { number, paused } of what the user is saying
  reply: null, // { number, sounding, held } of the reply in progress
  tool: null, // { reply, name } of what a reply, or its draft, does besides talking
  lines: [], // captions, see lines.js
  unsent: [], // texts written that wait for a line
  pictures: [], // see pictures.js
  turns: [], // { reply, stages } with milliseconds
  timers: [], // { name, rings_s }
  watches: [], // { watch, what } that the camera is watched for
  cards: [], // see cards.js
  story: null, // see stories.js
  recording: null, // { on, asking, what } while this conversation is recorded or may be
  facts: null, // { kept, waiting, allowed } of what is remembered about the visitor
  trouble: null, // { what, todo }
});

/** The view after `event`. Throws for an event that has no rule here. */
export function show(view, event) {
  const at = Math.max(view.at, event.at ?? 0);
  const timers = view.timers.filter((timer) => timer.rings_s + TIMER_KEPT_S > at);
  return step({ ...view, at, timers: timers.length === view.timers.length ? view.timers : timers }, event);
}

function step(view, event) {
  switch (event.type) {
    case 'session.started': return started(view, event);
    case 'pong': return view;
    case 'user.started': return { ...view, utterance: { number: event.utterance, paused: false } };
    case 'user.paused': return ifSpeaking(view, event, { paused: true });
    case 'user.partial': return { ...ifSpeaking(view, event, { paused: false }), lines: hearUser(view.lines, event) };
    case 'user.final':
      return { ...silent(view, event), trouble: null, lines: finishUser(view.lines, event) };
    case 'user.dropped':
      return { ...silent(view, event), lines: dropUser(view.lines, event) };
    case 'reply.started':
      return {
        ...view,
        reply: { number: event.reply, sounding: false, held: false },
        tool: view.tool?.reply === event.reply ? view.tool : null,
        lines: startReply(view.lines, event),
        story: foldStory(view.story),
      };
    case 'reply.clause': return { ...view, lines: sayClause(view.lines, event) };
    case 'reply.word': return { ...ifReplying(view, event, { sounding: true }), lines: sayWord(view.lines, event) };
    case 'reply.held': return { ...ifReplying(view, event, { held: true }), lines: heldReply(view.lines, event, true) };
    case 'reply.resumed': return { ...ifReplying(view, event, { held: false }), lines: heldReply(view.lines, event, false) };
    case 'reply.cut': return { ...done(view, event), lines: cutReply(view.lines, event) };
    case 'reply.ended': return { ...done(view, event), lines: endReply(view.lines, event) };
    case 'turn.timed':
      return {
        ...ifReplying(view, event, { sounding: true }),
        turns: [...view.turns, { reply: event.reply, stages: event.stages_ms }].slice(-TURNS),
      };
    case 'tool.started': return { ...view, tool: { reply: event.reply, name: event.name } };
    case 'tool.ended': return { ...view, tool: null };
    case 'sight.used': return { ...view, pictures: nameSeen(view.pictures, event) };
    case 'still.wanted': return view; // main.js answers it
    case 'picture.started': return { ...view, pictures: beginPicture(view.pictures, event) };
    case 'picture.progress': return { ...view, pictures: goOn(view.pictures, event) };
    case 'picture.chunk': return { ...view, pictures: addChunk(view.pictures, event) };
    case 'picture.done': return { ...view, pictures: finishPicture(view.pictures, event) };
    case 'picture.failed': return { ...view, pictures: failPicture(view.pictures, event) };
    case 'timer.set': return { ...view, timers: setTimer(view.timers, event) };
    case 'sight.forgotten': return { ...view, pictures: view.pictures.filter(({ kind }) => kind !== 'frame') };
    case 'watch.set': return { ...view, watches: [...view.watches.filter(({ watch }) => watch !== event.watch), { watch: event.watch, what: event.what }] };
    case 'watch.ended': return { ...view, watches: view.watches.filter(({ watch }) => watch !== event.watch) };
    case 'conversation.forgotten': return { ...view, lines: [], pictures: [], turns: [], cards: [], story: null };
    case 'card.shown':
    case 'card.updated': return { ...view, cards: showCard(view.cards, event) };
    case 'card.hidden': return { ...view, cards: hideCard(view.cards, event) };
    case 'story.started': return { ...view, story: beginStory(event) };
    case 'story.page': return { ...view, story: addPage(view.story, event) };
    case 'story.turned': return { ...view, story: turnPage(view.story, event) };
    case 'story.ended': return { ...view, story: endStory(view.story, event) };
    case 'recording.told': return { ...view, recording: event.on || event.asking ? { on: event.on, asking: event.asking, what: event.what } : null };
    case 'timer.ended':
      return {
        ...view,
        cards: endCountdown(view.cards, event),
        timers: view.at + 0.5 < event.rings_s ? view.timers.filter((timer) => timer.rings_s !== event.rings_s) : view.timers,
      };
    case 'facts.changed': return { ...view, facts: { kept: event.facts, waiting: event.waiting, allowed: event.allowed } };
    case 'source.quoted': return { ...view, lines: citeSource(view.lines, event) };
    case 'trouble': return { ...view, trouble: { what: event.what, todo: event.todo } };
    case 'session.ended':
      return {
        ...hungUp(view),
        trouble: event.reason === 'goodbye' ? null : { what: ENDS[event.reason] ?? `The conversation ended: ${event.reason}.`, todo: 'Press Talk to begin a new one.' },
      };

    case 'page.connecting': return { ...view, line: 'connecting', session: event.session || view.session, trouble: null };
    case 'page.slow': return { ...view, slow: true };
    case 'page.asking': return { ...view, asking: event.asking };
    case 'page.unsent': return { ...view, unsent: event.texts };
    case 'page.connected': return { ...view, line: 'connected', transport: event.transport, slow: false };
    case 'page.reconnecting': return { ...interrupted(view), line: 'reconnecting' };
    case 'page.failed': return { ...hungUp(view), line: 'failed', trouble: { what: event.what, todo: event.todo } };
    case 'page.hungup': return { ...hungUp(view), trouble: null };
    case 'page.mic': return { ...view, mic: event.mic, dead: false };
    case 'page.dead': return { ...view, dead: event.dead };
    case 'page.file': return { ...view, pictures: keepFile(view.pictures, event) };
    case 'page.camera': return { ...view, camera: event.on };
    case 'page.talking': return { ...view, talking: event.talking };
    case 'page.trouble': return { ...view, trouble: { what: event.what, todo: event.todo } };
    case 'page.dismissed': return { ...view, trouble: null };
    default: throw new Error(`The server sent “${event.type}”, which this page does not know: reload the page.`);
  }
}

function started(view, event) {
  const known = { ...interrupted(view), session: event.session, role: event.role };
  if (event.resumed && event.session === view.session) {
    return { ...known, lines: resume(view.lines, event.history) ?? fromHistory(event.history) };
  }
  const lost = view.session !== '' && event.session !== view.session;
  return {
    ...known,
    at: event.at,
    lines: fromHistory(event.history),
    pictures: [],
    turns: [],
    timers: [],
    watches: [],
    cards: [],
    story: null,
    recording: null,
    facts: null,
    trouble: lost ? { what: 'The earlier conversation could not be found again.', todo: 'This is a new one.' } : null,
  };
}

/** A page that comes back is told of the timers again. */
function setTimer(timers, { name, rings_s }) {
  const known = timers.some((timer) => timer.name === name && timer.rings_s === rings_s);
  return known ? timers : [...timers, { name, rings_s }];
}

/** Nothing is going on any more; what was said stays to be read. */
function interrupted(view) {
  return { ...view, utterance: null, reply: null, tool: null, talking: false };
}

function hungUp(view) {
  return { ...interrupted(view), line: 'idle', transport: '', session: '', mic: 'off', dead: false, camera: false, asking: false, slow: false, timers: [], watches: [], cards: view.cards.filter(({ content }) => content.kind !== 'countdown'), recording: null, facts: null, lines: settle(view.lines), pictures: abandon(view.pictures) };
}

function ifSpeaking(view, event, change) {
  return view.utterance?.number === event.utterance ? { ...view, utterance: { ...view.utterance, ...change } } : view;
}

function ifReplying(view, event, change) {
  return view.reply?.number === event.reply ? { ...view, reply: { ...view.reply, ...change } } : view;
}

function silent(view, event) {
  return view.utterance?.number === event.utterance ? { ...view, utterance: null } : view;
}

function done(view, event) {
  return view.reply?.number === event.reply ? { ...view, reply: null, tool: null } : view;
}
