/** The templates that this software knows. */
import type { Policy } from '../policy/policy.ts';
import { aggregates, type RoomView } from '../room/view.ts';
import { aggregate } from './aggregate.ts';
import { overlap } from './overlap.ts';
import type { Template } from './template.ts';

const TEMPLATES: { readonly [Name in Policy['template']['name']]: Template } = { overlap, aggregate };

/** The template of a room, which follows from its terms: only rooms that aggregate have a plan. */
export function templateOf(view: Pick<RoomView, 'terms'>): Template {
  return aggregates(view) ? aggregate : overlap;
}

/** The template that a policy names. */
export function templateOfPolicy({ template }: Policy): Template {
  return TEMPLATES[template.name];
}
