/** What the document of a policy of the template "threshold" says of its analysis. */
import type { DocumentParts } from './document-parts.ts';
import type { ThresholdPolicy } from './schema.ts';
import { analysis, PROOFS, purposeOf } from './sentences.ts';
import { bandReleaseLines, summed } from './threshold-sentences.ts';

/** The parts of the document that depend on the template. */
export function thresholdParts(policy: ThresholdPolicy): DocumentParts {
  return {
    computed: computed(policy),
    data: data(policy),
    learns: learns(policy),
    leaves: LEAVES,
    trusted: [`The proof mode is "${policy.proofMode}". ${PROOFS[policy.proofMode]}`, ...TRUSTED],
    times: TIMES,
  };
}

function computed(policy: ThresholdPolicy): string[] {
  const { name, version } = policy.template;
  return [
    `${analysis(policy)} (analysis "${name}", version ${version}). Nothing is joined: identifiers are not compared.`,
    `Purpose: ${purposeOf(policy)}.`,
    ...bandReleaseLines(policy),
    'The band stands on the chain for good, where anyone can read it.',
  ];
}

function data(policy: ThresholdPolicy): string[] {
  const { decimals, min, max } = policy.column;
  const digits =
    decimals === 0 ? 'whole numbers' : `numbers with at most ${decimals} decimal${decimals === 1 ? '' : 's'}`;
  return [
    `Column ${summed(policy)}: ${digits} from ${min} to ${max}; its sum over all rows is compared with the borders, and not released.`,
    'No other column is used. An identifier has one row at most in each table.',
  ];
}

function learns(policy: ThresholdPolicy): string[] {
  const { k, parties, borders } = policy;
  const several = parties.length > 2;
  return [
    borders.length === 1
      ? 'Every party learns on which side of the border the sum lies.'
      : 'Every party learns between which borders the sum lies.',
    'The last party in the order above learns it before the others do, and could keep it to itself; what it tells them is proven.',
    `Everybody, also outside the room, sees which parties have at least ${k} rows, and, once it is there, the band.`,
    'The number of proofs that a party posts tells roughly how many rows it brings.',
    'No party is shown a row, an identifier, the sum, or another party’s part of it.',
    `A party that knows its own part can subtract it from the ends of the band: what is left bounds the ${several ? 'others’ parts together' : 'other one’s part'}.`,
    several
      ? 'Inherent in every band: all other parties together can subtract their parts, and the band then bounds the last one’s. They can also choose what they bring so that it is bounded closely.'
      : 'A party can also choose what it brings so that the other one’s part is bounded closely.',
    'Bands of several rooms over nearly the same data can be compared.',
  ];
}

const LEAVES = [
  'To the other parties, through a relay that need not be trusted with rows: this policy; for every border a list of ciphertexts, which each party passes on in another order, multiplied by secret numbers, and which tell no more than whether one of them stands for 0; and proofs.',
  'To the chain, where anyone can read it: commitments and digests, public keys, each party’s part of the sum encrypted with a key of which every party has a share, which parties have at least k rows, the number of borders and the band, the number of parties, k, the row limits, proof mode, deadlines and fees. No row, no sum, no amount of a border, no name, no purpose, no column name, and no address of a participant’s account.',
];

const TRUSTED = [
  'Proven are the row limits, that no identifier has two rows, that every value lies within its column’s bounds, that each party’s encrypted part is the sum of the rows that it committed to, that lists of ciphertexts are passed on whole, and that the band follows.',
  'No part of the sum can be decrypted while one party keeps its share of the key to itself.',
];

const TIMES: DocumentParts['times'] = {
  invite: 'To accept the invitations',
  approve: 'To approve this policy',
  commit: 'To commit the data',
  join: 'To finish the tallies',
  share: 'To give the encrypted parts and to find the band',
};
