/** The build against the official one: Aztec's Token compiled from its own source is the contract that Aztec published. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FunctionSelector, getAllFunctionAbis, loadContractArtifact, type ContractArtifact } from '@aztec/stdlib/abi';
import type { NoirCompiledContract } from '@aztec/stdlib/noir';
import type { UnprocessedContract } from '../../scripts/compile/contract.ts';
import { compileToken, publishedToken } from './token.ts';

describe('the Token contract, compiled from its published source', () => {
  const published = publishedToken();
  let own: UnprocessedContract;
  beforeAll(async () => {
    own = await compileToken();
  });

  /** Functions by name; error types are left out, since each compiler version finds other ones. */
  const functionsOf = (contract: UnprocessedContract): object =>
    Object.fromEntries(
      contract.functions.map(({ name, abi, is_unconstrained, custom_attributes }) => [
        name.replace(/^__aztec_nr_internals__/, ''),
        {
          abi: { ...(abi as object), error_types: undefined },
          is_unconstrained,
          attributes: [...custom_attributes].sort(),
        },
      ]),
    );
  const parsed = (contract: UnprocessedContract): ContractArtifact =>
    loadContractArtifact({ ...contract, transpiled: true } as unknown as NoirCompiledContract);

  test('has the same functions: parameters, results, attributes', () => {
    expect(Object.keys(functionsOf(own))).toHaveLength(37);
    expect(functionsOf(own)).toEqual(functionsOf(published));
  });

  test('has the same function selectors', async () => {
    const selectors = async (contract: UnprocessedContract): Promise<string[]> =>
      Promise.all(
        getAllFunctionAbis(parsed(contract)).map(async ({ name, parameters }) => {
          const selector = await FunctionSelector.fromNameAndParameters(name, parameters);
          return `${name} ${selector.toString()}`;
        }),
      ).then((lines) => lines.sort());
    expect(await selectors(own)).toEqual(await selectors(published));
  });

  test('has the same storage layout', () => {
    expect(Object.keys(parsed(own).storageLayout)).toContain('balances');
    expect(parsed(own).storageLayout).toEqual(parsed(published).storageLayout);
  });

  test('has the same events, ABI structs and globals', () => {
    const outputs = ({ outputs: { structs, globals } }: UnprocessedContract): object => ({
      globals,
      structs: Object.fromEntries(
        Object.entries(structs as Record<string, { path: string }[]>).map(([name, items]) => [
          name,
          new Map(items.map((item) => [item.path, item])),
        ]),
      ),
    });
    expect(outputs(own)).toEqual(outputs(published));
  });

  test('can be compiled again to the very same artifact', async () => {
    expect(await compileToken()).toEqual(own);
  });
});
