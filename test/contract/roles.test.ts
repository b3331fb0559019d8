/** Roles: two approvers where the risk is high, auditors, and accounts that act for others with their authorisation. */
import { Fr } from '@aztec/aztec.js/fields';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { registeredContract, type ContractClient } from '../../app/lib/chain/contract.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { cancelRoom } from '../../app/lib/room/acts.ts';
import { grantCommitment, HOST_SLOT, ROLES, type Grant } from '../../app/lib/room/grant.ts';
import { approveAs, grantRole, newGrant, recordAudit, revokeRole } from '../../app/lib/room/roles.ts';
import { openBed, type Actor, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, recordCall, refusals, send, withArgs, type Call } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { openRoom, type TestRoom } from '../support/room.ts';

const UNKNOWN_GRANT = 'No such grant, or it was revoked';
const SAME_ACCOUNT = 'The same account has approved for this slot already';
const NO_CONSENT = 'You hold no consent for this slot of this room';
const NOT_HOST = 'Only the host may do this';
const INVALID_NONCE = "Invalid authwit nonce. When 'from' and 'msg_sender' are the same, 'authwit_nonce' must be zero";

let bed: Bed;
let second: Actor;
/** A room of the usual risk, which waits for approvals. */
let usual: TestRoom;
beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  second = await bed.stranger('second outsider');
  usual = await openRoom(bed);
  await usual.driveTo('approving');
});
afterAll(() => bed?.close());

const client = (slot: number): ContractClient => bed.slots[slot].client;

/** The call by which a slot, or the host, gives a grant. */
const granting = (room: TestRoom, slot: number, grant: Grant): Promise<Call> =>
  recordCall(() => grantRole(room.sessions[slot], grant));

const revoking = (room: TestRoom, slot: number, grant: Grant): Promise<Call> =>
  recordCall(() => revokeRole(room.sessions[slot], grant.slot, grantCommitment(grant)));

/** The call by which a grant's holder approves, made without looking whose grant it is. */
async function approving(room: TestRoom, grant: Grant): Promise<Call> {
  const { view } = await room.read();
  return { method: 'approve_as', args: [room.roomId, grant.slot, view.terms.policy_digest, grant.secret] };
}

const auditing = (room: TestRoom, grant: Grant, digest = 5n): Call => ({
  method: 'record_audit',
  args: [room.roomId, grant.slot, grant.secret, digest],
});

