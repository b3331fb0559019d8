/** What the document of a policy of the template "overlap" says of its analysis. */
import type { DocumentParts } from './document-parts.ts';
import { minParties } from './parse.ts';
import type { OverlapPolicy } from './schema.ts';
import { analysis, PROOFS, purposeOf, released } from './sentences.ts';

/** The parts of the document that depend on the template. */
export function overlapParts(policy: OverlapPolicy): DocumentParts {
  return {
    computed: computed(policy),
    data: ['No other column is used.'],
    learns: learns(policy),
    leaves: leaves(policy),
    trusted: [`The proof mode is "${policy.proofMode}". ${PROOFS[policy.proofMode]}`, ...TRUSTED[policy.proofMode]],
    times: TIMES,
  };
}

function computed(policy: OverlapPolicy): string[] {
  const { name, version } = policy.template;
  return [
    `${analysis(policy)} (analysis "${name}", version ${version}).`,
    `Purpose: ${purposeOf(policy)}.`,
    released(policy),
    `If it is smaller than k = ${policy.k}, it is published that it is, and no party gives the share of the key that opening the number would take.`,
    'A released count stands on the chain for good, where anyone can read it.',
  ];
}

function learns(policy: OverlapPolicy): string[] {
  const { k, minRows, maxRows, parties } = policy;
  const several = parties.length > 2;
  return [
    `Every party learns the count, if it is at least ${k}, and otherwise that it is smaller.`,
    `Every party learns how many distinct values each other party brings (from ${minRows} to ${maxRows}).`,
    `The software of every party sees the number of values in common, also when it is below k = ${k} and is not released: k keeps the number from leaving the room.`,
    ...(several
      ? ['It also sees how many values any two or more of the parties have in common, which is not released either.']
      : []),
    'No party is shown which values are in common, nor any value of another party. The count may tell it: a party whose list is as long as the count knows that all its values are in common.',
    ...(minParties(policy) < parties.length
      ? [
          `If parties are left out, the count is of what the remaining ones have in common, which may be as few as ${minParties(policy)} parties.`,
        ]
      : []),
    'Inherent in every count: all other parties together learn what it tells about the last one, and counts of several rooms over nearly the same data can be compared.',
  ];
}

function leaves({ proofMode }: OverlapPolicy): string[] {
  const sums = proofMode === 'attested' ? 'the sums of the points of each list, ' : '';
  return [
    'To the other parties, through a relay that need not be trusted: this policy; the lists of values, each value as a point on a curve, multiplied by a secret of every party that has handled it; and proofs.',
    `To the chain, where anyone can read it: digests of lists and proofs, ${sums}public keys, the number of parties, k, the row limits, proof mode, deadlines and fees. No row, no name, no purpose, no column name, and no address of a participant’s account.`,
  ];
}

const TRUSTED: Readonly<Record<OverlapPolicy['proofMode'], readonly string[]>> = {
  succinct: ['The row limits and that no value is counted twice are proven, too.'],
  attested: [
    'The row limits are not proven: the others’ software refuses a list whose length lies outside them, and nothing shows that a list comes from the rows its party committed to.',
    'A party that passes a list on could change values so that no check shows it, which makes the count too small; all parties but one together could make it any number.',
    'That a count lies below k is signed by nobody but the party that made the match.',
  ],
};

/** What each time is for. */
const TIMES: DocumentParts['times'] = {
  invite: 'To accept the invitations',
  approve: 'To approve this policy',
  commit: 'To commit the data',
  join: 'To finish the join',
  share: 'To give the shares of the key that open the result',
};
