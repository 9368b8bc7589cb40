// The page itself: the only module that touches devices and the document's events. A conversation is one `call`, which
// ends as a whole; everything that happens goes through `tell` into the view (view.js) and from there to draw.js.

import { captionsWanted, wantCaptions } from './announce.js';
import * as devices from './devices.js';
import { drawCountdownCards } from './draw-cards.js';
import { drawBlink, drawCountdowns, drawDevices, drawLevels, painter } from './draw.js';
import { atGesture } from './gesture.js';
import { bindHold, bindKeys } from './keys.js';
import { openMeters } from './levels.js';
import { formsToFetch } from './pictures.js';
import { forget, keep, remembered } from './remember.js';
import { NoStill, chunks, photograph } from './stills.js';
import { blank, show } from './view.js';
import { dialler, keepLine, sentence } from './wire.js';

const ASKED_MS = 700; // a microphone that is not there by then may wait for the visitor's permission
const SLOW_MS = 4000; // connecting usually takes much less
const ANSWER_MS = 10_000; // for a server that takes connections and says nothing
const AGAIN_MS = 500; // between attempts to find the server that a reloaded page talked with
const TAIL_MS = 250; // sound still on its way when the talk button is let go
const BYE_MS = 400; // for the goodbye to reach the server
const LEVELS_MS = 50;
const DEAD_MS = 6000; // zeros for so long are no quiet room
const BLINK_MS = 120;

const find = (selector) => document.querySelector(selector);
const query = new URLSearchParams(location.search);
const paint = painter(document, {
  allow: (allowed) => call?.line?.send({ type: 'facts.allowed', allowed }),
  erase: (fact) => call?.line?.send({ type: 'fact.erased', fact }),
  say: (text) => say(text),
  stopDrawing: (picture) => call?.line?.send({ type: 'picture.stop', picture }),
  unwatch: (watch) => call?.line?.send({ type: 'watch.stop', watch }),
  close: closeCard,
  cancel: ({ name, rings_s }) => call?.line?.send({ type: 'timer.cancel', name, rings_s }),
  place: (path) => address('http', path),
}, () => find('#told').checked || voice.paused || voice.muted || !voice.volume);
const voice = find('#voice');
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('visavis.conversation') : null; // tells the others which one is ours
let view = blank;
let seenAt = 0; // when view.at was true, on the browser's clock
let call = null; // { ended, media, line, meters, waiting, wrote(), hoped: what the microphone will be, openedAt: when it was, release, owesMute, still }

function tell(event) {
  try {
    view = show(view, event);
  } catch (error) {
    view = show(view, { type: 'page.trouble', what: error.message, todo: '' });
  }
  seenAt = performance.now();
  paint(view);
}

// --- a conversation --------------------------------------------------------------------------------------------------

/**
 * Begin a conversation, or go on with one. text: the first thing to say, written; then the microphone stays off.
 * again: { session, mic, until_ms } of the conversation this tab was in.
 */
async function start({ text = '', again = null } = {}) {
  if (call) return;
  const ended = new AbortController();
  const mine = { ended, media: { microphone: null, camera: null }, line: null, meters: openMeters(ended.signal), waiting: [], resume_s: 0 };
  const written = new Promise((resolve) => (mine.wrote = resolve)); // who writes does not want to wait for the microphone
  call = mine;
  tell({ type: 'page.connecting', session: again?.session });
  setTimeout(() => mine === call && view.line === 'connecting' && tell({ type: 'page.slow' }), SLOW_MS);
  if (text) waitToSay(mine, text);
  const opening = text || again?.mic === 'off' ? null : openMicrophone(mine, again?.mic === 'muted');
  try {
    const config = await configuration(mine.ended.signal, again?.until_ms);
    if (opening) await Promise.race([opening, written, ...(again ? [after(ASKED_MS)] : [])]).catch((error) => again || Promise.reject(error));
    if (mine !== call) return;
    connect(mine, config, again?.session);
    opening?.catch((error) => mine === call && complain(error)); // a reloaded page may not be allowed what it was: on in writing
  } catch (error) {
    if (mine !== call) return;
    tell(error instanceof devices.DeviceTrouble ? { type: 'page.hungup' } : { type: 'page.failed', what: error.message, todo: error.todo ?? '' });
    if (error instanceof devices.DeviceTrouble) complain(error);
    end(mine);
  }
}

