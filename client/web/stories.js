// The story that is told: its pages, and the one that is being heard; pure. A story is
//   { number, title, count, pages: [{ text, picture }], heard: page or -1, folded, finished, book: address or '' }
// It folds when something else is said, and opens when the next page is heard.

export function beginStory({ story, title, pages }) {
  return { number: story, title, count: pages, pages: [], heard: -1, folded: false, finished: false, book: '' };
}

export function addPage(story, { story: number, page, text, picture }) {
  if (story?.number !== number || page > story.pages.length) return story;
  return { ...story, pages: [...story.pages.slice(0, page), { text, picture }, ...story.pages.slice(page + 1)] };
}

export function turnPage(story, { story: number, page }) {
  return story?.number === number ? { ...story, heard: page, folded: false } : story;
}

export function foldStory(story) {
  return story && story.heard >= 0 ? { ...story, folded: true } : story;
}

export function endStory(story, { story: number, finished, book }) {
  return story?.number === number ? { ...story, finished, book } : story;
}
