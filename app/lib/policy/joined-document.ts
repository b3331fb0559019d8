/** What the document of a policy of the templates "intersection-sum" and "lift" says of its analysis. */
import { describe, quoted, roundingLines } from './aggregate-sentences.ts';
import type { DocumentParts } from './document-parts.ts';
import { joinedAnalysis, joinReleaseLines, namingParty, partyOf, suppliers } from './joined-sentences.ts';
import { isLift, type JoinedPolicy } from './schema.ts';
import { analysis, PROOFS, purposeOf } from './sentences.ts';
import { listOf } from './words.ts';

/** The parts of the document that depend on the template. */
export function joinedParts(policy: JoinedPolicy): DocumentParts {
  return {
    computed: computed(policy),
    data: data(policy),
    learns: learns(policy),
    leaves: leaves(policy),
    trusted: [`The proof mode is "${policy.proofMode}". ${PROOFS[policy.proofMode]}`, ...TRUSTED],
    times: TIMES,
  };
}

function computed(policy: JoinedPolicy): string[] {
  const { name, version } = policy.template;
  return [
    `${analysis(policy)} (analysis "${name}", version ${version}).`,
    `Purpose: ${purposeOf(policy)}.`,
    ...joinReleaseLines(policy),
    ...roundingLines(joinedAnalysis(policy)),
    ...(joinedAnalysis(policy).confidence === undefined
      ? []
      : [
          'Intervals are those of the normal distribution; they say how certain a mean is if the identifiers in common are a random sample.',
        ]),
    ...(isLift(policy)
      ? [
          'Differences, shares, standard errors, their intervals and scores are rounded down, too: differences, standard errors and intervals to 6 decimals beyond those of their column, shares and scores to 6 decimals. The p-values are interpolated from a table, which makes them at most 0.00002 too high.',
          'A difference is an effect of what the test group got only if identifiers were assigned to the groups by chance, and a party’s list does not depend on the group.',
        ]
      : []),
    'If no group is open, that is published, and nothing is opened.',
    'The number of identifiers in all open groups, and a digest of the figures, stand on the chain for good, where anyone can read them. The figures themselves go to the parties.',
  ];
}

function data(policy: JoinedPolicy): string[] {
  const { columns, holders } = joinedAnalysis(policy);
  const without = policy.parties.flatMap((_, slot) => (holders.includes(slot) ? [] : [partyOf(policy, slot)]));
  return [
    ...columns.map((column, i) => describe(column, policy.parties[holders[i]].label)),
    ...(isLift(policy)
      ? policy.outcomes.map(({ slot, column, kind }) =>
          kind === 'binary'
            ? `In ${quoted(column)} ${partyOf(policy, slot)} has 1 for an identifier with that outcome, and 0 for one without.`
            : `In ${quoted(column)} ${partyOf(policy, slot)} has the amount for an identifier; its table is refused where one is above the cap.`,
        )
      : []),
    ...(without.length > 0
      ? [`${listOf(without)} ${without.length === 1 ? 'brings' : 'bring'} identifiers alone.`]
      : []),
    `No other column is used. An identifier has one row at most in the table of a party that brings values${isLift(policy) ? '' : ' or groups'}.`,
    ...(isLift(policy)
      ? [
          'An identifier that a party does not list is in neither group, whatever the others have on it: those without an outcome have to be listed with 0.',
        ]
      : []),
  ];
}

function learns(policy: JoinedPolicy): string[] {
  const { k, minRows, maxRows, parties } = policy;
  const { columns, grouping } = joinedAnalysis(policy);
  const several = parties.length > 2;
  const holding = suppliers(policy);
  return [
    'Every party learns of each open group the totals over the identifiers in common, and what is computed from these totals. A total is of the values of one party, which the others so learn about.',
    `${listOf(holding)} ${holding.length > 1 ? 'learn the totals of their' : 'learns the totals of its'} own columns in open groups before the others do.`,
    `Every party learns how many distinct values each other party brings (from ${minRows} to ${maxRows}).`,
    `The software of every party sees how many identifiers in common each group has, also where they are fewer than k = ${k} and nothing of the group is released: k keeps these numbers from leaving the room.`,
    ...(several
      ? [
          'It also sees how many values any two or more of the parties have in common, by group where that is known, which is not released either.',
        ]
      : []),
    ...(grouping
      ? [
          `The software of every party sees how many rows of ${namingParty(policy)} are in each group by ${quoted(grouping.column)}, in common or not.`,
        ]
      : []),
    'Everybody, also outside the room, sees which groups are open.',
    'No party is shown which of its rows are in common, nor any identifier or value of another party. Numbers may tell it: a party whose list is as long as the number in common knows that all its rows are.',
    several
      ? 'Each party and the next one in the order above (after the last comes the first) could find out together which rows of the former are in common; in a plain count all parties that its list passes through would have to stand together for that.'
      : 'Both parties together could find out which of their rows are in common, as in a plain count.',
    ...(columns.some((column) => 'release' in column && column.release === 'variance')
      ? ['Sum and sum of squares of few values narrow them down; of two values they give both away.']
      : []),
    'Inherent in every total: all other parties together learn what it tells about the last one, and totals of several rooms over nearly the same data can be compared.',
  ];
}

function leaves(policy: JoinedPolicy): string[] {
  const { grouping } = joinedAnalysis(policy);
  const named = grouping ? ` beside each element of the list of ${namingParty(policy)} the number of its group;` : '';
  return [
    `To the other parties, through a relay that need not be trusted with rows: this policy; the lists of identifiers, each as a point on a curve, multiplied by a secret of every party that has handled it;${named} which elements of these lists are in common, in an order that their owner cannot tell; ` +
      'each value of a released column, encrypted with a key that its owner alone has; sums of these ciphertexts; totals hidden behind masks that cancel out when those of all parties are added; proofs; and the figures, which whoever runs the relay can read as the parties can.',
    'To the chain, where anyone can read it: commitments and digests, public keys, which party brings which sums and which one names groups, by number alone, which groups are open, the number of identifiers in them, the number of parties, k, the row limits, proof mode, deadlines and fees. No row, no total, no name, no purpose, no column name or label, and no address of a participant’s account.',
  ];
}

const TRUSTED = [
  'Proven are the row limits, that no identifier has two rows, that every value lies within its column’s bounds, that the encrypted values are those of the rows that the party committed to, that sums are over the identifiers in common of each group and nothing else, and that all figures follow.',
  'No value can be decrypted without the key of the party that holds it, which opens sums alone.',
];

const TIMES: DocumentParts['times'] = {
  invite: 'To accept the invitations',
  approve: 'To approve this policy',
  commit: 'To commit the data',
  join: 'To finish the join and the sums',
  share: 'To give the masked totals and to open the figures',
};
