// Sound in pieces for the WebSocket: what the microphone gives becomes 20 ms frames, what arrives becomes an even stream.
// Both ways 48 kHz, mono, s16le on the wire. Runs in the audio worklet; pure.

export const RATE = 48_000;
export const FRAME = RATE / 50; // samples in 20 ms
const AHEAD = 3 * FRAME; // gathered before playing, against uneven arrival
const MOST = 25 * FRAME; // half a second waiting: the network was stuck, and the oldest is dropped

/** Collects samples into frames of 20 ms. */
export class Framer {
  #frame = new Int16Array(FRAME);
  #filled = 0;

  /** samples: Float32Array in [-1, 1]. Returns the frames completed by it, as Int16Arrays. */
  push(samples) {
    const frames = [];
    for (const sample of samples) {
      this.#frame[this.#filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
      if (this.#filled === FRAME) {
        frames.push(this.#frame);
        this.#frame = new Int16Array(FRAME);
        this.#filled = 0;
      }
    }
    return frames;
  }
}

/** Plays what arrived, a little later than it arrived; silence when there is nothing. */
export class Playout {
  #frames = [];
  #samples = 0; // in #frames
  #place = 0; // in the first frame
  #waited = 0; // samples of silence since the first frame arrived
  #playing = false;

  /** frame: Int16Array. */
  push(frame) {
    this.#frames.push(frame);
    this.#samples += frame.length;
    while (this.#samples > MOST) this.#drop();
  }

  /** Fill `out`, a Float32Array. */
  pull(out) {
    this.#playing ||= this.#frames.length > 0 && (this.#samples >= AHEAD || this.#waited >= AHEAD);
    if (!this.#playing) {
      this.#waited = this.#frames.length ? this.#waited + out.length : 0;
      return void out.fill(0);
    }
    for (let index = 0; index < out.length; index++) {
      out[index] = this.#frames.length ? this.#frames[0][this.#place++] / 32768 : 0;
      if (this.#frames[0]?.length === this.#place) this.#drop();
    }
    this.#playing = this.#frames.length > 0;
    this.#waited = 0;
  }

  #drop() {
    this.#samples -= this.#frames.shift().length;
    this.#place = 0;
  }
}
