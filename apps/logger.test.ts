import { describe, expect, it } from 'vitest';
import { catalog } from '../events/catalog.ts';
import { withCorrelation } from '../events/correlation.ts';
import type { LogLevel } from './config.ts';
import { type Logger, openLogger } from './logger.ts';

function recorder(level: LogLevel = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, log: openLogger({ level, destination }) };
}

function logAll(log: Logger): void {
  log.debug({}, 'd');
  log.info({}, 'i');
  log.warn({}, 'w');
  log.error({}, 'e');
}

const messages = (lines: readonly Record<string, unknown>[]) => lines.map(({ msg }) => msg);

describe('a log line', () => {
  it('is JSON with level, time, component, details and message', () => {
    const { log, lines } = recorder();
    log.child('feed').info({ followers: 3 }, 'fanned out');
    const { time, ...rest } = lines[0] ?? {};
    expect(rest).toEqual({ level: 'info', component: 'feed', followers: 3, msg: 'fanned out' });
    expect(new Date(String(time)).toISOString()).toBe(time);
  });

  it('carries the correlation of what is being handled', () => {
    const { log, lines } = recorder();
    const correlation = {
      correlationid: 'flow-1',
      causationid: 'event-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      baggage: 'user-id=u%201,yubl-id=y1;p=1,request-id=r1',
    };
    withCorrelation(correlation, () => log.info({}, 'inside'));
    log.info({}, 'outside');
    expect(lines[0]).toMatchObject({
      correlationid: 'flow-1',
      causationid: 'event-1',
      traceparent: correlation.traceparent,
      baggage: { 'user-id': 'u 1', 'yubl-id': 'y1', 'request-id': 'r1' },
    });
    expect(Object.keys(lines[1] ?? {}).toSorted()).toEqual(['level', 'msg', 'time']);
  });

  it('does not let baggage take the place of its own fields', () => {
    const { log, lines } = recorder();
    const baggage = 'level=none,msg=none,time=none,component=none,correlationid=none,bad%20name=x';
    withCorrelation({ baggage, correlationid: 'flow-1' }, () => log.child('real').warn({ count: 1 }, 'true'));
    const { time, baggage: carried, ...rest } = lines[0] ?? {};
    expect(rest).toEqual({ level: 'warn', component: 'real', correlationid: 'flow-1', count: 1, msg: 'true' });
    expect(time).not.toBe('none');
    const named = { level: 'none', msg: 'none', time: 'none', component: 'none', correlationid: 'none' };
    expect(carried).toEqual(named);
  });

  it('has every character that is not seen as an escape, and says the same', () => {
    const texts: string[] = [];
    const log = openLogger({ level: 'info', destination: { write: (line) => void texts.push(line) } });
    const id = 'a\u009bb\u2028c\u202ed\u200fe\u061cf\u00adg\u{e0041}h\u007f \u200d';
    withCorrelation({ correlationid: id }, () => log.info({ id }, id));
    const [text = ''] = texts;
    expect(JSON.parse(text)).toMatchObject({ correlationid: id, id, msg: id });
    expect(text).toMatch(/^[^\p{Cc}\u2028\u202e\u200f\u061c\u00ad\u{e0041}]+\n$/u);
  });

  it('keeps an error with its stack', () => {
    const { log, lines } = recorder();
    log.error({ error: new Error('broken') }, 'failed');
    expect(lines[0]).toMatchObject({ error: { message: 'broken', stack: expect.stringContaining('logger.test') } });
  });
});

describe('the error of a line', () => {
  it.each(['a word', 7, null])('that is %j stays so', (error) => {
    const { log, lines } = recorder();
    log.error({ error }, 'failed');
    expect(lines[0]).toMatchObject({ error });
  });
});

describe('the level', () => {
  it.each([
    ['debug', ['d', 'i', 'w', 'e']],
    ['info', ['i', 'w', 'e']],
    ['warn', ['w', 'e']],
    ['error', ['e']],
    ['silent', []],
  ] as const)('%s lets %j through', (level, expected) => {
    const { log, lines } = recorder(level);
    logAll(log);
    expect(messages(lines)).toEqual(expected);
    expect(log.debugs()).toBe(level === 'debug');
  });

  it('is debug for the flow that asks for it, and for that one alone', () => {
    const { log, lines } = recorder('error');
    const child = log.child('feed');
    withCorrelation({ baggage: 'Debug-Log-Enabled=true' }, () => logAll(child));
    withCorrelation({ baggage: 'debug-log-enabled=false' }, () => logAll(child));
    logAll(child);
    expect(messages(lines)).toEqual(['d', 'i', 'w', 'e', 'e', 'e']);
    expect(withCorrelation({ baggage: 'debug-log-enabled=true' }, () => child.debugs())).toBe(true);
  });
});

describe('what is personal', () => {
  const [joined] = catalog['user-joined'].examples;
  const [posted] = catalog['yubl-posted'].examples;

  it('is redacted where an event or a field of one gets into a line, at any depth', () => {
    const { log, lines } = recorder();
    log.info({ event: { id: 'e', type: 'user-joined', data: joined }, all: [{ data: posted }] }, 'whole');
    log.child('feed').warn({ text: posted?.text, authorName: 'Ada', yublId: posted?.yublId }, 'fields');
    const written = JSON.stringify(lines);
    for (const said of ['ada_l', '"Ada"', 'Lovelace', 'thats right']) expect(written).not.toContain(said);
    expect(lines[0]).toMatchObject({
      event: { id: 'e', data: { userId: joined?.userId, userName: '[redacted]', lastName: '[redacted]' } },
      all: [{ data: { yublId: posted?.yublId, text: '[redacted]' } }],
    });
    expect(lines[1]).toMatchObject({ text: '[redacted]', authorName: '[redacted]', yublId: posted?.yublId });
  });

  it('is redacted in what an error carries', () => {
    const { log, lines } = recorder();
    const failure = Object.assign(new Error('words'), { event: { data: posted } });
    log.error({ error: failure, other: failure, deeper: { failure } }, 'failed');
    expect(JSON.stringify(lines)).not.toContain('thats right');
    expect(lines[0]).toMatchObject({ error: { message: 'words', stack: expect.stringContaining('logger.test.ts') } });
  });

  it('leaves other details as they are, whatever they are', () => {
    const { log, lines } = recorder();
    const endless: Record<string, unknown> = { followers: 3 };
    endless['itself'] = endless;
    log.info({ endless, list: [1, null, 'two'], nothing: null, missing: undefined, when: new Date(0) }, 'strange');
    expect(lines[0]).toMatchObject({ endless: { followers: 3 }, list: [1, null, 'two'], nothing: null });
    expect(lines[0]).toMatchObject({ when: '1970-01-01T00:00:00.000Z' });
  });
});
