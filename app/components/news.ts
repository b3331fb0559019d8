/** Has a page look again whenever its server has news, and from time to time for what others do on the chain. */
import { invalidate } from '$app/navigation';

/** Milliseconds between two looks without news: rooms move in blocks of seconds. */
const PACE = 15_000;

/**
 * Follows a stream of events; to be returned by an effect.
 * @param address of the stream
 * @param what the page's data depends on
 * @returns how to stop
 */
export function followNews(address: string, what: `${string}:${string}`): () => void {
  const look = () => void invalidate(what);
  const stream = new EventSource(address);
  stream.addEventListener('news', look);
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') look();
  }, PACE);
  return () => {
    stream.close();
    clearInterval(timer);
  };
}
