import type * as z from 'zod';
import { followed } from './followed.ts';
import { notificationsRead } from './notifications-read.ts';
import { unfollowed } from './unfollowed.ts';
import { userJoined } from './user-joined.ts';
import { userLeft } from './user-left.ts';
import { userProfileUpdated } from './user-profile-updated.ts';
import { yublDeleted } from './yubl-deleted.ts';
import { yublPosted } from './yubl-posted.ts';

/** All events. An event that is missing here neither compiles nor is accepted. */
export const catalog = {
  'user-joined': userJoined,
  'user-profile-updated': userProfileUpdated,
  'user-left': userLeft,
  'yubl-posted': yublPosted,
  'yubl-deleted': yublDeleted,
  followed,
  unfollowed,
  'notifications-read': notificationsRead,
} as const;

export type Catalog = typeof catalog;
export type EventType = keyof Catalog;
export type EventData<Type extends EventType> = z.output<Catalog[Type]['data']>;

export const eventTypes = Object.keys(catalog) as readonly EventType[];

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(catalog, type);
}
