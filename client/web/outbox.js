// What the visitor did by hand and the server has to learn of, also when the line is lost in between: it is kept until a
// heartbeat sent after it was answered, and said again over the next line. Pure. Saying twice does no harm: a text
// carries a key that the server takes once, and the others ask for what then is so already.

const MOST = 50; // kept; older ones go
const KEPT = ['text.typed', 'facts.allowed', 'fact.erased', 'forget.everything', 'recording.answered', 'timer.cancel', 'watch.stop', 'card.close', 'picture.stop'];

export function openOutbox() {
  let kept = []; // { event, ping: the last one sent before it, or null while there is no line }

  return {
    /** Whether `event` is of those that are kept. */
    takes: ({ type }) => KEPT.includes(type),
    put(event, ping) {
      kept = [...kept, { event, ping }].slice(-MOST);
    },
    /** Ping n was answered: what was sent before it has arrived. */
    answered(n) {
      kept = kept.filter(({ ping }) => ping === null || n <= ping);
    },
    /** The line is gone: nobody knows what of the rest has arrived. */
    lost() {
      kept = kept.map(({ event }) => ({ event, ping: null }));
    },
    /** A conversation is there: what to say now. Only texts mean something to a new one. */
    begin(resumed, ping) {
      kept = kept.filter(({ event }) => resumed || event.type === 'text.typed').map(({ event }) => ({ event, ping }));
      return kept.map(({ event }) => event);
    },
    /** The texts that wait for a line. */
    texts: () => kept.filter(({ event, ping }) => event.type === 'text.typed' && ping === null).map(({ event }) => event.text),
  };
}
