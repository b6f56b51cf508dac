import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed, run, tried } from './installing.ts';
import type { ServerCommand } from './server-process.ts';

const SOURCES = join(import.meta.dirname, 'opensearch');
const JAVA_MIN = 17;
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
// A small heap and only the fast compiler: it lives for minutes and holds thousands of documents.
const MACHINE = ['-Xms256m', '-Xmx768m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Returns the real server from Maven Central, or what this machine lacks for it. Throws if installing fails. */
export async function openSearch(folder: string): Promise<ServerCommand | { readonly missing: string }> {
  const home = process.env['JAVA_HOME'];
  const binary = (name: string) => (home === undefined || home === '' ? name : join(home, 'bin', name));
  const version = /version "(\d+)/.exec((await tried(binary('java'), ['-version'])) ?? '')?.[1] ?? '0';
  if (Number(version) < JAVA_MIN) return { missing: `there is no Java of version ${JAVA_MIN} or later` };
  if ((await tried(binary('javac'), ['-version'])) === undefined)
    return { missing: 'there is no Java compiler (javac)' };
  if ((await tried('mvn', ['--version'])) === undefined) return { missing: 'there is no Maven (mvn)' };
  const files = ['pom.xml', 'OpenSearchServer.java'].map((name) => join(SOURCES, name));
  const make = async (into: string) => {
    const [pom = '', source = ''] = files;
    await run('mvn', ['-B', '-q', '-C', '-f', pom, COPY, `-DoutputDirectory=${join(into, 'lib')}`]);
    const classPath = join(into, 'lib/*');
    await run(binary('javac'), ['--release', String(JAVA_MIN), '-cp', classPath, '-d', join(into, 'classes'), source]);
  };
  const versions = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const server = await installed({ name: 'opensearch', versions, make });
  const classPath = [join(server, 'classes'), join(server, 'lib/*')].join(':');
  return {
    name: 'OpenSearch',
    program: binary('java'),
    args: (port) => [...MACHINE, '-cp', classPath, 'OpenSearchServer', folder, String(port)],
    environment: () => ({}),
    healthPath: '/_cluster/health',
    startTimeoutMs: 180_000,
  };
}
