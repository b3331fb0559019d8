/**
 * A room of three slots in proof mode "attested": datasets and lists stand on their makers' word, hops on the sums of their
 * points. What is not due, not the slot's, or not what is on record, is refused; a member that looks at the lists gives
 * no share when they are not what was attested.
 */
import {
  add,
  bytesToPoints,
  equalPoints,
  mul,
  mulGenerator,
  negate,
  pointsToBytes,
  type Point,
} from '../../app/lib/curve/grumpkin.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { encodeList, LIST_HEADER_BYTES, listDigest, listSum, makeList } from '../../app/lib/protocol/list.ts';
import { BlobMissing } from '../../app/lib/relay/relay.ts';
import { newMemory, takeTurn } from '../../app/lib/room/engine.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import { loadBlob } from '../../app/lib/room/store.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';
import { fillerCalls, hopCall } from '../support/fillers.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';
import { SOAK, some } from '../support/choice.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';
const OTHER_ROOM = 'Statement is about another room';
const OTHER_MODE = 'The room has another proof mode';
const WRONG_SUMS = "Wrong proof of a hop's sums";
const OFF_CURVE = 'Point is not on the curve';

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed?.close());

const client = (slot = 0) => bed.slots[slot].client;
const expectRefusals = async (cases: readonly Refusal[], slot = 0) => {
  const { said, expected } = await refusals(client(slot), cases);
  expect(said).toEqual(expected);
};