/** The microphone, and a word about it while the browser asks for it. Throws DeviceTrouble. */
function openMicrophone(mine, muted) {
  mine.hoped = muted ? 'muted' : 'live';
  const tellAsking = (asking) => mine === call && view.asking !== asking && tell({ type: 'page.asking', asking });
  const asked = setTimeout(async () => mine.hoped && (await devices.mayAsk('microphone')) && mine.hoped && tellAsking(true), ASKED_MS);
  const opening = devices.open('microphone', devices.chosen('microphone'))
    .then((track) => (mine === call && !mine.media.microphone ? takeMicrophone(mine, track, muted) : track.stop()))
    .finally(() => {
      clearTimeout(asked);
      mine.hoped = '';
      tellAsking(false);
    });
  opening.catch(() => {}); // whoever awaits it is told
  return opening;
}

function after(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function connect(mine, config, session) {
  const { signal } = mine.ended;
  const dial = dialler({ address: address('ws', 'ws'), iceServers: config.ice_servers, media: mine.media, hear: (stream) => hear(mine, stream), signal });
  const ready = () => fetch(address('http', 'readyz'), { signal: AbortSignal.timeout(1000) }).then((response) => response.ok, () => false);
  mine.resume_s = config.resume_s;
  mine.line = keepLine({ dial, signal, session, ready, heartbeat_s: config.heartbeat_s, resume_s: config.resume_s, tell: (event) => mine === call && happened(mine, event) });
  for (const text of mine.waiting.splice(0)) mine.line.send({ type: 'text.typed', text });
  mine.line.done.catch((error) => mine === call && happened(mine, { type: 'page.failed', what: `The page failed: ${error.message}.`, todo: 'Reload it.' }));
}

function happened(mine, event) {
  tell(event);
  switch (event.type) {
    case 'session.started':
      keepCall(mine);
      tabs?.postMessage(view.session);
      if (view.mic === 'muted') mine.line.send({ type: 'mic.muted', muted: true });
      break;
    case 'user.final':
    case 'user.dropped':
      if (mine.owesMute) mine.line.send({ type: 'mic.muted', muted: true });
      mine.owesMute = false;
      break;
    case 'page.connected':
      if (event.transport === 'websocket' && mine.media.camera) {
        setCamera(mine, null);
        complain(new devices.DeviceTrouble('The camera was turned off.', 'The network lets only sound and words through at the moment. The conversation goes on.'));
      }
      break;
    case 'still.wanted':
      sendStill(mine, event);
      break;
    case 'picture.done':
      fetchFiles(mine, event.picture);
      break;
    case 'page.reconnecting': // a talk button that is down no longer counts
      if (mine.media.microphone) mine.media.microphone.enabled = view.mic !== 'muted';
      break;
    case 'session.ended':
    case 'page.failed':
      end(mine);
  }
}

/** Get what of a finished picture did not come over the line: its drawing as SVG, its clip. */
async function fetchFiles(mine, id) {
  const picture = view.pictures.find((known) => known.id === id);
  for (const form of formsToFetch(picture)) {
    const blob = await fetch(address('http', `${picture.url}.${form}`), { signal: mine.ended.signal })
      .then((response) => (response.ok ? response.blob() : null))
      .catch(() => null); // it cannot be saved in that form
    if (blob && mine === call) tell({ type: 'page.file', picture: id, form, blob });
  }
}

/** Let a reloaded page go on with this conversation. */
function keepCall(mine) {
  keep({ session: view.session, mic: mine.hoped || view.mic, resume_s: mine.resume_s });
}

/** Let go of everything a call holds. */
function end(mine, wait_ms = 0) {
  forget();
  if (call === mine) call = null;
  for (const track of Object.values(mine.media)) track?.stop();
  mine.meters.close();
  setTimeout(() => mine.ended.abort(), wait_ms);
  voice.srcObject = find('#preview').srcObject = null;
  find('#preview').hidden = true;
  giveBack(view.unsent);
  if (!find('#text').value) find('#start').focus();
}

/** What was written and never sent is there to be sent again. */
function giveBack(texts) {
  if (!texts.length) return;
  find('#text').value = [...texts, find('#text').value].filter(Boolean).join(' ');
  tell({ type: 'page.unsent', texts: [] });
}

function hangUp() {
  if (!call) return;
  call.line?.send({ type: 'bye' });
  tell({ type: 'page.hungup' });
  end(call, BYE_MS);
}

/**
 * What the server says about itself; waits while it loads its models, and until `until_ms` (as Date.now) for one that does
 * not answer. Throws with words for the visitor.
 */
async function configuration(signal, until_ms = 0) {
  for (let told = false; ; ) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const config = await fetch(address('http', 'api/config'), { signal: within }).then((response) => response.json()).catch(() => null);
    signal.throwIfAborted();
    if (!config && Date.now() < until_ms) {
      await after(AGAIN_MS);
      continue;
    }
    if (config?.type === 'error') throw Object.assign(new Error(sentence(config.what)), { todo: config.todo });
    if (!config) throw Object.assign(new Error('The server does not answer.'), { todo: 'Check that it is running and that you can reach it, then try again.' });
    if (config.token_needed && !config.token_ok)
      throw Object.assign(new Error(query.get('token') ? 'The token in this page’s address is wrong.' : 'This server asks for a token.'), {
        todo: 'Open the page with ?token=… at the end of its address; whoever runs the server knows it.',
      });
    if (config.ready) return config;
    if (!told) tell({ type: 'page.trouble', what: 'The models are still loading.', todo: 'You will be connected as soon as they are there.' });
    told = true;
    await after(1000);
    signal.throwIfAborted();
  }
}

