import { hasPartyPages } from '../server/guard.ts';
import { chosenProfile } from '../server/party/chosen.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ cookies }) => {
  const party = hasPartyPages();
  return { party, profile: party ? (await chosenProfile(cookies))?.name : undefined };
};