describe('an attested room', () => {
  let room: TestRoom;
  let context: bigint;
  let due: (Call | undefined)[];
  beforeAll(async () => {
    room = await openRoom(bed, { slots: 3, proofMode: 'attested' });
    ({ context } = (await room.read()).view.terms);
    await room.driveTo('committing');
  });

  test('takes one dataset commitment per slot, without a proof, and none with one', async () => {
    due = await room.due();
    const commit = due[0]!;
    expect(commit.method).toBe('attest_dataset');
    expect(await outcome(client(), commit)).toBe(ACCEPTED);
    await expectRefusals([
      ['of another room', withArgs(commit, { 2: context + 1n }), OTHER_ROOM],
      ["another slot's", withArgs(commit, { 1: 1 }), NO_CONSENT],
      ['to nothing', withArgs(commit, { 3: 0n }), 'Dataset commitment must not be zero'],
      ['with a proof', withMembers((await fillerCalls(room, 0)).commit_dataset, 2, { dataset: 1n }), OTHER_MODE],
    ]);
    await room.sendAll(due);
    expect(await outcome(client(), commit)).toBe('The slot has committed a dataset already');
  });

  test('takes a blinded list of every slot, its own', async () => {
    due = await room.due();
    const blind = due[0]!;
    expect(blind.method).toBe('attest_blind');
    const { sum } = blind.args[1] as { sum: Point };
    await expectRefusals([
      ['of another room', withMembers(blind, 1, { context: context + 1n }), OTHER_ROOM],
      ["another slot's", withMembers(blind, 1, { slot: 1, list: 1 }), NO_CONSENT],
      ["another slot's list", withMembers(blind, 1, { list: 1 }), "Not the slot's own list"],
      ['as a hop', withMembers(blind, 1, { hop: 1 }), "Not the slot's own list"],
      ['without a list', withMembers(blind, 1, { digest: 0n }), 'List digest must not be zero'],
      ['with a sum off the curve', withMembers(blind, 1, { sum: { x: sum.x, y: 2n } }), OFF_CURVE],
      ['with no sum', withMembers(blind, 1, { sum: { x: 0n, y: 0n } }), OFF_CURVE],
      ['with a proof', (await fillerCalls(room, 0)).post_blind, OTHER_MODE],
      [
        'a hop before all lists',
        hopCall(room, { context, slot: 0, list: 2, hop: 1 }),
        'Every list must be blinded before a hop',
      ],
    ]);
    await room.sendAll(due);
    expect(await outcome(client(), blind)).toBe('This list was blinded already');
  });

  test('takes hops of the lists on record whose sums the slot multiplied by its key', async () => {
    due = await room.due();
    const hop = due[0]!;
    expect(hop.method).toBe('attest_hop');
    expect(hop.args[1]).toMatchObject({ slot: 0, list: 2, hop: 1 });
    const [, , key, base] = hop.args as unknown as [bigint, unknown, Point, Point];
    const { sum } = hop.args[1] as { sum: Point };
    const proof = hop.args[4] as bigint[];
    const { blinding } = deriveKeys(seedOf(room.sessions[0]));
    expect(sum).toEqual(mul(base, blinding));
    const place = { context, slot: 0, list: 2, hop: 1 };
    const OTHER_TURN = "This hop is another slot's";
    await expectRefusals([
      ['of another room', hopCall(room, { ...place, context: context + 1n }, base), OTHER_ROOM],
      ['proven for another room', withMembers(hop, 1, { context: context + 1n }), WRONG_SUMS],
      ["another slot's", withMembers(hop, 1, { slot: 1 }), NO_CONSENT],
      ['of its own list', hopCall(room, { ...place, list: 0 }, base), OTHER_TURN],
      ['proven for another list', withMembers(hop, 1, { list: 1 }), WRONG_SUMS],
      ['a hop later', hopCall(room, { ...place, hop: 2 }, base), OTHER_TURN],
      ['proven for another hop', withMembers(hop, 1, { hop: 2 }), WRONG_SUMS],
      ['one too many', hopCall(room, { ...place, hop: 3 }, base), 'No such hop'],
      ['number zero', withMembers(hop, 1, { hop: 0 }), 'No such hop'],
      ['of a list that does not exist', hopCall(room, { ...place, list: 3 }, base), 'No such list'],
      ['a hop too soon', hopCall(room, { ...place, list: 1, hop: 2 }, base), 'The hop before this one is missing'],
      ['under another key', withArgs(hop, { 2: mulGenerator(7n) }), WRONG_SUMS],
      ['under the inverse key', withArgs(hop, { 2: negate(key) }), WRONG_SUMS],
      ['with another sum', withMembers(hop, 1, { sum: add(sum, mulGenerator(1n)) }), WRONG_SUMS],
      ['with a sum off the curve', withMembers(hop, 1, { sum: { x: sum.x, y: 2n } }), OFF_CURVE],
      ['of another input', withArgs(hop, { 3: negate(base) }), WRONG_SUMS],
      ['of a proven other input', hopCall(room, place), 'Input sum is not the one on record'],
      ['with an altered challenge', withArgs(hop, { 4: proof.with(0, proof[0] + 1n) }), WRONG_SUMS],
      ['with an altered response', withArgs(hop, { 4: proof.with(1, proof[1] + 1n) }), WRONG_SUMS],
      ['without an output', withMembers(hop, 1, { digest: 0n }), 'List digest must not be zero'],
      ['with a circuit proof', (await fillerCalls(room, 0)).post_hop, OTHER_MODE],
    ]);
    await room.sendAll(due);
    expect(await outcome(client(), hop)).toBe('This hop was made already');
    await room.sendAll(await room.due());
  });

  test('its match, shares and release are proven as in any room, and the count is right', async () => {
    await room.driveTo('released');
    const { view } = await room.read();
    expect(view.result).toEqual({ suppressed: false, count: 3 });
    expect(view.proofs.map(({ circuit }) => circuit)).toEqual(['match_32_3', 'release_3']);
  });
});

