/** Calls that are written here, and signed and sent by a wallet elsewhere. */
import { jsonStringify } from '@aztec/foundation/json-rpc';
import { fieldToHex } from '../field/field.ts';
import type { ContractClient } from './contract.ts';

/** A call for the wallet of an account to sign and send. */
export type WrittenCall = {
  readonly method: string;
  /** Address of the account: `0x` and 64 hexadecimal digits. */
  readonly from: string;
  /** Aztec's execution payload, as JSON. */
  readonly payload: unknown;
};

/**
 * A client that sends nothing. What its `send` returns is the call as JSON, in place of a transaction's hash.
 * @param account address of the account that is to send the call
 */
export function writingClient(client: ContractClient, account: bigint): ContractClient {
  return {
    ...client,
    sender: account,
    send: async (method, ...args) => {
      const payload: unknown = JSON.parse(jsonStringify(await client.write(method, ...args)));
      return JSON.stringify({ method, from: fieldToHex(account), payload } satisfies WrittenCall);
    },
  };
}
