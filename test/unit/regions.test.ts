/** Country codes and the regions that stand for several of them. */
import { describe, expect, test } from '@jest/globals';
import { COUNTRIES, countriesOf, isRegion, isWithin, regionName } from '../../app/lib/policy/regions.ts';

/** Two-letter codes that the Unicode locale data names beside those of ISO 3166-1. */
const BESIDE = 'AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ'.split(' ');

describe('regions', () => {
  test('know the country codes that Unicode knows, but for those that are none of ISO 3166-1', () => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const named = letters
      .flatMap((first) => letters.map((second) => first + second))
      // Codes of former countries go by the name of a present one.
      .filter((code) => names.of(code) !== undefined && new Intl.Locale(`und-${code}`).region === code);
    expect(named.filter((code) => !BESIDE.includes(code))).toEqual(COUNTRIES);
    expect(COUNTRIES).toHaveLength(249);
  });

  test('are countries and three more names, in capital letters', () => {
    for (const code of ['DE', 'GB', 'EU', 'EEA', 'UK']) expect(isRegion(code)).toBe(true);
    for (const code of ['de', 'XK', 'ZZ', 'EUR', '', 'constructor']) expect(isRegion(code)).toBe(false);
  });

  test('lie within others if all of their countries do', () => {
    expect([countriesOf(['EU']).size, countriesOf(['EEA', 'EU', 'AT']).size]).toEqual([27, 30]);
    expect(isWithin('HR', ['EU'])).toBe(true);
    expect(isWithin('EU', ['EEA', 'US'])).toBe(true);
    expect(isWithin('EU', ['AT', 'DE'])).toBe(false);
    expect(isWithin('GB', ['EU', 'EEA'])).toBe(false);
    expect(isWithin('CH', ['EEA'])).toBe(false);
    for (const [some, other] of [
      ['GB', 'UK'],
      ['UK', 'GB'],
    ])
      expect(isWithin(some, [other])).toBe(true);
  });

  test('are named for people', () => {
    expect(['AT', 'EU', 'UK'].map(regionName)).toEqual([
      'Austria (AT)',
      'the European Union (EU)',
      'the United Kingdom (UK)',
    ]);
  });
});
