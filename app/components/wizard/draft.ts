/**
 * The wizard's form of a policy: texts as a person types them. A document that the form cannot show in full keeps what is
 * beyond it, so that nothing of a pasted document is lost.
 */
import type { IdentifierType, Policy } from '../../lib/policy/schema.ts';
import { newThreshold, thresholdDraftOf, thresholdFieldsOf, type ThresholdDraft } from './threshold-draft.ts';
import { numberOf, partsOf } from './typed.ts';
import {
  newColumn,
  newOutcome,
  newValues,
  SHOWN_VALUES,
  valuesDraftOf,
  valuesOf,
  withoutSlot,
  type ValuesDraft,
} from './values-draft.ts';

/** The form. */
export type Draft = ValuesDraft &
  ThresholdDraft & {
    template: Policy['template']['name'];
    purpose: string;
    parties: string[];
    /** Empty: all. */
    minParties: string;
    identifier: { type: IdentifierType; column: string };
    k: string;
    minRows: string;
    maxRows: string;
    proofMode: 'succinct' | 'attested';
    /** In days. */
    deadlines: Record<Deadline, string>;
    fees: { token: string; fee: string; payer: 'host' | 'slots'; shares: string; stake: string };
    /** Fields of the document that the form does not show, by name. */
    others: Record<string, unknown>;
  };

/** The times of a policy, in their order. */
export const DEADLINES = ['invite', 'approve', 'commit', 'join', 'share', 'retention'] as const;
type Deadline = (typeof DEADLINES)[number];

const DAY = 86_400;

/** Fields of a document that the form shows for every analysis. */
const SHOWN: readonly string[] = [
  ...['version', 'template', 'purpose', 'parties', 'minParties', 'identifier', 'k', 'minRows', 'maxRows', 'proofMode'],
  ...['deadlines', 'fees'],
];

/** Whether rooms of a template join values: all of their parties are needed, and every step is proven. */
export function joinsValues(template: Draft['template']): boolean {
  return template === 'intersection-sum' || template === 'lift';
}

/** Whether rooms of a template go on with all of their parties alone. */
export function needsAll(template: Draft['template']): boolean {
  return joinsValues(template) || template === 'threshold';
}

/** The form as it is before anything is typed: what is not typed has a careful value. */
export function newDraft(template: Draft['template']): Draft {
  const draft: Draft = {
    ...newValues(),
    ...newThreshold(),
    template,
    purpose: '',
    parties: ['', ''],
    minParties: '',
    identifier: { type: template === 'overlap' ? 'email' : 'exact', column: '' },
    k: '10',
    minRows: '20',
    maxRows: '1024',
    proofMode: 'succinct',
    deadlines: { invite: '3', approve: '3', commit: '3', join: '3', share: '3', retention: '30' },
    fees: { token: '', fee: '', payer: 'host', shares: '', stake: '' },
    others: {},
  };
  chooseTemplate(draft, template);
  return draft;
}

/** Asks another question with the same form. What it cannot be asked with goes; what it needs at least is there, to be filled in. */
export function chooseTemplate(draft: Draft, template: Draft['template']): void {
  draft.template = template;
  if (template !== 'overlap') draft.proofMode = 'succinct';
  if (needsAll(template)) draft.minParties = '';
  if (template === 'lift' && draft.outcomes.length === 0) draft.outcomes.push(newOutcome());
  if (template === 'lift' && draft.confidence === '') draft.confidence = '95';
  if (template !== 'aggregate' && template !== 'intersection-sum') return;
  if (draft.columns.length === 0) draft.columns.push(newColumn(template === 'aggregate' ? '0' : '1'));
}

/** Takes a party out. What was to be in its table is in nobody's, until a person says in whose. */
export function removeParty(draft: Draft, at: number): void {
  draft.parties.splice(at, 1);
  withoutSlot(draft, at);
}

/** The document of a form. What is wrong in it, `parsePolicy` tells. */
export function documentOf(draft: Draft): Record<string, unknown> {
  const { template, identifier, deadlines, fees, others } = draft;
  return {
    version: 2,
    template: { name: template, version: 1 },
    purpose: draft.purpose.trim(),
    parties: draft.parties.map((label) => ({ label: label.trim() })),
    ...(draft.minParties === '' ? {} : { minParties: numberOf(draft.minParties) }),
    identifier: { ...identifier, column: identifier.column.trim(), normalisation: `${identifier.type}/1` },
    k: numberOf(draft.k),
    minRows: numberOf(draft.minRows),
    maxRows: numberOf(draft.maxRows),
    proofMode: draft.proofMode,
    ...valuesOf(template, draft),
    ...(template === 'threshold' ? thresholdFieldsOf(draft) : {}),
    ...(fees.token.trim() === '' ? {} : { fees: feesOf(fees) }),
    deadlines: Object.fromEntries(DEADLINES.map((name) => [name, secondsOf(deadlines[name])])),
    ...others,
  };
}

/** The form of a valid policy. */
export function draftOf(policy: Policy): Draft {
  const { template, identifier, deadlines, fees } = policy;
  const shown = [...SHOWN, ...SHOWN_VALUES[template.name]];
  return {
    ...valuesDraftOf(policy),
    ...thresholdDraftOf(policy),
    template: template.name,
    purpose: policy.purpose,
    parties: policy.parties.map(({ label }) => label),
    minParties: policy.minParties === undefined ? '' : String(policy.minParties),
    identifier: { type: identifier.type, column: identifier.column },
    k: String(policy.k),
    minRows: String(policy.minRows),
    maxRows: String(policy.maxRows),
    proofMode: policy.proofMode,
    deadlines: Object.fromEntries(DEADLINES.map((name) => [name, String(deadlines[name] / DAY)])) as Draft['deadlines'],
    fees: {
      token: fees?.token ?? '',
      fee: fees?.fee ?? '',
      payer: fees?.payer ?? 'host',
      shares: fees?.shares?.join(', ') ?? '',
      stake: fees?.stake ?? '',
    },
    others: Object.fromEntries(Object.entries(policy).filter(([name]) => !shown.includes(name))),
  };
}

function feesOf({ token, fee, payer, shares, stake }: Draft['fees']): object {
  return {
    token: token.trim(),
    ...(fee.trim() === '' ? {} : { fee: fee.trim(), payer, shares: partsOf(shares).map(numberOf) }),
    ...(stake.trim() === '' ? {} : { stake: stake.trim() }),
  };
}

function secondsOf(days: string): number | string {
  const number = numberOf(days);
  return typeof number === 'number' ? Math.round(number * DAY) : number;
}
