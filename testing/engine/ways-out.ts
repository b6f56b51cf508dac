import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import sqlite from 'node:sqlite';
import tls from 'node:tls';
import workerThreads from 'node:worker_threads';

// The ways in which a Node program can affect anything outside its process. Not covered are native addons, handles that
// are already open (a socket, a file, stdout), and functions copied out of their modules earlier: nothing in the
// process can watch those.

interface Way {
  readonly name: string;
  readonly owner: object;
  readonly functions: readonly string[];
}

const CONTENTS = ['writeFile', 'appendFile', 'write', 'writev', 'truncate', 'ftruncate', 'chmod', 'chown', 'lchown'];
const ENTRIES = ['rm', 'rmdir', 'unlink', 'rename', 'cp', 'mkdir', 'mkdtemp', 'copyFile', 'symlink', 'link', 'utimes'];
const WRITES = CONTENTS.concat(ENTRIES);
const OPENS = ['open', 'openSync'];
const PROCESSES = ['spawn', 'exec', 'execFile', 'fork', 'spawnSync', 'execSync', 'execFileSync'];

const ways: readonly Way[] = [
  { name: 'global', owner: globalThis, functions: ['fetch', 'WebSocket', 'EventSource'] },
  { name: 'http', owner: http, functions: ['request', 'get'] },
  { name: 'https', owner: https, functions: ['request', 'get'] },
  { name: 'http2', owner: http2, functions: ['connect'] },
  { name: 'net', owner: net, functions: ['connect', 'createConnection'] },
  { name: 'net.Socket', owner: net.Socket.prototype, functions: ['connect'] },
  { name: 'net.Server', owner: net.Server.prototype, functions: ['listen'] },
  { name: 'tls', owner: tls, functions: ['connect'] },
  { name: 'dgram', owner: dgram, functions: ['createSocket'] },
  { name: 'dgram.Socket', owner: dgram.Socket.prototype, functions: ['send', 'bind', 'connect'] },
  { name: 'dns', owner: dns, functions: functionsOf(dns, /^(lookup|resolve|reverse)/) },
  { name: 'dns.promises', owner: dns.promises, functions: functionsOf(dns.promises, /^(lookup|resolve|reverse)/) },
  { name: 'child_process', owner: childProcess, functions: PROCESSES },
  { name: 'child_process.ChildProcess', owner: childProcess.ChildProcess.prototype, functions: ['spawn'] },
  { name: 'worker_threads', owner: workerThreads, functions: ['Worker'] },
  { name: 'sqlite', owner: sqlite, functions: ['DatabaseSync'] },
  {
    name: 'fs',
    owner: fs,
    functions: [...WRITES, ...WRITES.map((name) => `${name}Sync`), ...OPENS, 'createWriteStream'],
  },
  { name: 'fs.promises', owner: fs.promises, functions: [...WRITES, 'open'] },
];

function functionsOf(owner: object, pattern: RegExp): string[] {
  return Object.keys(owner).filter((name) => pattern.test(name) && typeof Reflect.get(owner, name) === 'function');
}

export interface Trap {
  /** The ways that were used, even if the caller caught what the trap threw. */
  readonly taken: readonly string[];
  release(): void;
}

/** From here to its release every use of one of the ways fails, and is recorded. Affects this thread only. */
export function trapWaysOut(): Trap {
  const taken: string[] = [];
  const restored = ways.flatMap(({ name, owner, functions }) =>
    functions
      .filter((key) => typeof Reflect.get(owner, key) === 'function')
      .map((key) => replaced(owner, key, { way: `${name}.${key}`, taken })),
  );
  // Updates named imports.
  syncBuiltinESMExports();
  return {
    taken,
    release() {
      for (const restore of restored) restore();
      syncBuiltinESMExports();
    },
  };
}

function replaced(owner: object, key: string, { way, taken }: { way: string; taken: string[] }): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key);
  const original = Reflect.get(owner, key) as (...words: unknown[]) => unknown;
  function trap(this: unknown, ...words: unknown[]): unknown {
    if (OPENS.includes(key) && onlyReads(words[1])) return original.apply(this, words);
    taken.push(way);
    throw new Error(`${way} leaves the process`);
  }
  Object.defineProperty(owner, key, { value: trap, configurable: true, writable: true, enumerable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, key);
    else Object.defineProperty(owner, key, before);
  };
}

function onlyReads(flags: unknown): boolean {
  return typeof flags !== 'string' ? flags === undefined || flags === fs.constants.O_RDONLY : /^rs?$/.test(flags);
}
