import type { AwsProjection } from '../../apps/aws/projection.ts';
import { units } from '../../apps/aws/prices/units.ts';
import { createTextSum, eachItem } from '../../adapters/aws/dynamo/table-audit.ts';
import { type ActivityStore, countActivity } from './consumer.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

export const awsActivity: AwsProjection = {
  streamConsumers:
    ({ projectionTable }) =>
    (version) => [countActivity(activityTable(projectionTable('activity', version)))],
  rebuildConsumers: (_aws, table) => [countActivity(activityTable(table))],
  openReader: () => ({}),
  keys: { filter: { expression: 'attribute_exists(userName)' }, keyOf: ({ pk }) => pk },
  async audit({ table }) {
    const items = createTextSum();
    await eachItem(table, (item) => items.add(JSON.stringify(item)));
    return { counts: { items: items.count() }, broken: [], digest: items.digest() };
  },
  units: () => ({
    'user-joined': units(1, 0, 1),
    'user-left': units(1, 0, 1),
    'yubl-posted': units(1, 0, 1),
    'yubl-deleted': units(1, 0, 1),
  }),
};

/** One item a user and one a yubl; repeating a change has no further effect. */
function activityTable(table: DynamoTable): ActivityStore {
  const change = async (pk: string, update: string, values: Readonly<Record<string, unknown>>) =>
    void (await table.update({ pk, sk: 'activity' }, { update, values }));
  const condition = 'attribute_not_exists(gone)';
  return {
    async join(pk, userName) {
      const named = { update: 'SET userName = :name', condition, values: { ':name': userName } };
      await table.update({ pk, sk: 'activity' }, named);
    },
    leave: (userId) => change(userId, 'SET gone = :yes, userName = :none', { ':yes': true, ':none': '' }),
    post: (yublId, authorId) => change(yublId, 'SET authorId = :author', { ':author': authorId }),
    remove: (yublId) => change(yublId, 'SET deleted = :yes', { ':yes': true }),
  };
}
