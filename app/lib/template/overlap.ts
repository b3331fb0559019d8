/** The template "overlap": the number of identifiers that all members hold, by a private join of blinded lists. */
import { deriveKeys } from '../protocol/keys.ts';
import { matchLists } from '../protocol/match.ts';
import { makeShare } from '../protocol/share.ts';
import { openCount } from '../protocol/release.ts';
import { releaseProof } from '../proof/statements.ts';
import { sigmaFields } from '../room/acts.ts';
import { postProof } from '../room/post.ts';
import { seedOf } from '../room/session.ts';
import { blind, checkLists, hop, keepOwnList, match, matchInputs, memberSlots, openLists } from './lists.ts';
import { overlapOutcome } from './overlap-outcome.ts';
import type { Acting, Template } from './template.ts';

export const overlap: Template = {
  name: 'overlap',
  ...overlapOutcome,
  keepOwn: keepOwnList,
  lookAt: (acting, { kind }) => checkLists(acting, kind === 'match' || kind === 'share'),
  openBlobs: openLists,
  steps: { blind, hop, match, share, release },
};

async function share(acting: Acting): Promise<void> {
  const { session, view, slot } = acting;
  const { contract, room } = session;
  const { context } = view.terms;
  // The match is proven; looking again costs little, and a share below k is the one thing that cannot be taken back.
  const { meetsK } = matchLists(await matchInputs(acting));
  if (!meetsK)
    throw new Error("The lists' overlap lies below k, although the match on chain says otherwise. No share is given.");
  const seed = seedOf(session);
  const { decryption, decryptionPublic } = deriveKeys(seed);
  const ciphertext = view.ciphertext!;
  const { share: point, proof } = makeShare({ context, slot, decryption, decryptionPublic, ciphertext, seed });
  session.report({ message: 'giving the decryption share' });
  await contract.send(
    'give_share',
    room.roomId,
    slot,
    context,
    decryptionPublic,
    ciphertext.c1,
    point,
    sigmaFields(proof),
    view.matchTranscript!,
  );
}

async function release({ session, view, slot }: Acting): Promise<void> {
  const { context, k } = view.terms;
  const opening = {
    context,
    members: view.members,
    decryptionPublics: memberSlots(view).map(({ decryptionKey }) => decryptionKey),
    shares: memberSlots(view).map((member) => ({ share: member.share!, proof: member.shareProof! })),
    ciphertext: view.ciphertext!,
    k,
  };
  const job = releaseProof({ ...opening, count: openCount({ ...opening, maxCount: session.policy.maxRows }) });
  await postProof(session, 'release', job, { message: `posting ${job.circuit}`, behindRoom: [slot] });
}
