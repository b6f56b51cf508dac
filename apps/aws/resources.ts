import { type DynamoClient, openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { Logger } from '../logger.ts';
import { type LiveVersions, openLiveVersions } from './live-versions.ts';
import type { AwsSettings } from './settings.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

/** The resources that the functions of one installation share within a process. */
export interface AwsResources {
  readonly settings: AwsSettings;
  /** For clients of further services: an emulator's address and credentials, or nothing. */
  readonly endpoint: AwsEndpoint;
  readonly log: Logger;
  readonly dynamo: DynamoClient;
  readonly versions: LiveVersions;
  /** A table that outlives versions. */
  table(name: SharedTable): DynamoTable;
  /** The table of one version of a projection. */
  projectionTable(projection: ProjectionName, version: string): DynamoTable;
}

/** Part of the configuration of any client of the AWS SDK. */
export interface AwsEndpoint {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export const sharedTables = ['control', 'quarantine', 'legacy-memory', 'parked'] as const;
export type SharedTable = (typeof sharedTables)[number];

export function openAwsResources(settings: AwsSettings, endpoint: AwsEndpoint, log: Logger): AwsResources {
  const dynamo = openDynamoClient(endpoint);
  const opened = new Map<string, DynamoTable>();
  function tableNamed(name: string): DynamoTable {
    let table = opened.get(name);
    if (table === undefined) opened.set(name, (table = openDynamoTable(dynamo, name)));
    return table;
  }
  const table = (name: SharedTable) => tableNamed(`${settings.prefix}-${name}`);
  return {
    settings,
    endpoint,
    log,
    dynamo,
    versions: openLiveVersions(table('control')),
    table,
    projectionTable: (projection, version) => tableNamed(projectionName(settings, projection, version)),
  };
}

/** The name of a version's table, and of its search indexes. */
export function projectionName({ prefix }: AwsSettings, projection: ProjectionName, version: string): string {
  return `${prefix}-${projection}-${version}`;
}
