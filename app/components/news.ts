/** Has a page look again whenever its server has news, and from time to time for what others do on the chain. */
import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

/** Milliseconds between two looks without news: rooms move in blocks of seconds. */
const PACE = 15_000;

/** What the data of a page depends on. */
type What = `${string}:${string}`;

/**
 * Reads a page's data again. On the way to another page that is put off until the way is over, since the router would
 * forget where it was asked to go.
 */
export async function lookAgain(what: What): Promise<void> {
  await navigating.complete?.catch(() => undefined);
  await invalidate(what);
}

/**
 * Looks again and again, while the page is in view; to be returned by an effect.
 * @param what the page's data depends on
 * @returns how to stop
 */
export function followChain(what: What): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void lookAgain(what);
  }, PACE);
  return () => clearInterval(timer);
}

/**
 * Looks again with every event of a stream, too; to be returned by an effect.
 * @param address of the stream
 * @param what the page's data depends on
 * @returns how to stop
 */
export function followNews(address: string, what: What): () => void {
  const stream = new EventSource(address);
  stream.addEventListener('news', () => void lookAgain(what));
  const stop = followChain(what);
  return () => {
    stream.close();
    stop();
  };
}
