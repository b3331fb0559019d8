/** What the document of a policy of the template "aggregate" says of its analysis. */
import { describe, releaseLines, roundingLines } from './aggregate-sentences.ts';
import { isReleased } from './columns.ts';
import type { DocumentParts } from './document-parts.ts';
import { minParties } from './parse.ts';
import type { AggregatePolicy } from './schema.ts';
import { analysis, PROOFS, purposeOf } from './sentences.ts';

/** The parts of the document that depend on the template. */
export function aggregateParts(policy: AggregatePolicy): DocumentParts {
  return {
    computed: computed(policy),
    data: [
      ...policy.columns.map((column) => describe(column)),
      'No other column is used. An identifier has one row at most in each table.',
    ],
    learns: learns(policy),
    leaves: LEAVES,
    trusted: [`The proof mode is "${policy.proofMode}". ${PROOFS[policy.proofMode]}`, ...TRUSTED],
    times: TIMES,
  };
}

function computed(policy: AggregatePolicy): string[] {
  const { template, confidence, quantiles, k } = policy;
  return [
    `${analysis(policy)} (analysis "${template.name}", version ${template.version}). Nothing is joined: identifiers are not compared.`,
    `Purpose: ${purposeOf(policy)}.`,
    ...releaseLines(policy),
    ...roundingLines(policy),
    ...(confidence === undefined
      ? []
      : [
          'Intervals are those of the normal distribution; they say how certain a mean is if the rows are a random sample.',
        ]),
    ...(quantiles === undefined
      ? []
      : [
          `Quantiles are of the rows of all parties in the order of the groups. Rows that are not released may be anywhere between none and what is possible with k = ${k}, so a quantile may be told as a range of groups.`,
        ]),
    'If no group is open, that is published, and nothing is opened.',
    'The number of rows in all open groups, and a digest of the figures, stand on the chain for good, where anyone can read them. The figures themselves go to the parties.',
  ];
}

function learns(policy: AggregatePolicy): string[] {
  const { k, parties, contributors, columns } = policy;
  return [
    `Every party learns of each open group the totals over the parties that have at least k = ${k} rows in it, and what is computed from these totals.`,
    `Everybody, also outside the room, sees which party has at least ${k} rows in which group, and so whose rows are in which total.`,
    'The number of proofs that a party posts tells roughly how many rows it brings.',
    'No party is shown a row, an identifier, or another party’s own totals, unless a total is of one party alone.',
    ...(contributors === 1
      ? ['With contributors = 1 a group that is full for one party alone is opened: it shows that party’s own totals.']
      : [`With contributors = ${contributors} a total is over the rows of at least ${contributors} parties.`]),
    ...(columns.some(isReleased)
      ? [
          'A party that knows its own totals can subtract them: what is left is about the others, with two contributors about the other one alone.',
        ]
      : ['A party that knows its own number of rows can subtract it: what is left is about the others.']),
    ...(minParties(policy) < parties.length
      ? [
          `If parties are left out, totals are over the remaining ones, which may be as few as ${minParties(policy)} parties.`,
        ]
      : []),
    'Inherent in every total: all other parties together learn the last one’s, and totals of several rooms over nearly the same data can be compared.',
  ];
}

const LEAVES = [
  'To the other parties, through a relay that need not be trusted with rows: this policy; each party’s totals, of open groups alone, hidden behind masks that cancel out when those of all parties are added; proofs; and the figures, which whoever runs the relay can read as the parties can.',
  'To the chain, where anyone can read it: commitments and digests, public keys, which groups have at least k rows of which party, the number of rows in all open groups, the number of parties, k, contributors, the row limits, proof mode, deadlines and fees. No row, no total of a party, no name, no purpose, no column name or label, and no address of a participant’s account.',
];

const TRUSTED = [
  'Proven are the row limits, that no identifier has two rows, that every value lies within its column’s bounds and in one group, and that all totals and figures follow from the rows that the parties committed to.',
  'Nobody can read a party’s masked totals while one other party keeps its secret to itself.',
];

const TIMES: DocumentParts['times'] = {
  invite: 'To accept the invitations',
  approve: 'To approve this policy',
  commit: 'To commit the data',
  join: 'To finish the tallies',
  share: 'To give the masked totals and to open the figures',
};
