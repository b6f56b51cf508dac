import { tableApiFunction } from '../../apps/aws/functions/table-api.ts';
import type { HttpFunction } from '../../apps/aws/http/http-function.ts';
import type { AwsResources } from '../../apps/aws/resources.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { inboxModel } from '../../features/notifications/notifications.model.ts';
import { notifications } from '../../features/notifications/projection.ts';
import { trendingTags } from '../../features/trending-tags/projection.ts';
import { trendingModel } from '../../features/trending-tags/trending-tags.model.ts';
import { eventOf } from '../security/unreachable-aws.ts';

const PAGE = 40;

/** By path, what the features answer. */
type FeatureAnswers = Readonly<Record<string, readonly unknown[]>>;

/** What the models of the features say about these days and users. */
export function featureModels(
  events: readonly EventEnvelope[],
  { days, userIds }: { readonly days: readonly string[]; readonly userIds: readonly string[] },
): FeatureAnswers {
  const trending = trendingModel(events);
  return Object.fromEntries([
    ...days.map((day) => [`/trending/${day}`, trending.get(day) ?? []] as const),
    ...userIds.map((userId) => [`/users/${userId}/notifications`, inboxModel(events, userId)] as const),
  ]);
}

/** The answers of their functions to the same paths, page by page. */
export async function askFeatures(aws: AwsResources, paths: readonly string[]): Promise<FeatureAnswers> {
  const functions = {
    trending: await tableApiFunction(aws, trendingTags),
    users: await tableApiFunction(aws, notifications),
  };
  const answers: Record<string, unknown[]> = {};
  for (const path of paths) {
    const [, kind, id = ''] = path.split('/');
    answers[path] = await allPages(kind === 'trending' ? functions.trending : functions.users, path, id);
  }
  return answers;
}

async function allPages(handle: HttpFunction, path: string, userId: string): Promise<unknown[]> {
  // As the authorizer passes it on.
  const context = { lambda: { userId, scopes: '', expiresAt: '' } };
  const items: unknown[] = [];
  let cursor = '';
  do {
    const { statusCode, body } = await handle(
      eventOf({ method: 'GET', path: `${path}?limit=${PAGE}${cursor}`, context }),
    );
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body}`);
    const page = JSON.parse(body) as { readonly items: unknown[]; readonly next: string | null };
    items.push(...page.items);
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  return items;
}
