import { describe, expect, it } from 'vitest';
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
      'user-id': 'u 1',
      'yubl-id': 'y1',
      'request-id': 'r1',
    });
    expect(Object.keys(lines[1] ?? {}).toSorted()).toEqual(['level', 'msg', 'time']);
  });

  it('does not let baggage take the place of its own fields', () => {
    const { log, lines } = recorder();
    const baggage = 'level=none,msg=none,time=none,component=none,correlationid=none,bad%20name=x';
    withCorrelation({ baggage, correlationid: 'flow-1' }, () => log.child('real').warn({ count: 1 }, 'true'));
    const { time, ...rest } = lines[0] ?? {};
    expect(rest).toEqual({ level: 'warn', component: 'real', correlationid: 'flow-1', count: 1, msg: 'true' });
    expect(time).not.toBe('none');
  });

  it('keeps an error with its stack', () => {
    const { log, lines } = recorder();
    log.error({ error: new Error('broken') }, 'failed');
    expect(lines[0]).toMatchObject({ error: { message: 'broken', stack: expect.stringContaining('logger.test') } });
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
