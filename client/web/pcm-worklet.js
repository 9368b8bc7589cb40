// Runs on the browser's audio thread: the two ends of the WebSocket's sound (socket.js).

import { Framer, Playout } from './frames.js';

registerProcessor('microphone', class extends AudioWorkletProcessor {
  #framer = new Framer();

  process([input]) {
    for (const frame of input[0] ? this.#framer.push(input[0]) : []) this.port.postMessage(frame.buffer, [frame.buffer]);
    return true;
  }
});

registerProcessor('loudspeaker', class extends AudioWorkletProcessor {
  #playout = new Playout();

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#playout.push(new Int16Array(data));
  }

  process(_, [output]) {
    this.#playout.pull(output[0]);
    return true;
  }
});
