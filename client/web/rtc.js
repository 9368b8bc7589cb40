// One WebRTC connection: microphone and camera out, voice in, events on the data channel `events`.
// Signalling is a WebSocket with trickle ICE. Tracks come and go without a new offer: both places are kept from the start.

import { Refused, Unreachable } from './refusals.js';

const SHAKY_MS = 3000; // ICE may be "disconnected" this long before the connection counts as lost
const CAMERA = { maxBitrate: 600_000, maxFramerate: 15 };
const LONGER_SIDE = 640; // pixels of the pictures that are sent; stills (stills.js) have all the camera gives
const LOW_BYTES = 16 * 1024; // waiting below which a part of a still may be sent: a heartbeat never waits for more

/**
 * Is answered within `patience_ms`, and connected within as much again, or throws Unreachable; throws Refused with the server's own words.
 * media: { microphone, camera }, tracks or null. receive(text) gets every event, hear(stream) the voice.
 * Returns { transport, send(text), room(): a promise, carry(kind, track), close(), lost: a promise that resolves once,
 * received(): a promise of how many bytes have come, of whatever kind, doubt(call): call when there is reason to think that the connection is gone }.
 */
export async function callByWebRtc({ address, iceServers, session, media, receive, hear, signal, patience_ms }) {
  const peer = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
  const channel = peer.createDataChannel('events');
  const senders = {
    microphone: peer.addTransceiver(media.microphone ?? 'audio', { direction: 'sendrecv' }).sender,
    camera: peer.addTransceiver(media.camera ?? 'video', { direction: 'sendonly', sendEncodings: [{ ...CAMERA, ...smaller(media.camera) }] }).sender,
  };
  const signalling = new WebSocket(address);
  channel.bufferedAmountLowThreshold = LOW_BYTES;
  const over = new AbortController();
  const close = () => {
    over.abort(); // a call outlives many connections, and must not keep them
    signalling.close();
    peer.close();
  };
  signal.addEventListener('abort', close, { once: true, signal: over.signal });

  let shaky;
  const lost = new Promise((resolve) => {
    channel.addEventListener('close', resolve);
    peer.addEventListener('connectionstatechange', () => {
      clearTimeout(shaky);
      if (['failed', 'closed'].includes(peer.connectionState)) resolve();
      if (peer.connectionState === 'disconnected') shaky = setTimeout(resolve, SHAKY_MS);
    });
  });
  peer.addEventListener('track', ({ track }) => hear(new MediaStream([track])));
  channel.addEventListener('message', ({ data }) => receive(data));

  let timer;
  let answered = false; // Firefox tells of no description once the connection is closed, it throws
  try {
    await new Promise((resolve, reject) => {
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new Unreachable('WebRTC found no way through')), patience_ms);
      };
      wait();
      signal.addEventListener('abort', () => reject(new Unreachable('given up')), { once: true, signal: over.signal });
      channel.addEventListener('open', resolve, { once: true });
      lost.then(() => reject(new Unreachable('WebRTC failed')));
      signalling.addEventListener('close', () => {
        if (!answered) reject(new Unreachable('the server does not answer'));
      });
      signalling.addEventListener('message', ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === 'error' && !answered) reject(new Refused(message.what, message.todo));
        else if (message.type === 'answer') {
          session = message.session;
          answered = true;
          wait();
          peer.setRemoteDescription({ type: 'answer', sdp: message.sdp }).catch(reject);
        } else if (message.type === 'candidate') peer.addIceCandidate(message.candidate ?? undefined).catch(reject);
      });
      offer({ peer, signalling, session }).catch(reject);
    });
  } catch (error) {
    close();
    throw error instanceof Unreachable ? new Unreachable(error.message, session) : error;
  } finally {
    clearTimeout(timer);
  }
  const carry = async (kind, track) => {
    if (kind === 'camera' && track) {
      const parameters = senders.camera.getParameters();
      for (const encoding of parameters.encodings ?? []) Object.assign(encoding, smaller(track));
      await senders.camera.setParameters(parameters).catch(() => {}); // a newer track came meanwhile
    }
    await senders[kind].replaceTrack(track);
  };
  for (const [kind, sender] of Object.entries(senders)) if (media[kind] !== sender.track) carry(kind, media[kind]); // it came or went while we connected
  return {
    transport: 'webrtc',
    send: (text) => channel.readyState === 'open' && channel.send(text),
    room: () => roomIn(channel),
    carry,
    close,
    lost,
    received: async () => [...(await peer.getStats()).values()].reduce((sum, { type, bytesReceived }) => (type === 'candidate-pair' || type === 'inbound-rtp' ? sum + (bytesReceived ?? 0) : sum), 0),
    doubt: (call) => signalling.addEventListener('close', call), // a server that ends closes it at once
  };
}

/** How much smaller than the camera's own its pictures are sent. */
function smaller(track) {
  const { width = 0, height = 0 } = track?.getSettings() ?? {};
  return { scaleResolutionDownBy: Math.max(1, Math.max(width, height) / LONGER_SIDE) };
}

/** Resolves when a large thing may be sent, or when nothing can be sent any more. */
function roomIn(channel) {
  if (channel.readyState !== 'open' || channel.bufferedAmount <= channel.bufferedAmountLowThreshold) return Promise.resolve();
  return new Promise((resolve) => {
    const there = new AbortController();
    there.signal.addEventListener('abort', resolve);
    for (const name of ['bufferedamountlow', 'close']) channel.addEventListener(name, () => there.abort(), { signal: there.signal });
  });
}

async function offer({ peer, signalling, session }) {
  const found = [];
  let told = false;
  const tell = (candidate) => signalling.readyState === WebSocket.OPEN && signalling.send(JSON.stringify({ type: 'candidate', candidate }));
  peer.addEventListener('icecandidate', ({ candidate }) => {
    const line = candidate?.candidate ? candidate.toJSON() : null;
    if (told) tell(line);
    else found.push(line);
  });
  await Promise.all([
    peer.setLocalDescription(),
    new Promise((resolve) => signalling.addEventListener('open', resolve, { once: true })),
  ]);
  signalling.send(JSON.stringify({ type: 'offer', sdp: peer.localDescription.sdp, ...(session && { session }) }));
  told = true;
  found.forEach(tell);
}
