// Renders a view (view.js) into the document. Only what changed is touched, so that captions can be read and selected.

import { announcer } from './announce.js';
import { drawCaptions } from './draw-captions.js';
import { drawCards } from './draw-cards.js';
import { drawFacts } from './draw-facts.js';
import { drawLatency } from './draw-latency.js';
import { drawPictures } from './draw-pictures.js';
import { drawStory } from './draw-story.js';
import { drawWatches } from './draw-watches.js';
import { keepingFocus } from './focus.js';
import { unsentLines } from './lines.js';
import { countdown, presence } from './presence.js';

const TOLD = { connected: 'Connected.', reconnecting: 'Connection lost. Getting it back.', idle: 'The conversation has ended.' };
const MICS = { off: 'The microphone is off.', live: 'The microphone is on.', muted: 'The microphone is muted.' };
const MIC = { off: 'Turn the microphone on', live: 'Mute', muted: 'Unmute' };

/** Returns paint(view). act: { allow, erase, unwatch, say, stopDrawing, close, cancel, place }, see the draw-*.js. told(): whether captions are told to a screen reader. */
export function painter(root, act, told) {
  const find = (selector) => root.querySelector(selector);
  const page = root.body;
  const announce = announcer(find('#announce'));
  const captions = drawCaptions(find('#captions'), (text) => told() && announce(text));
  const pictures = drawPictures(root, act, (text) => told() && announce(text));
  const facts = drawFacts(find('#facts'), act, announce);
  const watches = drawWatches(find('#watches'), act.unwatch);
  const cards = drawCards(find('#cards'), act, announce);
  const story = drawStory(find('#story'), act.place);
  const latency = drawLatency(find('#latency'));
  let shown = {};

  function drawState(view) {
    const { state, held, label } = presence(view);
    for (const target of [page, find('#state')]) {
      put(target.dataset, { state });
      if (target.hasAttribute('data-held') !== held) target.toggleAttribute('data-held', held);
    }
    put(find('#state'), { textContent: label });
    const live = ['connecting', 'connected', 'reconnecting'].includes(view.line);
    put(page.dataset, { line: view.line, mic: view.mic, session: view.session, transport: view.transport });
    page.classList.toggle('live', live);
    page.classList.toggle('open', live || view.lines.length > 0);
    page.classList.toggle('speaking', Boolean(view.reply));
    put(find('#start span'), { textContent: view.line === 'failed' ? 'Try again' : view.lines.length ? 'Talk again' : 'Talk' });
    put(find('#hints'), { hidden: view.line !== 'connected' || view.lines.length + view.unsent.length > 0 });
    put(find('#forget'), { hidden: view.line !== 'connected' });
    drawDock(view);
  }

  function drawDock(view) {
    put(find('#mute'), { title: MIC[view.mic], ariaPressed: String(view.mic !== 'live') }); // its name stays: a pressed "Unmute" would say the opposite
    find('#talk').classList.toggle('held', view.talking);
    put(find('#talk span'), { textContent: view.talking ? 'Let go to send' : 'Hold to talk' });
    const blind = view.transport === 'websocket';
    put(find('#camera'), { disabled: blind, ariaPressed: String(view.camera), title: blind ? 'The camera needs WebRTC, which this network or browser lacks' : view.camera ? 'Turn the camera off' : 'Show the camera' });
    put(find('#text'), { placeholder: view.line === 'connected' ? 'Write here…' : 'Or write here…' });
  }

  function drawTrouble({ trouble }) {
    const box = find('#trouble');
    box.hidden = !trouble;
    find('#trouble .what').textContent = trouble?.what ?? '';
    find('#trouble .todo').textContent = trouble?.todo ?? '';
  }

  function drawRecording({ recording }) {
    find('#recording').hidden = !recording;
    find('#recording').classList.toggle('on', Boolean(recording?.on));
    find('#recording .what').textContent = recording?.what ?? '';
    find('#allow').hidden = !recording?.asking;
    announce(recording ? recording.what : 'This conversation is not recorded.');
  }

  /** Those that no card shows. */
  function drawTimers({ timers: all, cards: shown }) {
    const timers = all.filter(({ rings_s }) => !shown.some(({ content }) => content.kind === 'countdown' && content.rings_s === rings_s));
    find('#timers').hidden = timers.length === 0;
    find('#timers').replaceChildren(...timers.map(({ name, rings_s }) => {
      const item = root.createElement('li');
      item.dataset.rings = rings_s;
      const words = Object.assign(root.createElement('span'), { className: 'words', textContent: name, title: name });
      item.append(icon(root, 'i-timer'), words, ' ', root.createElement('time'));
      return item;
    }));
  }

  function draw(view) {
    drawState(view);
    if (shown.line && view.line !== shown.line && TOLD[view.line]) announce(TOLD[view.line]);
    if (shown.line && view.camera !== shown.camera) announce(view.camera ? 'The camera is on.' : 'The camera is off.');
    if (shown.line && view.mic !== shown.mic && view.line === 'connected') announce(MICS[view.mic]);
    if (view.asking && !shown.asking) announce('The browser asks whether this page may use the microphone. You can also write.');
    if (view.dead && !shown.dead) announce('No sound comes from your microphone. It may be switched off, or another one chosen.');
    if (view.slow && !shown.slow) announce('Connecting takes longer than usual.');
    if (view.trouble !== shown.trouble) drawTrouble(view);
    if (view.recording !== (shown.recording ?? null)) drawRecording(view);
    if (view.timers !== shown.timers || view.cards !== shown.cards) drawTimers(view);
    if (view.watches !== shown.watches) watches(view.watches);
    if (view.facts !== shown.facts) facts(view.facts);
    if (view.lines !== shown.lines || view.unsent !== shown.unsent) captions([...view.lines, ...unsentLines(view.unsent)]);
    if (view.pictures !== shown.pictures) pictures(view.pictures.filter(({ kind }) => kind !== 'page')); // those are in the book
    if (view.story !== shown.story || (view.story && view.pictures !== shown.pictures)) story(view.story, view.pictures);
    if (view.cards !== shown.cards) cards(view.cards);
    if (view.turns !== shown.turns) latency(view.turns);
    shown = view;
  }

  return (view) => keepingFocus(root, () => draw(view));
}

