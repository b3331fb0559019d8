/** What the page of a room says of its result: read from the log and the relay, none of which is believed. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { OverlapResults } from '../../app/charts/results.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';
import { replay } from '../../app/lib/room/replay.ts';
import { eventSelectors, type EventSelectors } from '../../app/lib/room/selectors.ts';
import { resultsOf } from '../../app/server/room-results.ts';
import { CHAIN, ROOM } from '../room/log.ts';
import { playedOverlap, type PlayedRoom } from '../support/played-overlap.ts';

const room = fieldToHex(ROOM);
let selectors: EventSelectors;

beforeAll(async () => {
  selectors = await eventSelectors();
});

/** The results of a played room, where the relay gives these lists. */
async function resultsWith(
  { policy, told }: PlayedRoom,
  blobs: ReadonlyMap<string, Uint8Array>,
  hasReceipt = false,
): Promise<OverlapResults> {
  const events = told.events.map((event) => ({ ...event, fields: event.fields.map(BigInt) }));
  const view = replay(events, CHAIN, (name) => selectors.get(name)!);
  const getNamed = async (name: string): Promise<Uint8Array> => {
    const blob = blobs.get(name);
    if (!blob) throw new Error('missing');
    return blob;
  };
  const relay = { getNamed } as Relay;
  return (await resultsOf({ room, view, events, policy, relay, hasReceipt })) as OverlapResults;
}

describe('The results of a room that counted an overlap', () => {
  test('have the size of each list, and link figures to the events that announced their proofs', async () => {
    const played = await playedOverlap(['Shop', 'Clinic'], [12, 9], 5, selectors);
    const results = await resultsWith(played, played.blobs);
    expect(results.count).toBe(5);
    expect(results.lists.map(({ label, size }) => [label, size])).toEqual([
      ['Shop', 12],
      ['Clinic', 9],
    ]);
    const eventOf = (href: string) => played.told.events[Number(/#step-(\d+)$/.exec(href)![1]) - 1].name;
    expect(results.lists.map(({ proof }) => eventOf(proof!.href))).toEqual(['BlindProven', 'BlindProven']);
    expect(eventOf(results.proof!.href)).toBe('ResultReleased');
  });

  test('link to the receipt where there is one', async () => {
    const played = await playedOverlap(['Shop', 'Clinic'], [11, 9], 5, selectors);
    const { proof } = await resultsWith(played, played.blobs, true);
    expect(proof!.href).toMatch(new RegExp(`^/receipts/${room}#proof-\\d+$`));
  });

  test('have no size of a list that the relay no longer has, or has another in its place', async () => {
    const played = await playedOverlap(['Shop', 'Clinic', 'Museum'], [13, 8, 7], 5, selectors);
    const other = await playedOverlap(['Shop', 'Clinic', 'Museum'], [14, 8, 7], 5, selectors);
    const [shop, , museum] = played.blobs.keys();
    const [longer] = other.blobs.values();
    const blobs = new Map(played.blobs).set(shop, longer);
    blobs.delete(museum);
    const results = await resultsWith(played, blobs);
    expect(results.lists.map(({ size }) => size)).toEqual([undefined, 8, undefined]);
    expect(results.count).toBe(5);
  });

  test('have no count where it was suppressed, and link to the proof that it lies below k', async () => {
    const played = await playedOverlap(['Shop', 'Clinic'], [10, 9], 2, selectors);
    const results = await resultsWith(played, played.blobs);
    expect(results).not.toHaveProperty('count');
    expect(results.proof!.text).toMatch(/: match_/);
  });
});
