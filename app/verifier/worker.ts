/** Verifies receipts in the browser, off the page's own thread. All that it needs is loaded before it says that it is ready. */
import known from 'virtual:known-circuits';
import { fieldToHex } from '../lib/field/field.ts';
import { openVerifier, type Verifier } from '../lib/proof/verifier.ts';
import type { CircuitName } from '../lib/protocol/context.ts';
import { verifyReceipt } from '../lib/receipt/verify.ts';
import { eventSelectors, type EventSelectors } from '../lib/room/selectors.ts';
import type { BuiltIn, VerifierNews, VerifyRequest } from './messages.ts';
import { reportOf, withoutFigure } from './report.ts';

const tell = (news: VerifierNews): void => self.postMessage(news);
const sources = new Map(known.circuits.map(({ name, sourceDigest }) => [name, sourceDigest]));

/** What the circuit was made from that this app was built with. */
async function sourceDigest(name: CircuitName): Promise<string> {
  return sources.get(name) ?? '';
}

async function builtIn(verifier: Verifier): Promise<BuiltIn[]> {
  return Promise.all(
    known.circuits.map(async ({ name, sourceDigest }) => ({
      name,
      keyHash: fieldToHex((await verifier.verificationKey(name)).hash),
      sourceDigest,
    })),
  );
}

type Ready = { readonly verifier: Verifier; readonly selectors: EventSelectors };

async function start(): Promise<Ready> {
  const verifier = await openVerifier(known);
  return { verifier, selectors: await eventSelectors() };
}

async function verify({ job, bytes, room }: VerifyRequest, { verifier, selectors }: Ready): Promise<VerifierNews> {
  let failed = false;
  const report = await reportOf(
    bytes,
    (json) =>
      verifyReceipt(json, {
        prover: verifier,
        selectors,
        sourceDigest,
        // An app that was built for the development string may check what was made under it; the page says what that is worth.
        allowDevSrs: verifier.srs.kind === 'development',
        onCheck(check) {
          failed ||= check.status === 'failed';
          tell({ kind: 'check', job, check: failed ? withoutFigure(check) : check });
        },
      }),
    room,
  );
  return { kind: 'report', job, report };
}

function broken(error: unknown): void {
  tell({ kind: 'broken', reason: error instanceof Error ? error.message : String(error) });
}

const started = start();
started
  .then(async ({ verifier }) =>
    tell({ kind: 'ready', facts: { srs: verifier.srs, circuits: await builtIn(verifier) } }),
  )
  .catch(broken);

// Receipts that come before it is ready wait for it.
let queue: Promise<void> = started.then(
  () => undefined,
  () => undefined,
);
self.addEventListener('message', ({ data }: MessageEvent<VerifyRequest>) => {
  queue = queue.then(async () => tell(await verify(data, await started))).catch(broken);
});