function address(scheme, path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace('http', scheme);
  url.search = query.get('token') ? new URLSearchParams({ token: query.get('token') }) : '';
  url.hash = '';
  return url.href;
}

// --- sound and picture -----------------------------------------------------------------------------------------------

function hear(mine, stream) {
  if (mine !== call) return;
  voice.srcObject = stream;
  mine.meters.watch('voice', stream);
  voice.setSinkId?.(devices.chosen('speaker')).catch((error) => error.name === 'NotFoundError' && devices.choose('speaker', '')); // it was unplugged
  voice.play().catch((error) => {
    if (error.name !== 'NotAllowedError') return; // interrupted by a newer stream
    tell({ type: 'page.trouble', what: 'The browser keeps this page silent.', todo: 'Press anywhere, or any key, to hear the answer.' });
    atGesture(() => voice.play().then(() => tell({ type: 'page.dismissed' })), mine.ended.signal);
  });
}

function takeMicrophone(mine, track, muted = view.mic === 'muted') {
  if (mine !== call) return track.stop();
  mine.media.microphone?.stop();
  mine.media.microphone = track;
  track.enabled = !muted;
  track.addEventListener('ended', () => {
    if (mine.media.microphone !== track || mine !== call) return;
    mine.media.microphone = null;
    mine.line?.carry('microphone', null);
    tell({ type: 'page.mic', mic: 'off' });
    tell({ type: 'page.trouble', what: 'The microphone was taken away.', todo: 'Connect it again, or choose another one under Devices.' });
  });
  mine.openedAt = performance.now();
  mine.line?.carry('microphone', track);
  mine.meters.watch('microphone', new MediaStream([track]));
  if (view.mic !== 'off') return;
  tell({ type: 'page.mic', mic: muted ? 'muted' : 'live' });
  if (muted) mine.line?.send({ type: 'mic.muted', muted });
}

