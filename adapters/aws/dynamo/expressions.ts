import type {
  QueryCommandInput,
  ScanCommandInput,
  TransactWriteCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { defined } from '../../../events/defined.ts';
import type { ItemKey } from './item.ts';
import {
  type Condition,
  indexKeys,
  type ScanPart,
  type TableQuery,
  type TransactAction,
  type UpdateExpression,
} from './dynamo-table.ts';

// Translates calls of a table to DynamoDB's requests.

export function keyOf({ pk, sk }: ItemKey): Record<string, unknown> {
  return { pk, sk };
}

export function conditionOf(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return { ConditionExpression: condition.expression, ...attributesOf(condition) };
}

function attributesOf({ names, values }: Pick<Condition, 'names' | 'values'>) {
  return {
    ...(names && { ExpressionAttributeNames: { ...names } }),
    ...(values && { ExpressionAttributeValues: { ...values } }),
  };
}

export function updateInput(table: string, key: ItemKey, { update, condition, ...attributes }: UpdateExpression) {
  return {
    TableName: table,
    Key: keyOf(key),
    UpdateExpression: update,
    ...defined({ ConditionExpression: condition }),
    ...attributesOf(attributes),
  } satisfies UpdateCommandInput;
}

export function transactItem(
  table: string,
  action: TransactAction,
): NonNullable<TransactWriteCommandInput['TransactItems']>[number] {
  if ('put' in action) return { Put: { TableName: table, Item: action.put, ...conditionOf(action.condition) } };
  if ('update' in action) return { Update: updateInput(table, action.update, action.change) };
  if ('delete' in action)
    return { Delete: { TableName: table, Key: keyOf(action.delete), ...conditionOf(action.condition) } };
  const { expression, ...attributes } = action.condition;
  return {
    ConditionCheck: {
      TableName: table,
      Key: keyOf(action.check),
      ConditionExpression: expression,
      ...attributesOf(attributes),
    },
  };
}

export function queryInput(table: string, asked: TableQuery): QueryCommandInput {
  const { pk, begins, between, falling = false, pageSize, consistent = true, filter, index } = asked;
  const keys = index === undefined ? { partition: 'pk', sort: 'sk' } : indexKeys(index);
  const range =
    begins !== undefined
      ? ` AND begins_with(${keys.sort}, :begins)`
      : between
        ? ` AND ${keys.sort} BETWEEN :low AND :high`
        : '';
  return {
    TableName: table,
    KeyConditionExpression: `${keys.partition} = :pk${range}`,
    ScanIndexForward: !falling,
    ConsistentRead: consistent && index === undefined,
    ExpressionAttributeValues: {
      ':pk': pk,
      ...(begins !== undefined && { ':begins': begins }),
      ...(between && begins === undefined && { ':low': between[0], ':high': between[1] }),
      ...filter?.values,
    },
    ...(filter && { FilterExpression: filter.expression }),
    ...(filter?.names && { ExpressionAttributeNames: { ...filter.names } }),
    ...defined({ Limit: pageSize, IndexName: index === undefined ? undefined : indexKeys(index).name }),
  };
}

export function scanInput(
  table: string,
  filter: Condition | undefined,
  part: ScanPart = { index: 0, of: 1 },
): ScanCommandInput {
  const filtered = filter && { FilterExpression: filter.expression, ...attributesOf(filter) };
  const whole = { TableName: table, ConsistentRead: true, ...filtered };
  return part.of === 1 ? whole : { ...whole, Segment: part.index, TotalSegments: part.of };
}
