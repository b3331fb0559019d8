/** Reading options of commands. */
import { Option, InvalidArgumentError } from 'commander';
import { parseField } from '../../app/lib/field/field.ts';
import { MAX_SLOTS } from '../../app/lib/protocol/errors.ts';
import { isRegion, REGION_FORM } from '../../app/lib/policy/regions.ts';
import { VARIABLES } from './config-file.ts';

/** Reads an option that is a URL. */
export function nodeUrl(value: string): string {
  if (!/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
    throw new InvalidArgumentError('It must be an http or https URL.');
  return value;
}

/** Reads an option that is an address, a commitment or an id. */
export function fieldOption(value: string): bigint {
  try {
    return parseField(value);
  } catch {
    throw new InvalidArgumentError('It must be 0x and 64 lower-case hex digits, below the field modulus.');
  }
}

/** Reads an option that is an amount of token units above 0. */
export function amountOption(value: string): bigint {
  if (!/^[1-9][0-9]{0,32}$/.test(value))
    throw new InvalidArgumentError('It must be a whole number of token units above 0.');
  return BigInt(value);
}

/** Reads an option that is the number of a slot. */
export function slotNumber(value: string): number {
  if (!/^[0-9]$/.test(value) || Number(value) >= MAX_SLOTS)
    throw new InvalidArgumentError(`It must be the number of a slot, 0 to ${MAX_SLOTS - 1}.`);
  return Number(value);
}

/** Where this machine stands: an option that the environment and the settings file stand in for. */
export function regionOption(): Option {
  return new Option('--region <code>', `where this machine stands, for policies that name regions: ${REGION_FORM}`)
    .env(VARIABLES.region)
    .argParser((value) => {
      if (!isRegion(value)) throw new InvalidArgumentError(`It must be ${REGION_FORM}.`);
      return value;
    });
}
