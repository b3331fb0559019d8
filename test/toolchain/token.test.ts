/** The build against the official one: Aztec's Token compiled from its own source is the contract that Aztec published. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AztecAddress } from '@aztec/aztec.js/addresses';
import { Contract } from '@aztec/aztec.js/contracts';
import { FunctionSelector, getAllFunctionAbis, loadContractArtifact, type ContractArtifact } from '@aztec/stdlib/abi';
import type { NoirCompiledContract } from '@aztec/stdlib/noir';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectNode } from '../../app/lib/chain/node.ts';
import { openWallet, type PartyWallet } from '../../app/lib/chain/wallet.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../../app/lib/proof/srs.ts';
import { loadConfig } from '../../aztec.config.ts';
import { artifactText } from '../../scripts/compile/build.ts';
import type { UnprocessedContract } from '../../scripts/compile/contract.ts';
import { writeText } from '../../scripts/compile/files.ts';
import { processArtifacts } from '../../app/lib/chain/process-artifacts.ts';
import { SOAK } from '../support/choice.ts';
import { compileToken, publishedToken } from './token.ts';

/** Both parts look at the same compilation. */
const compiled = compileToken();

describe('the Token contract, compiled from its published source', () => {
  const published = publishedToken();
  let own: UnprocessedContract;
  beforeAll(async () => {
    own = await compiled;
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
});

// The project's own contracts, of the same build, are on a network in every run.
(SOAK ? describe : describe.skip)('the compiled Token on a network', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'token-test-'));
  const closers: (() => unknown)[] = [];
  let alice: PartyWallet;
  let bob: PartyWallet;
  let artifact: ContractArtifact;
  let address: AztecAddress;

  beforeAll(async () => {
    const srs = await loadSrs({ numPoints: DEFAULT_NUM_POINTS });
    writeText(join(scratch, 'compiled/token.json'), artifactText(await compiled));
    await processArtifacts(srs, join(scratch, 'compiled'), join(scratch, 'processed'));
    artifact = loadContractArtifact(
      JSON.parse(readFileSync(join(scratch, 'processed/token.json'), 'utf8')) as NoirCompiledContract,
    );
    const connection = await connectNode(loadConfig().network.url);
    const secret = BigInt(Date.now());
    alice = await openWallet(connection, join(scratch, 'alice'), secret);
    bob = await openWallet(connection, join(scratch, 'bob'), secret + 1n);
    closers.push(
      () => alice.close(),
      () => bob.close(),
    );
    const { contract } = await Contract.deploy(alice.wallet, artifact, [alice.address, 'Token', 'TOK', 18]).send({
      from: alice.address,
      fee: alice.fee,
    });
    address = contract.address;
    await bob.wallet.registerContract((await connection.node.getContract(address))!, artifact);
    await alice.wallet.registerSender(bob.address, 'bob');
    await bob.wallet.registerSender(alice.address, 'alice');
  });
  afterAll(async () => {
    for (const close of closers) await close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const call = async (party: PartyWallet, method: string, ...args: unknown[]) =>
    (await Contract.at(address, artifact, party.wallet)).methods[method]!(...args);
  const send = async (party: PartyWallet, method: string, ...args: unknown[]) =>
    (await call(party, method, ...args)).send({ from: party.address, fee: party.fee });
  const read = async (party: PartyWallet, method: string, ...args: unknown[]): Promise<unknown> =>
    (await (await call(party, method, ...args)).simulate({ from: party.address })).result;
  const balances = async (): Promise<unknown[]> => [
    await read(alice, 'balance_of_private', alice.address),
    await read(bob, 'balance_of_private', bob.address),
    await read(alice, 'balance_of_public', alice.address),
    await read(alice, 'total_supply'),
  ];

  test('mints, transfers in private, and lets the recipient find and spend what it got', async () => {
    await send(alice, 'mint_to_private', alice.address, 1000n);
    await send(alice, 'mint_to_public', alice.address, 50n);
    expect(await balances()).toEqual([1000n, 0n, 50n, 1050n]);
    await send(alice, 'transfer', bob.address, 400n);
    expect(await balances()).toEqual([600n, 400n, 50n, 1050n]);
    await send(bob, 'transfer', alice.address, 150n);
    expect(await balances()).toEqual([750n, 250n, 50n, 1050n]);
  });

  test('moves between public and private, and burns', async () => {
    await send(alice, 'transfer_to_private', alice.address, 20n);
    expect(await balances()).toEqual([770n, 250n, 30n, 1050n]);
    await send(alice, 'transfer_to_public', alice.address, alice.address, 70n, 0n);
    expect(await balances()).toEqual([700n, 250n, 100n, 1050n]);
    await send(bob, 'burn_private', bob.address, 50n, 0n);
    expect(await balances()).toEqual([700n, 200n, 100n, 1000n]);
  });

  test('refuses who is not a minter, who has too little, and who acts for another without leave', async () => {
    await expect(read(bob, 'mint_to_public', bob.address, 1n)).rejects.toThrow('caller is not minter');
    await expect(read(bob, 'transfer', alice.address, 201n)).rejects.toThrow('Balance too low');
    await expect(read(bob, 'transfer_in_public', alice.address, bob.address, 1n, 7n)).rejects.toThrow(/unauthorized/);
    await expect(read(alice, '_reduce_total_supply', 1n)).rejects.toThrow('can only be called by the same contract');
    await expect(send(bob, 'mint_to_public', bob.address, 1n)).rejects.toThrow('reverted');
    expect(await balances()).toEqual([700n, 200n, 100n, 1000n]);
  });
});
