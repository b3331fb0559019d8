/** The wizard's form of a sum that is compared with borders: texts as a person types them. */
import { isThreshold, type Policy } from '../../lib/policy/schema.ts';
import { numberOf, partsOf } from './typed.ts';

/** What a form says of a sum and its borders. */
export type ThresholdDraft = {
  summed: {
    column: string;
    decimals: string;
    min: string;
    max: string;
    unit: string;
    /** Separated by commas. */
    borders: string;
    /** Empty: what follows from the least value. */
    floor: string;
  };
};

/** Names of a document's fields that this form shows. */
export const SHOWN_THRESHOLD = ['column', 'unit', 'borders', 'floor'] as const;

/** The form before anything is typed. */
export function newThreshold(): ThresholdDraft {
  return { summed: { column: '', decimals: '0', min: '0', max: '', unit: '', borders: '', floor: '' } };
}

/** The fields of a document that follow from the form. */
export function thresholdFieldsOf({ summed }: ThresholdDraft): object {
  const { column, decimals, min, max, unit, borders, floor } = summed;
  return {
    column: { column: column.trim(), decimals: numberOf(decimals), min: min.trim(), max: max.trim() },
    unit: unit.trim(),
    borders: partsOf(borders),
    ...(floor.trim() === '' ? {} : { floor: floor.trim() }),
  };
}

/** The form of a valid policy's sum and borders. */
export function thresholdDraftOf(policy: Policy): ThresholdDraft {
  if (!isThreshold(policy)) return newThreshold();
  const { column, unit, borders, floor = '' } = policy;
  return { summed: { ...column, decimals: String(column.decimals), unit, borders: borders.join(', '), floor } };
}
