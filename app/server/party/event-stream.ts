import { listen } from './agents.ts';

/** Milliseconds between signs of life: a connection that is gone is noticed by them. */
const PULSE = 20_000;
/** News come in bursts; pages are told at most once in so many milliseconds. */
const PAUSE = 500;

/**
 * Server-sent events that tell a page to look again: at a room, or at what is about no room. They hold no data, so that a
 * page always shows what the server has, whether or not it missed one.
 */
export function eventStream(folder: string, room?: string): Response {
  let stop = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      let soon: NodeJS.Timeout | undefined;
      const pulse = setInterval(() => controller.enqueue(encoder.encode(': still here\n\n')), PULSE);
      const deaf = listen(folder, room, () => {
        soon ??= setTimeout(() => {
          soon = undefined;
          controller.enqueue(encoder.encode('event: news\ndata: \n\n'));
        }, PAUSE);
      });
      stop = () => {
        clearInterval(pulse);
        clearTimeout(soon);
        deaf();
      };
      controller.enqueue(encoder.encode(': open\n\n'));
    },
    cancel: () => stop(),
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } });
}
