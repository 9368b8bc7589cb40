// The conversation this tab is in, so that a reloaded page goes on with it. It is forgotten with the tab.

const KEY = 'visavis.conversation';

/** What to go on with: { session, mic } as `keep` was told and until_ms, as Date.now; null when there is none or it is too old. */
export function remembered(storage = sessionStorage, now = Date.now()) {
  try {
    const { session, mic, resume_s, at } = JSON.parse(storage.getItem(KEY)) ?? {};
    const until_ms = at + resume_s * 1000;
    return typeof session === 'string' && session && now < until_ms ? { session, mic, until_ms } : null;
  } catch {
    return null; // not ours, or no storage here
  }
}

/** resume_s: how long the server waits for us. mic: off, live or muted. */
export function keep({ session, mic, resume_s }, storage = sessionStorage, now = Date.now()) {
  try {
    storage.setItem(KEY, JSON.stringify({ session, mic, resume_s, at: now }));
  } catch {
    // without storage a reloaded page begins anew
  }
}

export function forget(storage = sessionStorage) {
  try {
    storage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}