/** Write only what differs: what is written again, the browser styles and lays out again. */
function put(target, values) {
  for (const [name, value] of Object.entries(values)) if (target[name] !== value) target[name] = value;
}

/** The rest of every timer at session time `at`. */
export function drawCountdowns(root, at) {
  for (const item of root.querySelectorAll('#timers li')) {
    const left = item.dataset.rings - at;
    item.classList.toggle('ringing', left <= 0);
    item.querySelector('time').textContent = left > 0 ? countdown(left) : 'now';
  }
}

/** Move the face with the sound; ear and mouth from 0 to 1. */
export function drawLevels(root, ear, mouth) {
  const { style } = root.querySelector('#face'); // not on the body, whose every descendant would be restyled
  for (const [name, level] of [['--ear', ear], ['--mouth', mouth]]) {
    const text = (Math.round(level * 20) / 20).toString();
    if (style.getPropertyValue(name) !== text) style.setProperty(name, text);
  }
}

export function drawBlink(root, closed) {
  root.querySelector('#face').classList.toggle('blink', closed);
}

/** Fill a <select> with devices; it is hidden where there is nothing to choose. */
export function drawDevices(select, devices, chosen) {
  const option = (id, text) => Object.assign(select.ownerDocument.createElement('option'), { value: id, textContent: text });
  select.replaceChildren(option('', 'System default'), ...devices.map(({ id, label }) => option(id, label)));
  select.value = devices.some(({ id }) => id === chosen) ? chosen : '';
  select.closest('label').hidden = devices.length === 0;
}

export function icon(root, name) {
  const svg = root.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = root.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}