function setCamera(mine, track) {
  mine.media.camera?.stop();
  mine.media.camera = track;
  mine.line?.carry('camera', track);
  track?.addEventListener('ended', () => {
    if (mine !== call || mine.media.camera !== track) return;
    setCamera(mine, null);
    tell({ type: 'page.trouble', what: 'The camera was taken away.', todo: 'Connect it again and press the camera button, or choose another one under Devices.' });
  });
  const preview = find('#preview');
  preview.hidden = !track;
  preview.srcObject = track && new MediaStream([track]);
  if (track) preview.play().catch(() => {}); // replaced before it began
  tell({ type: 'page.camera', on: Boolean(track) });
}

/** The camera's picture as it is now, at full resolution, in parts that let everything else go first. */
async function sendStill(mine, { still, longest, within_s }) {
  const late = performance.now() + within_s * 1000;
  mine.still = still; // a newer wish ends the older one
  try {
    if (!mine.media.camera) throw new NoStill('the camera is off');
    const parts = await chunks(await photograph(find('#preview'), longest));
    for (const [index, data] of parts.entries()) {
      await mine.line.room();
      if (mine !== call || mine.still !== still || performance.now() > late) return;
      mine.line.send({ type: 'still.chunk', still, index, count: parts.length, mime: 'image/jpeg', data });
    }
  } catch (error) {
    if (mine === call) mine.line.send({ type: 'still.failed', still, reason: error.message });
  }
}

async function openInto(kind, take) {
  const mine = call;
  try {
    const track = await devices.open(kind, devices.chosen(kind));
    if (mine === call && mine) take(mine, track);
    else track.stop();
  } catch (error) {
    complain(error);
  }
}

function complain(error) {
  tell({ type: 'page.trouble', what: error.message, todo: error.todo ?? '' });
}

// --- what the visitor does -------------------------------------------------------------------------------------------

function mute() {
  if (view.mic === 'off') return void (call && openInto('microphone', takeMicrophone));
  const muted = view.mic === 'live';
  call.media.microphone.enabled = !muted;
  call.owesMute = false;
  call.line?.send({ type: 'mic.muted', muted });
  tell({ type: 'page.mic', mic: muted ? 'muted' : 'live' });
}

function press() {
  if (view.line !== 'connected') return;
  if (view.mic === 'off') return mute();
  clearTimeout(call.release);
  call.owesMute = false;
  call.media.microphone.enabled = true;
  if (view.mic === 'muted') call.line.send({ type: 'mic.muted', muted: false });
  call.line.send({ type: 'talk.pressed' });
  tell({ type: 'page.talking', talking: true });
}

function release() {
  if (!call || !view.talking) return;
  const mine = call;
  tell({ type: 'page.talking', talking: false });
  mine.release = setTimeout(() => {
    mine.line.send({ type: 'talk.released' });
    if (view.mic !== 'muted' || mine !== call) return;
    if (mine.media.microphone) mine.media.microphone.enabled = false;
    mine.owesMute = true; // told once the utterance is over: a muted one would be dropped
  }, TAIL_MS);
}

function stop() {
  if (view.reply) call?.line?.send({ type: 'reply.stop' });
}

function write(event) {
  event.preventDefault();
  const text = find('#text').value.trim();
  find('#text').value = '';
  if (text) say(text);
}

function say(text) {
  if (!call) start({ text });
  else if (call.line) call.line.send({ type: 'text.typed', text });
  else waitToSay(call, text);
}

/** For as long as there is no line that could. */
function waitToSay(mine, text) {
  mine.waiting.push(text);
  mine.wrote();
  tell({ type: 'page.unsent', texts: [...mine.waiting] });
}

function closeCard(card) {
  if (call?.line) call.line.send({ type: 'card.close', card });
  else tell({ type: 'card.hidden', card });
}

function toggleCamera() {
  if (!call || view.line !== 'connected') return;
  if (call.media.camera) setCamera(call, null);
  else openInto('camera', setCamera);
}

const SELECTS = { microphone: '#microphones', camera: '#cameras', speaker: '#speakers' };

