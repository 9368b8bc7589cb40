// One WebRTC connection: microphone and camera out, voice in, events on the data channel `events`.
// Signalling is a WebSocket with trickle ICE. Tracks come and go without a new offer: both places are kept from the start.

import { Refused, Unreachable } from './refusals.js';

const SHAKY_MS = 3000; // ICE may be "disconnected" this long before the connection counts as lost
const CAMERA = { maxBitrate: 600_000, maxFramerate: 15 };

/**
 * Connects within `patience_ms` or throws Unreachable; throws Refused with the server's own words.
 * media: { microphone, camera }, tracks or null. receive(text) gets every event, hear(stream) the voice.
 * Returns { transport, send(text), carry(kind, track), close(), lost: a promise that resolves once,
 * doubt(call): call when there is reason to think that the connection is gone }.
 */
export async function callByWebRtc({ address, iceServers, session, media, receive, hear, signal, patience_ms }) {
  const peer = new RTCPeerConnection({ iceServers });
  const channel = peer.createDataChannel('events');
  const senders = {
    microphone: peer.addTransceiver(media.microphone ?? 'audio', { direction: 'sendrecv' }).sender,
    camera: peer.addTransceiver(media.camera ?? 'video', { direction: 'sendonly', sendEncodings: [CAMERA] }).sender,
  };
  const signalling = new WebSocket(address);
  const close = () => {
    signalling.close();
    peer.close();
  };
  signal.addEventListener('abort', close, { once: true });

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
  try {
    await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Unreachable('WebRTC found no way through')), patience_ms);
      signal.addEventListener('abort', () => reject(new Unreachable('given up')), { once: true });
      channel.addEventListener('open', resolve, { once: true });
      lost.then(() => reject(new Unreachable('WebRTC failed')));
      signalling.addEventListener('close', () => {
        if (!peer.remoteDescription) reject(new Unreachable('the server does not answer'));
      });
      signalling.addEventListener('message', ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === 'error' && !peer.remoteDescription) reject(new Refused(message.what, message.todo));
        else if (message.type === 'answer') {
          session = message.session;
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
  return {
    transport: 'webrtc',
    send: (text) => channel.readyState === 'open' && channel.send(text),
    carry: (kind, track) => senders[kind].replaceTrack(track),
    close,
    lost,
    doubt: (call) => signalling.addEventListener('close', call), // a server that ends closes it at once
  };
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
