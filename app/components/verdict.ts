import type { ReceiptReport } from '../verifier/report.ts';

/** A verified receipt's verdict in a few words, with everything that it does not cover. */
export function verdictText({ facts, srs, checks }: ReceiptReport): string {
  const compared = checks.some(({ title, status }) => title === 'Chain' && status === 'passed');
  return (
    'Verified' +
    (facts?.policy.proofMode === 'attested' ? ', but for what the parties attest' : '') +
    (srs === 'development' ? ', under the development reference string' : '') +
    (compared ? '' : ', but not compared with the chain')
  );
}
