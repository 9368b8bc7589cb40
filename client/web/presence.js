// What the assistant is doing, in one word for the face and a few for the reader; pure.

const TOOLS = { look: 'Looking…', draw: 'Drawing…', tell_story: 'Telling a story', go_on_with_story: 'Telling a story', set_timer: 'Setting a timer…', set_alarm: 'Setting an alarm…', remember: 'Making a note…', recall: 'Remembering…' };

/** { state, held, label } of a view. state: idle, connecting, listening, hearing, thinking, speaking, reconnecting, failed. */
export function presence(view) {
  switch (view.line) {
    case 'idle': return { state: 'idle', held: false, label: view.lines.length ? 'See you soon' : 'Ready when you are' };
    case 'connecting': return { state: 'connecting', held: false, label: view.asking ? 'Allow the microphone, or write to me' : view.slow ? 'Still connecting, it is slow…' : 'Connecting…' };
    case 'reconnecting': return { state: 'reconnecting', held: false, label: 'Connection lost. Getting it back…' };
    case 'failed': return { state: 'failed', held: false, label: 'Not connected' };
  }
  const { utterance, reply } = view;
  if (reply?.held) return { state: 'hearing', held: true, label: 'Holding, go ahead' };
  if (view.talking) return { state: 'hearing', held: false, label: 'Listening until you let go' };
  if (reply?.sounding) return { state: 'speaking', held: false, label: TOOLS[view.tool?.name] ?? 'Speaking' };
  if (utterance && !utterance.paused) return { state: 'hearing', held: false, label: 'I hear you' };
  if (reply || utterance) return { state: 'thinking', held: false, label: TOOLS[view.tool?.name] ?? 'Thinking…' };
  if (view.mic === 'muted') return { state: 'listening', held: false, label: 'Your microphone is muted' };
  if (view.mic === 'off') return { state: 'listening', held: false, label: view.asking ? 'Allow the microphone, or write to me' : 'Write to me' };
  return { state: 'listening', held: false, label: view.dead ? 'No sound comes from your microphone' : 'Listening' };
}

/** The stages of one turn in the order they were reached, with what each took: [{ name, title, ms, took }]. */
export function stagesOf(stages_ms) {
  const names = { pause: 'Pause heard', transcript: 'Words understood', turn_end: 'Turn ended', first_token: 'First word chosen', first_clause: 'First clause voiced', first_sound: 'First sound' };
  let before = 0;
  return Object.entries(stages_ms)
    .filter(([name, ms]) => name in names && Number.isFinite(ms))
    .sort(([, a], [, b]) => a - b)
    .map(([name, ms]) => {
      const took = Math.max(0, ms - before);
      before = Math.max(before, ms);
      return { name, title: names[name], ms, took };
    });
}

/** 75 -> "1:15", for a timer. */
export function countdown(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return [...(h ? [h, String(m).padStart(2, '0')] : [m]), String(s).padStart(2, '0')].join(':');
}