describe('a member that passes on something else than it received', () => {
  type Change = (points: Point[]) => Point[];
  const shift = mulGenerator(99n);
  /** What changes the sum of the points; with `SOAK=1` there is a room for each, otherwise for the first at most. */
  const OTHER_SUMS: readonly (readonly [string, Change])[] = [
    ['one element under another exponent', ([first, ...rest]) => [mul(first, 2n), ...rest]],
    ['an element dropped', ([, ...rest]) => rest],
    ['an element added', (points) => [...points, shift]],
    ['an element replaced', ([, ...rest]) => [shift, ...rest]],
  ];
  const TWO_AS_ONE: Change = ([first, second, ...rest]) => [add(first, second), ...rest];
  const CANCELLED_OUT: Change = ([first, second, ...rest]) => [add(first, shift), add(second, negate(shift)), ...rest];

  /** Which of the three tests below this run plays. */
  const PLAYED = some(['other sums', 'two as one', 'cancelled out'] as const, 1);
  const play = (kind: (typeof PLAYED)[number]) => (PLAYED.includes(kind) ? test : test.skip);
  const tried = PLAYED.includes('other sums') ? OTHER_SUMS.slice(0, SOAK ? undefined : 1) : [];

  /** Rooms of two in which slot 0 passed on list 1 so changed. */
  const rooms = new Map<Change, TestRoom>();
  beforeAll(async () => {
    const changes = tried.map(([, change]) => change);
    if (PLAYED.includes('two as one')) changes.push(TWO_AS_ONE);
    if (PLAYED.includes('cancelled out')) changes.push(CANCELLED_OUT);
    await Promise.all(changes.map(passOn));
  });

  async function passOn(change: Change): Promise<void> {
    const room = await openRoom(bed, { proofMode: 'attested', datasets: [people(0, 5), people(1, 6)] });
    await room.driveTo('joining');
    await room.sendAll(await room.due());
    const [hop, other] = await room.due();
    const { digest, sum } = hop!.args[1] as { digest: bigint; sum: Point };
    const { home } = room.sessions[0];
    // Not in the relay: lists are opened to the others once all of a hop are on record.
    await expect(bed.relay.getNamed(fieldToHex(digest))).rejects.toThrow(BlobMissing);
    const blob = (await loadBlob(home, room.roomId, fieldToHex(digest)))!;
    const list = makeList(1, 1, pointsToBytes(change(bytesToPoints(blob.slice(LIST_HEADER_BYTES)))), { signed: true });
    expect(equalPoints(listSum(list), sum)).toBe(change === TWO_AS_ONE || change === CANCELLED_OUT);
    const { context } = (await room.read()).view.terms;
    const changed = listDigest(context, list);
    await bed.relay.putNamed(fieldToHex(changed), encodeList(list));
    await room.sendAll([withMembers(hop!, 1, { digest: changed }), other]);
    rooms.set(change, room);
  }

  /** What each member's client says when it looks at the lists. */
  async function said(room: TestRoom): Promise<string[]> {
    const said: string[] = [];
    for (const session of room.sessions) {
      const turn = takeTurn(session, newMemory());
      said.push(
        await turn.then(
          ({ outcome }) => outcome,
          (error: Error) => error.message,
        ),
      );
    }
    return said;
  }

  play('other sums')('nobody goes on with a list whose sum is another than the proven one', async () => {
    const SUM = expect.stringMatching(/the sum of its points is not the one on chain/) as string;
    for (const [what, change] of tried) {
      expect({ [what]: await said(rooms.get(change)!) }).toEqual({ [what]: [SUM, SUM] });
    }
  });

  play('two as one')('two elements passed on as one of the same sum show in their number', async () => {
    const COUNT = expect.stringMatching(
      /List 1 has 4 points after hop 1, and 5 after another one.*a party cheats/,
    ) as string;
    expect(await said(rooms.get(TWO_AS_ONE)!)).toEqual([COUNT, COUNT]);
  });

  play('cancelled out')(
    'changes that cancel each other out are not seen: the count is too small, as the limits say',
    async () => {
      const room = rooms.get(CANCELLED_OUT)!;
      await room.driveTo('released');
      const { result } = (await room.read()).view;
      expect(result).toEqual({ suppressed: false, count: expect.any(Number) });
      expect(result!.count).toBeLessThan(4);
    },
  );
});