describe('a room of risk high', () => {
  let room: TestRoom;
  let other: TestRoom;
  let grant: Grant;
  const approved = async (slot: number) => (await room.read()).view.slots[slot]!.approved;

  beforeAll(async () => {
    [room, other] = await Promise.all([
      openRoom(bed, { template: 'high-risk' }),
      openRoom(bed, { template: 'high-risk' }),
    ]);
    await Promise.all([room.driveTo('approving'), other.driveTo('approving')]);
    grant = newGrant(room.sessions[0], 'slot', 'approver', bed.outsider.client.sender);
  });

  test('one approval of a slot is not enough, nor is a second one of the same account', async () => {
    const approval = (await room.next(0))!;
    await send(client(0), approval);
    expect(await approved(0)).toBe(false);
    expect(await outcome(client(0), approval)).toBe(SAME_ACCOUNT);

    const own = newGrant(room.sessions[0], 'slot', 'approver', client(0).sender);
    await send(client(0), await granting(room, 0, own));
    expect(await outcome(client(0), await approving(room, own))).toBe(SAME_ACCOUNT);
  });

  test('a role is given by who holds the slot, once, as the contract knows it', async () => {
    const give = await granting(room, 0, grant);
    const { said, expected } = await refusals(client(0), [
      ['another slot', withArgs(give, { 2: 1 }), NO_CONSENT],
      ['the host in place of a slot', withArgs(give, { 2: HOST_SLOT }), NO_CONSENT],
      ['another room', withArgs(give, { 1: 5n }), NO_CONSENT],
      ['no role', withArgs(give, { 3: 0 }), 'No such role'],
      ['a role that does not exist', withArgs(give, { 3: 3 }), 'No such role'],
      ['nothing', withArgs(give, { 4: 0n }), 'Grant must not be zero'],
      ['a nonce without need', withArgs(give, { 5: 1n }), INVALID_NONCE],
    ]);
    expect(said).toEqual(expected);
    expect(await outcome(bed.outsider.client, withArgs(give, { 0: bed.outsider.client.sender }))).toBe(NO_CONSENT);
    expect(await outcome(bed.outsider.client, await approving(room, grant))).toBe(UNKNOWN_GRANT);

    await send(client(0), give);
    expect(await outcome(client(0), give)).toBe('This grant was given already');
  });

  test('a grant serves its own account, slot, role, room and policy alone', async () => {
    const approve = await approving(room, grant);
    const audit = auditing(room, grant);
    const { said, expected } = await refusals(bed.outsider.client, [
      ['another slot', withArgs(approve, { 1: 1 }), UNKNOWN_GRANT],
      ['another secret', withArgs(approve, { 3: grant.secret + 1n }), UNKNOWN_GRANT],
      ['another policy', withArgs(approve, { 2: 1n }), "Another policy digest than the room's"],
      ['another role', audit, UNKNOWN_GRANT],
    ]);
    expect(said).toEqual(expected);
    expect(await outcome(second.client, approve)).toBe(UNKNOWN_GRANT);
    expect(await outcome(bed.outsider.client, await approving(other, grant))).toBe(UNKNOWN_GRANT);
    expect(await outcome(bed.outsider.client, approve)).toBe(ACCEPTED);
    await expect(
      approveAs({ ...room.sessions[1], contract: second.client }, (await room.read()).view, grant),
    ).rejects.toThrow('This role was granted to another account');
  });

  test('a grant that was revoked is worth nothing, and cannot be given again', async () => {
    const revoke = await revoking(room, 0, grant);
    expect(await outcome(client(1), withArgs(revoke, { 0: client(1).sender, 2: 1 }))).toBe(UNKNOWN_GRANT);
    expect(await outcome(bed.outsider.client, withArgs(revoke, { 0: bed.outsider.client.sender }))).toBe(NO_CONSENT);
    await send(client(0), revoke);
    expect(await outcome(bed.outsider.client, await approving(room, grant))).toBe(UNKNOWN_GRANT);
    expect(await outcome(client(0), revoke)).toBe(UNKNOWN_GRANT);
    expect(await outcome(client(0), await granting(room, 0, grant))).toBe('This grant was given already');
  });

  test('a second account completes the approval', async () => {
    const anew = newGrant(room.sessions[0], 'slot', 'approver', bed.outsider.client.sender);
    await send(client(0), await granting(room, 0, anew));
    await send(bed.outsider.client, await approving(room, anew));
    expect(await approved(0)).toBe(true);
    expect(await outcome(bed.outsider.client, await approving(room, anew))).toBe('The slot has approved already');
  });

  test('two accounts with grants approve without the slot itself', async () => {
    const grants = [bed.outsider, second].map(({ client: { sender } }) =>
      newGrant(room.sessions[1], 'slot', 'approver', sender),
    );
    for (const given of grants) await send(client(1), await granting(room, 1, given));
    await send(bed.outsider.client, await approving(room, grants[0]));
    expect(await outcome(bed.outsider.client, await approving(room, grants[0]))).toBe(SAME_ACCOUNT);
    await send(second.client, await approving(room, grants[1]));
    expect((await room.read()).view.state).toBe('committing');
  });

  test('approvers are not granted afterwards', async () => {
    const late = newGrant(room.sessions[0], 'slot', 'approver', second.client.sender);
    expect(await outcome(client(0), await granting(room, 0, late))).toBe(
      'Approvers are of use before the policy is approved only',
    );
  });

  test('the log shows approvers by tags, the same for nobody and in no other room', async () => {
    const tags = async (of: TestRoom) =>
      (await of.read()).events.filter(({ name }) => name === 'PolicyApproved').map(({ fields }) => fields[3]);
    await send(client(0), (await other.next(0))!);
    const all = [...(await tags(room)), ...(await tags(other))];
    expect(all).toHaveLength(5);
    expect(new Set(all).size).toBe(5);
  });
});