async function listDevices() {
  for (const [kind, selector] of Object.entries(SELECTS)) {
    const known = kind === 'speaker' && !('setSinkId' in voice) ? [] : await devices.list(kind);
    drawDevices(find(selector), known, devices.chosen(kind));
  }
  find('#none').hidden = !!document.querySelector('#devices label:not([hidden]) select');
}

async function chooseDevice(kind, id) {
  devices.choose(kind, id);
  if (kind === 'speaker') await voice.setSinkId(id).catch(() => complain(new Error('That loudspeaker does not work. Choose another one.')));
  else if (call?.media[kind]) await openInto(kind, kind === 'camera' ? setCamera : takeMicrophone);
}

// --- the document ----------------------------------------------------------------------------------------------------

document.body.classList.toggle('kiosk', query.get('kiosk') === '1');
find('#start').addEventListener('click', () => start());
find('#hangup').addEventListener('click', hangUp);
find('#mute').addEventListener('click', mute);
find('#camera').addEventListener('click', toggleCamera);
find('#stop').addEventListener('click', stop);
find('#dismiss').addEventListener('click', () => tell({ type: 'page.dismissed' }));
for (const hint of document.querySelectorAll('#hints button')) hint.addEventListener('click', () => say(hint.textContent));
find('#type').addEventListener('submit', write);
find('#settings').addEventListener('click', async () => {
  await listDevices();
  find('#devices').showModal();
});
for (const [kind, selector] of Object.entries(SELECTS)) find(selector).addEventListener('change', (event) => chooseDevice(kind, event.target.value));
for (const dialog of document.querySelectorAll('dialog')) dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
navigator.mediaDevices?.addEventListener('devicechange', () => find('#devices').open && listDevices());
bindHold(find('#talk'), press, release);
bindKeys(document, { press, release, stop, mute: () => view.line === 'connected' && mute(), camera: toggleCamera });
find('#told').checked = captionsWanted();
find('#told').addEventListener('change', (event) => wantCaptions(event.target.checked));
find('#forget').addEventListener('click', () => {
  call?.line?.send({ type: 'forget.everything' });
  find('#devices').close();
});
find('#refuse').addEventListener('click', () => call?.line?.send({ type: 'recording.answered', allowed: false }));
find('#allow').addEventListener('click', () => call?.line?.send({ type: 'recording.answered', allowed: true }));
tabs?.addEventListener('message', ({ data: session }) => { // a copy of this tab goes on with it: both would take it from each other
  if (!call || view.session !== session) return;
  tell({ type: 'page.hungup' });
  tell({ type: 'page.trouble', what: 'This conversation goes on in another tab.', todo: 'Press Talk to begin a new one here.' });
  end(call);
});
window.addEventListener('pagehide', () => call && view.session && keepCall(call)); // it may be a reload: no goodbye
setInterval(() => {
  if (!view.timers.length) return;
  const at = view.at + (performance.now() - seenAt) / 1000;
  drawCountdowns(document, at);
  drawCountdownCards(document, at);
}, 250);

setInterval(() => {
  if (view.line !== 'connected' || view.mic !== 'live' || view.talking) return;
  call.meters.read('microphone');
  const dead = call.meters.dead('microphone') && performance.now() - call.openedAt > DEAD_MS;
  if (dead !== view.dead) tell({ type: 'page.dead', dead });
}, 1000);

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const still = () => !call || calm.matches || document.hidden;
const level = { ear: 0, mouth: 0 };
setInterval(() => {
  if (still()) return;
  level.ear = Math.max(call.meters.read('microphone'), level.ear * 0.7);
  level.mouth = Math.max(call.meters.read('voice'), level.mouth * 0.6);
  drawLevels(document, level.ear, level.mouth);
}, LEVELS_MS);
setInterval(() => {
  if (still()) return;
  drawBlink(document, true);
  setTimeout(() => drawBlink(document, false), BLINK_MS);
}, 4500);

paint(view);
const again = remembered();
if (again) start({ again });
