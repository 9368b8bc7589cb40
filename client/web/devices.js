// Microphone, camera and loudspeaker of the visitor, and what to say when one cannot be had.

const WANTED = {
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  camera: { width: { ideal: 1440 }, height: { ideal: 1080 }, frameRate: { ideal: 15, max: 15 } }, // sent smaller: rtc.js
};
const KINDS = { microphone: 'audioinput', camera: 'videoinput', speaker: 'audiooutput' };

/** A device could not be had: what happened in plain words, and the way out. */
export class DeviceTrouble extends Error {
  constructor(what, todo) {
    super(what);
    this.todo = todo;
  }
}

/** kind: microphone or camera; id: the chosen device, or ''. Returns a MediaStreamTrack or throws DeviceTrouble. */
export async function open(kind, id) {
  if (!navigator.mediaDevices)
    throw new DeviceTrouble(
      `The browser gives no ${kind} to this page, because it was not opened over https.`,
      'Open it at an https:// address, or on the server itself at http://localhost. You can also write instead.',
    );
  const media = kind === 'camera' ? 'video' : 'audio';
  try {
    const exactly = id ? { deviceId: { exact: id } } : {};
    const stream = await navigator.mediaDevices.getUserMedia({ [media]: { ...WANTED[kind], ...exactly } });
    return stream.getTracks()[0];
  } catch (error) {
    if (id && error.name === 'OverconstrainedError') return open(kind, ''); // the chosen device is gone: take the usual one
    throw inWords(kind, error);
  }
}

/** Whether the browser may be asking the visitor for a device now. */
export async function mayAsk(kind) {
  try {
    return (await navigator.permissions.query({ name: kind })).state === 'prompt';
  } catch {
    return true; // the browser does not tell
  }
}

function inWords(kind, error) {
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new DeviceTrouble(
        `The ${kind} is blocked for this page.`,
        `Allow the ${kind} with the symbol beside the page's address (or in the system's privacy settings), then try again. You can also write instead.`,
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new DeviceTrouble(`No ${kind} was found.`, 'Connect one and try again, or write instead.');
    case 'NotReadableError':
    case 'AbortError':
      return new DeviceTrouble(`The ${kind} does not start; another program may be using it.`, 'Close the other program, or choose another device under Devices.');
    default:
      return new DeviceTrouble(`The ${kind} could not be used: ${error.message}.`, 'Try again, or write instead.');
  }
}

/** The devices of a kind: [{ id, label }]. Labels are known only once a device was allowed. */
export async function list(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all
    .filter((device) => device.kind === KINDS[kind] && device.deviceId && device.deviceId !== 'default')
    .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `${kind} ${index + 1}` }));
}

/** The device chosen on an earlier visit, or ''. */
export function chosen(kind) {
  try {
    return localStorage.getItem(`visavis.${kind}`) ?? '';
  } catch {
    return ''; // the browser keeps nothing for this page
  }
}

export function choose(kind, id) {
  try {
    localStorage.setItem(`visavis.${kind}`, id);
  } catch {
    // chosen for this visit only
  }
}
