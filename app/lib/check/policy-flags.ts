/** Red flags that follow from the policy, the time and the place alone: no table is needed for them. */
import { secondsAt } from '../policy/conditions.ts';
import { analysisOf } from '../policy/analysis.ts';
import { isNumeric } from '../policy/columns.ts';
import { isAggregate, isCohorts, isOverlap, isThreshold, type Policy } from '../policy/schema.ts';
import { isWithin, regionName } from '../policy/regions.ts';
import { listOf } from '../policy/words.ts';
import { inColumns, worstFirst, type Flag } from './flag.ts';
import { bandFlags } from './threshold-flags.ts';

/** What these flags are raised from. */
export type PolicyInput = Readonly<{
  policy: Policy;
  /** Seconds since 1970. */
  now: number;
  /** Where this machine stands, as its party tells: a code of a country or of a group of countries (docs/policy.md). */
  region?: string;
}>;

/** Values of k from which on, and below which, it counts as small. */
const K_MEDIUM = 10;
const K_HIGH = 5;
/** Of fewer rows, sum and sum of squares tell the values or come close to it. */
const K_VARIANCE = 4;
/** A total of fewer parties may be one other party's, once a party has subtracted its own. */
const CONTRIBUTORS_VARIANCE = 3;
/** A trial of fewer identifiers cannot have a large k. */
const K_HIGH_FROM = 100;

/** The flags that a party looks at before it approves, the worst ones first. Of its list it counts the fewest rows allowed. */
export function approvalFlags(input: PolicyInput): Flag[] {
  const { policy } = input;
  const flags = [...conditionFlags(input), ...smallKFlags(policy, policy.minRows)];
  return worstFirst(isThreshold(policy) ? [...flags, ...bandFlags(policy)] : flags);
}

/** Flags of the conditions that a policy sets; none under a policy that sets none. */
export function conditionFlags(input: PolicyInput): Flag[] {
  return [...expiryFlags(input), ...regionFlags(input), ...openBatchFlags(input)];
}

function expiryFlags({ policy: { expires }, now }: PolicyInput): Flag[] {
  if (expires === undefined || now <= secondsAt(expires)) return [];
  return [
    {
      id: 'expired-policy',
      severity: 'high',
      title: `The policy expired at ${expires}`,
      explanation: 'The parties agreed not to approve it or to commit under it after that.',
      remedy: 'Agree on a new policy. Look at the clock of this machine if it is not so late.',
    },
  ];
}

function regionFlags({ policy, region }: PolicyInput): Flag[] {
  const allowed = policy.region?.allowed;
  if (!allowed || (region !== undefined && isWithin(region, allowed))) return [];
  const places = listOf(allowed.map(regionName));
  return [
    {
      id: 'region-mismatch',
      severity: 'high',
      title:
        region === undefined
          ? `The policy allows ${places}, and nobody told where this machine stands`
          : `This machine stands in ${regionName(region)}, the policy allows ${places}`,
      explanation: 'The parties agreed to process data in these regions alone.',
      remedy:
        region === undefined
          ? 'Tell the region with --region, ROOM_REGION or the settings file.'
          : 'Work on a machine in one of these regions, or agree on another policy.',
    },
  ];
}

function openBatchFlags({ policy: { batch }, now }: PolicyInput): Flag[] {
  if (!batch || now >= secondsAt(batch.closes)) return [];
  return [
    {
      id: 'batch-open',
      severity: 'high',
      title: `The batch is not whole before ${batch.closes}`,
      explanation: 'Rows that come later would be missing, and a second room over nearly the same rows tells of them.',
      remedy: 'Wait until then. Look at the clock of this machine if it is later.',
    },
  ];
}

/** What a small k does, for a list of that many identifiers. */
export function smallKFlags(policy: Policy, identifiers: number): Flag[] {
  return [...fewRowsFlags(policy, identifiers), ...varianceFlags(policy)];
}

/**
 * Squares of few rows of one party. A policy of two parties never asks for three contributors; in rooms that join values
 * every sum is one party's own.
 */
function varianceFlags(policy: Policy): Flag[] {
  const { k } = policy;
  if (k >= K_VARIANCE || (isAggregate(policy) && policy.contributors >= CONTRIBUTORS_VARIANCE)) return [];
  const columns = analysisOf(policy)?.columns ?? [];
  const varied = columns.filter((column) => isNumeric(column) && column.release === 'variance');
  if (varied.length === 0) return [];
  return [
    {
      id: 'small-k-variance',
      severity: 'medium',
      title: `Sums of squares from k = ${k} ${isAggregate(policy) ? 'rows of a party' : 'identifiers in common'} on are released of ${inColumns(varied.map(({ column }) => ({ name: column })))}`,
      explanation: `${
        isAggregate(policy)
          ? 'A total may be over the rows of two parties, of which each can subtract its own.'
          : 'Every total is of one party’s own values.'
      } Of two rows, sum and sum of squares give both values away; of three they narrow them down.`,
      remedy: `Agree on a policy with a k of ${K_VARIANCE} or more${
        isAggregate(policy) ? `, with ${CONTRIBUTORS_VARIANCE} contributors or more,` : ''
      } or without the variance.`,
    },
  ];
}

function fewRowsFlags(policy: Policy, identifiers: number): Flag[] {
  const { k } = policy;
  if (k >= K_MEDIUM) return [];
  const [title, explanation] = smallKWords(policy);
  return [
    {
      id: 'small-k',
      severity: k < K_HIGH && identifiers >= K_HIGH_FROM ? 'high' : 'medium',
      title,
      explanation,
      remedy: `Agree on a policy with a k of ${K_MEDIUM} or more.`,
    },
  ];
}

/** What a small k means under a policy, in a title and a sentence. */
function smallKWords(policy: Policy): readonly [title: string, explanation: string] {
  const { k } = policy;
  if (isOverlap(policy)) {
    return [
      `The count is released from k = ${k} on`,
      'A count of so few people comes close to naming them to somebody who knows the rest.',
    ];
  }
  if (isCohorts(policy)) {
    return [
      `Counts of cohorts are released from k = ${k} on`,
      'A count of so few people of one cohort comes close to naming them to somebody who knows the rest.',
    ];
  }
  if (isThreshold(policy)) {
    return [
      `The band of the sum is told from k = ${k} rows of a party on`,
      'What is told of a sum over so few rows tells something of each of them.',
    ];
  }
  return [
    `Groups are added up from k = ${k} ${isAggregate(policy) ? 'rows of a party' : 'identifiers in common'} on`,
    'A total over so few rows comes close to telling each of them to somebody who knows the rest.',
  ];
}