describe('auditors', () => {
  let room: TestRoom;
  beforeAll(() => {
    room = usual;
  });

  test('are granted by a slot and by the host, who grants nothing else', async () => {
    const byHost = newGrant(room.sessions[0], 'host', 'auditor', bed.outsider.client.sender);
    const give = await granting(room, 0, byHost);
    const { said, expected } = await refusals(client(0), [
      ['an approver', withArgs(give, { 3: ROLES.approver }), 'The host grants auditors only'],
      ['with another secret', withArgs(give, { 2: 5n }), NOT_HOST],
      ['in a room that does not exist', withArgs(give, { 1: 5n }), 'No such room'],
    ]);
    expect(said).toEqual(expected);
    // The secret alone does not make a host: the account is part of it.
    expect(await outcome(client(1), withArgs(give, { 0: client(1).sender }))).toBe(NOT_HOST);

    expect(await outcome(bed.outsider.client, auditing(room, byHost))).toBe(UNKNOWN_GRANT);
    await send(client(0), give);
    await send(bed.outsider.client, await recordCallOf(bed.outsider, byHost, 7n));
    const bySlot = newGrant(room.sessions[1], 'slot', 'auditor', second.client.sender);
    await send(client(1), await granting(room, 1, bySlot));
    expect(await outcome(second.client, auditing(room, bySlot, 0n))).toBe('Report digest must not be zero');
    expect(await outcome(second.client, auditing(room, { ...bySlot, slot: 0 }))).toBe(UNKNOWN_GRANT);
    expect(await outcome(second.client, auditing(room, byHost))).toBe(UNKNOWN_GRANT);
    await send(second.client, auditing(room, bySlot, 8n));

    const records = (await room.read()).events.filter(({ name }) => name === 'AuditRecorded');
    expect(records.map(({ fields }) => [fields[1], fields[3]])).toEqual([
      [BigInt(HOST_SLOT), 7n],
      [1n, 8n],
    ]);

    const revoke = await revoking(room, 0, byHost);
    expect(await outcome(client(0), withArgs(revoke, { 2: 5n }))).toBe(NOT_HOST);
    await send(client(0), revoke);
    expect(await outcome(bed.outsider.client, auditing(room, byHost))).toBe(UNKNOWN_GRANT);
    expect(await outcome(second.client, auditing(room, bySlot))).toBe(ACCEPTED);
  });

  const recordCallOf = async (auditor: Actor, grant: Grant, digest: bigint): Promise<Call> => {
    const { view } = await room.read();
    return recordCall(() =>
      recordAudit({ ...auditor.client, send: room.sessions[0].contract.send }, view, grant, digest),
    );
  };
});

describe('an account that acts for another', () => {
  let room: TestRoom;
  let delegate: ContractClient;

  /** A second account of the first slot's owner: it can use the owner's notes, but not its name. */
  beforeAll(async () => {
    room = usual;
    const { party } = bed.slots[0];
    const { wallet, fee } = party.wallet;
    const account = await wallet.createSchnorrAccount(new Fr(randomField()), Fr.ZERO);
    await (await account.getDeployMethod()).send({ from: AztecAddress.ZERO, fee });
    const artifact = await loadContractArtifact('clean_room', party.srs);
    delegate = registeredContract({ ...party.wallet, address: account.address }, artifact, bed.contract, {
      additionalScopes: [party.wallet.address.toBigInt()],
    });
  });

  /** What the delegate hears, with and without the owner's authorisation of exactly `authorised`. */
  const withPermission = async (authorised: Call, call: Call = authorised) => {
    const witness = await client(0).authorise(delegate.sender, authorised.method, ...authorised.args);
    return outcome(delegate.with({ authWitnesses: [witness], additionalScopes: [client(0).sender] }), call);
  };
  const REFUSED = /Unknown auth witness|not authorized/i;
  const refusedBy = async (act: Promise<string>): Promise<string> =>
    act.catch((error: Error) => (REFUSED.test(error.message) ? 'not authorised' : error.message));

  test('needs its authorisation for exactly this call', async () => {
    const approval = withArgs((await room.next(0))!, { 4: 9n });
    const cancel = withArgs(await recordCall(() => cancelRoom(room.sessions[0])), { 3: 9n });
    const grant = newGrant(room.sessions[0], 'slot', 'auditor', second.client.sender);
    const giving = withArgs(await granting(room, 0, grant), { 5: 9n });
    const revoke = withArgs(await room.revoke(0), { 3: 9n });
    for (const call of some([approval, cancel, giving, revoke], 2)) {
      expect(await refusedBy(outcome(delegate, call))).toBe('not authorised');
      expect(await refusedBy(withPermission(call))).toBe(ACCEPTED);
      const nonce = call.args.length - 1;
      expect(await refusedBy(withPermission(call, withArgs(call, { [nonce]: 10n })))).toBe('not authorised');
    }
    expect(await refusedBy(withPermission(giving, withArgs(giving, { 4: 1n })))).toBe('not authorised');
    // In its own name it is nobody.
    expect(await outcome(delegate, withArgs(approval, { 0: delegate.sender, 4: 0n }))).toBe(NO_CONSENT);
  });

  test('uses an authorisation once', async () => {
    const approval = withArgs((await room.next(0))!, { 4: 9n });
    const witness = await client(0).authorise(delegate.sender, approval.method, ...approval.args);
    const able = delegate.with({ authWitnesses: [witness], additionalScopes: [client(0).sender] });
    await send(able, approval);
    expect((await room.read()).view.slots[0]!.approved).toBe(true);
    await expect(send(able, approval)).rejects.toThrow();
  });
});
