// Stills: the camera's picture at full resolution, as a JPEG in parts that fit into messages.

const CHUNK = 12 * 1024; // bytes of a part; with base64 16 KB, which every peer accepts (RFC 8831, 6.6)
const LARGEST = 700 * 1024; // bytes of a still
const QUALITIES = [0.85, 0.7, 0.5]; // the first that makes it small enough
const AGAIN = 0.7; // share of the sides that is left if none does

/** There is no picture to be had; the message says why. */
export class NoStill extends Error {}

/** video: an element that plays the camera. longest: pixels of the longer side. Returns a Blob or throws NoStill. */
export async function photograph(video, longest) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) throw new NoStill('the camera gives no picture yet');
  const canvas = document.createElement('canvas');
  const frame = await createImageBitmap(video); // the same moment, however often it is encoded
  try {
    for (let scale = Math.min(1, longest / Math.max(width, height)); scale * width >= 1; scale *= AGAIN) {
      Object.assign(canvas, { width: Math.round(width * scale), height: Math.max(1, Math.round(height * scale)) });
      canvas.getContext('2d').drawImage(frame, 0, 0, canvas.width, canvas.height);
      for (const quality of QUALITIES) {
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
        if (blob && blob.size <= LARGEST) return blob;
      }
    }
  } finally {
    frame.close();
  }
  throw new NoStill('the picture could not be encoded');
}

/** The parts of a Blob, each as base64. */
export async function chunks(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, n) => base64(bytes.subarray(n * CHUNK, (n + 1) * CHUNK)));
}

function base64(bytes) {
  return btoa(String.fromCharCode(...bytes)); // 12 K arguments: every engine takes them
}
