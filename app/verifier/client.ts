/** The page's side of the verifying worker. */
import type { Check } from '../lib/receipt/verify.ts';
import type { VerifierFacts, VerifierNews, VerifyRequest } from './messages.ts';
import type { ReceiptReport } from './report.ts';

/** What a page is told. Of several receipts only the last one that was given counts. */
export type VerifierEvents = {
  ready(facts: VerifierFacts): void;
  check(check: Check): void;
  report(report: ReceiptReport): void;
  /** The verifier itself does not work, which says nothing of any receipt. */
  broken(reason: string): void;
};

export type VerifierClient = {
  /** Verifies a receipt's file; `room` where it was asked for under a room's name. */
  verify(bytes: Uint8Array, room?: string): void;
  /** Ends the worker. */
  close(): void;
};

/** Starts a worker that verifies receipts. */
export function startVerifier(events: VerifierEvents): VerifierClient {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  let last = 0;
  worker.addEventListener('message', ({ data: news }: MessageEvent<VerifierNews>) => {
    if ('job' in news && news.job !== last) return;
    if (news.kind === 'ready') events.ready(news.facts);
    if (news.kind === 'check') events.check(news.check);
    if (news.kind === 'report') events.report(news.report);
    if (news.kind === 'broken') events.broken(news.reason);
  });
  worker.addEventListener('error', ({ message }) => events.broken(message || 'its script could not be loaded'));
  return {
    verify: (bytes, room) => worker.postMessage({ job: ++last, bytes, room } satisfies VerifyRequest),
    close: () => worker.terminate(),
  };
}
