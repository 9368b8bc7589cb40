// One WebSocket connection that carries everything, for networks where WebRTC finds no way: PCM as binary messages,
// events as JSON text. The camera has no place in it.

import { RATE } from './frames.js';
import { openContext } from './gesture.js';
import { Refused, Unreachable } from './refusals.js';

const STUCK_BYTES = 200_000; // two seconds of sound not yet sent: newer sound is dropped until they are gone

/** As `callByWebRtc`. */
export async function callBySocket({ address, session, media, receive, hear, signal, patience_ms }) {
  const over = new AbortController(); // of this connection: a call outlives many
  const context = openContext({ sampleRate: RATE, latencyHint: 'interactive' }, over.signal);
  await context.audioWorklet.addModule(new URL('./pcm-worklet.js', import.meta.url));
  const loudspeaker = new AudioWorkletNode(context, 'loudspeaker', { numberOfInputs: 0, outputChannelCount: [1] });
  const microphone = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
  const voice = context.createMediaStreamDestination();
  loudspeaker.connect(voice);

  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  let source = null;
  const carry = (kind, track) => {
    if (kind !== 'microphone') return;
    source?.disconnect();
    source = track && context.createMediaStreamSource(new MediaStream([track]));
    source?.connect(microphone);
  };
  const close = () => {
    over.abort();
    socket.close();
    context.close().catch(() => {}); // closed already
  };
  signal.addEventListener('abort', close, { once: true, signal: over.signal });
  const lost = new Promise((resolve) => socket.addEventListener('close', resolve));

  let timer;
  try {
    await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Unreachable('the server does not answer')), patience_ms);
      lost.then(() => reject(new Unreachable('the server does not answer')));
      socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'audio', rate: RATE, ...(session && { session }) })));
      socket.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') return loudspeaker.port.postMessage(data, [data]);
        const message = JSON.parse(data);
        if (message.type === 'error') reject(new Refused(message.what, message.todo));
        else if (message.type === 'audio') resolve();
        else receive(data);
      });
    });
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  microphone.port.onmessage = ({ data }) => {
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < STUCK_BYTES) socket.send(data);
  };
  carry('microphone', media.microphone);
  hear(voice.stream);
  return {
    transport: 'websocket',
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    room: () => Promise.resolve(), // no camera here, so no stills
    carry,
    close,
    lost,
  };
}
