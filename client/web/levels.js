// How loud the visitor and the assistant are right now, so that the face can move with the sound.

import { openContext } from './gesture.js';

/** Returns { watch(name, stream or null), read(name): 0..1, dead(name): whether only zeros have been read so far, close() }. */
export function openMeters(signal) {
  const context = openContext({}, signal);
  const meters = new Map();
  const samples = new Float32Array(512);
  return {
    watch(name, stream) {
      meters.get(name)?.source.disconnect();
      meters.delete(name);
      if (!stream) return;
      const source = context.createMediaStreamSource(stream);
      const analyser = context.createAnalyser();
      analyser.fftSize = samples.length;
      source.connect(analyser);
      meters.set(name, { source, analyser, heard: false });
    },
    read(name) {
      const meter = meters.get(name);
      if (!meter) return 0;
      meter.analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      meter.heard ||= power > 0;
      const decibels = 10 * Math.log10(power + 1e-10);
      return Math.min(1, Math.max(0, (decibels + 52) / 40)); // -52 dB is a quiet room, -12 dB a loud voice
    },
    dead: (name) => context.state === 'running' && meters.get(name)?.heard === false, // a quiet room is never wholly silent
    close: () => context.close(),
  };
}
