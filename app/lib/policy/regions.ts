/** Places where data may be processed: countries, and three names that say more than one letter pair or another one. */

/** The country codes of ISO 3166-1 alpha-2 that are assigned. */
export const COUNTRIES: readonly string[] = (
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ ' +
  'CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR ' +
  'GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP ' +
  'KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT ' +
  'MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW ' +
  'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ ' +
  'UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
).split(' ');

/** Member states of the European Union. */
const UNION = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

/** Names beside country codes, and the countries that they stand for. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  EU: UNION,
  EEA: [...UNION, 'IS', 'LI', 'NO'],
  UK: ['GB'],
};

const GROUP_NAMES: Readonly<Record<string, string>> = {
  EU: 'the European Union',
  EEA: 'the European Economic Area',
  UK: 'the United Kingdom',
};

/** What a region must be, for people. */
export const REGION_FORM = 'a country code in two capital letters (ISO 3166-1), "EU", "EEA" or "UK"';

/** Whether a text is the code of a region. */
export function isRegion(code: string): boolean {
  return Object.hasOwn(GROUPS, code) || COUNTRIES.includes(code);
}

/** The countries of regions, each once. */
export function countriesOf(codes: readonly string[]): ReadonlySet<string> {
  return new Set(codes.flatMap((code) => (Object.hasOwn(GROUPS, code) ? GROUPS[code] : [code])));
}

/** Whether all of a region lies in the allowed ones: Austria does in the Union, the Union does not in Austria. */
export function isWithin(region: string, allowed: readonly string[]): boolean {
  const places = countriesOf(allowed);
  return [...countriesOf([region])].every((country) => places.has(country));
}

/** A region for people: its name and its code. */
export function regionName(code: string): string {
  const name = GROUP_NAMES[code] ?? new Intl.DisplayNames('en', { type: 'region' }).of(code);
  return `${name} (${code})`;
}
