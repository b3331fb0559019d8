/** What the pages of a room that joins values tell its parties: what is due from whom, and what each table has to have. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { nextText } from '../../app/components/next-text.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicyText, type Policy } from '../../app/lib/policy/policy.ts';
import { nextStep } from '../../app/lib/room/next.ts';
import { replay } from '../../app/lib/room/replay.ts';
import { policyPart } from '../../app/server/party/policy-part.ts';
import { dueFrom } from '../../app/server/rooms.ts';
import { joinedIn } from '../room/joined-log.ts';
import { CHAIN, selectorOf } from '../room/log.ts';

beforeAll(initField);

const example = (name: string): Policy => parsePolicyText(readFileSync(`examples/${name}.policy.json`, 'utf8'));

describe('A room that joins values', () => {
  test('says at every step of it from whom what is due, and what the party’s own server does', () => {
    const { events } = joinedIn('released');
    const told = new Map<string, string>();
    for (let count = 1; count <= events.length; count++) {
      const view = replay(events.slice(0, count), CHAIN, selectorOf);
      for (const slot of view.slots.keys()) {
        const step = nextStep(view, slot);
        const due = dueFrom(view, slot);
        if (step.kind === 'wait' || step.kind === 'finished') expect(due).toBeUndefined();
        else {
          expect(due).toMatch(new RegExp(`^slot ${slot} to `));
          told.set(step.kind, `${due} / ${nextText(step)}`);
        }
      }
    }
    expect([...told.keys()].sort()).toEqual(
      [
        ...['take-slot', 'approve', 'commit', 'blind', 'hop', 'match', 'encrypt', 'return', 'select', 'open'],
        ...['mask', 'figures'],
      ].sort(),
    );
    expect(new Set(told.values()).size).toBe(told.size);
  });

  test('tells each party which columns its own table has to have, and those of nobody else', () => {
    const brings = [0, 1, 2].map((slot) => policyPart(example('campaign-lift'), slot).brings);
    expect(brings.map((lines) => lines.length)).toEqual([1, 1, 1]);
    expect(brings[0][0]).toContain('"arm": one of the labels "control" and "exposed"');
    expect(brings[1][0]).toContain('"converted": whole numbers from 0 to 1');
    expect(brings[2][0]).toContain('"spent": numbers with at most 2 decimals from 0 to 200.00');
    expect(policyPart(example('loyalty-sum'), 1).brings).toHaveLength(2);
    const [club, market] = [0, 1].map((slot) => policyPart(example('loyalty-cohorts'), slot).brings);
    expect(club).toEqual([expect.stringContaining('"tier": one of the labels "basic", "silver" and "gold"')]);
    expect(market).toEqual([]);
  });

  test('tells every party of a room that aggregates the same columns, and none where identifiers alone are counted', () => {
    const [one, other] = [0, 1].map((slot) => policyPart(example('research'), slot).brings);
    expect(one).toHaveLength(2);
    expect(other).toEqual(one);
    expect(policyPart(example('overlap'), 0).brings).toEqual([]);
    expect(policyPart(example('campaign-lift')).brings).toEqual([]);
  });
});
