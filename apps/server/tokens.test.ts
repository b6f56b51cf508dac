import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import type { TokenConfig } from '../config.ts';
import { tokenVerifier } from './token.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const HOUR = Math.floor(Date.now() / 1000) + 3600;
const rules = { issuer: 'https://id.example.org/', audience: 'figtree' };
const claims = { sub: 'Ada', exp: HOUR, iss: rules.issuer, aud: rules.audience };

const signed = (payload: JWTPayload) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
const without = (name: keyof typeof claims) =>
  Object.fromEntries(Object.entries(claims).filter(([each]) => each !== name));

async function isTaken(jwt: TokenConfig, payload: JWTPayload): Promise<boolean> {
  return (await tokenVerifier(jwt)(await signed(payload))) !== undefined;
}

// RFC 8725, 3.8 and 3.9; RFC 9068, 2.2 and 4.
describe('a token', () => {
  it.each([
    ['as it has to be', claims, true],
    ['for several applications, this one among them', { ...claims, aud: ['other', 'figtree'] }, true],
    ['of another issuer', { ...claims, iss: 'https://evil.example/' }, false],
    ['of an issuer that differs by a slash', { ...claims, iss: 'https://id.example.org' }, false],
    ['of no issuer', without('iss'), false],
    ['for another application', { ...claims, aud: 'other' }, false],
    ['for an application whose name begins alike', { ...claims, aud: 'figtree-other' }, false],
    ['for none', without('aud'), false],
    ['for an empty list', { ...claims, aud: [] }, false],
    ['that never expires', without('exp'), false],
    ['that has expired', { ...claims, exp: HOUR - 7200 }, false],
  ])('%s is taken or not', async (_, payload, taken) => {
    expect(await isTaken({ secret: SECRET, ...rules }, payload)).toBe(taken);
  });

  it('of a secret has to name issuer and audience only where they are set', async () => {
    expect(await isTaken({ secret: SECRET }, { exp: HOUR })).toBe(true);
    expect(await isTaken({ secret: SECRET, issuer: rules.issuer }, without('aud'))).toBe(true);
    expect(await isTaken({ secret: SECRET, issuer: rules.issuer }, without('iss'))).toBe(false);
    expect(await isTaken({ secret: SECRET, audience: rules.audience }, without('iss'))).toBe(true);
    expect(await isTaken({ secret: SECRET, audience: rules.audience }, without('aud'))).toBe(false);
  });

  it('without an end is taken where that is allowed, and an end counts all the same', async () => {
    const jwt = { secret: SECRET, expiry: 'optional' } as const;
    expect(await isTaken(jwt, without('exp'))).toBe(true);
    expect(await isTaken(jwt, { ...claims, exp: HOUR - 7200 })).toBe(false);
  });

  it('says when it ends', async () => {
    const reader = await tokenVerifier({ secret: SECRET })(await signed(claims));
    expect(reader).toMatchObject({ userId: 'ada', expiresAt: HOUR * 1000 });
  });
});

describe('the keys behind a URL', () => {
  let close = () => {};
  afterEach(() => close());

  async function openKeyServer(credentials = '') {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
    const asked: (string | undefined)[] = [];
    const well: RequestListener = (_request, response) => response.end(JSON.stringify(keys));
    const state = { answer: well, now: 0 };
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      state.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    const jwksUrl = new URL(
      `http://${credentials}127.0.0.1:${(server.address() as AddressInfo).port}/jwks?key=hushhush`,
    );
    const lines: unknown[] = [];
    const log = { warn: (...line: unknown[]) => void lines.push(line) };
    const verify = tokenVerifier({ jwksUrl, ...rules }, { log, now: () => state.now });
    const token = (kid: string) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
    /** The outcome for a token: the code of the failure, or whether it was accepted. */
    async function outcome(kid: string): Promise<string> {
      try {
        return (await verify(await token(kid))) === undefined ? 'refused' : 'taken';
      } catch (error) {
        if (isFigtreeError(error)) return `${error.code} ${JSON.stringify([error.message, error.cause])}`;
        throw error;
      }
    }
    return { state, well, asked, lines, outcome };
  }

  const fails: RequestListener = (_request, response) => response.writeHead(500).end();

  it.each<[string, RequestListener]>([
    ['fails', fails],
    ['ends the connection', (request) => void request.socket.destroy()],
    ['sends its askers elsewhere', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
    ['answers what is no JSON', (_request, response) => response.end('<html>')],
    ['answers what is no key set', (_request, response) => response.end('{"no":"keys"}')],
    ['answers without end', (_request, response) => void response.end(' '.repeat(3_000_000))],
  ])('are requested rarely and reported once if the server %s', async (_, answer) => {
    const { state, well, asked, lines, outcome } = await openKeyServer('user:hushhush@');
    state.answer = answer;
    for (let count = 0; count < 20; count += 1)
      expect(await outcome(`made-up-${count}`)).toMatch(/^KEY_SERVER_UNAVAILABLE/);
    expect([asked.length, lines.length]).toEqual([1, 1]);
    expect(JSON.stringify([lines, await outcome('k')])).not.toContain('hushhush');

    state.now += 5000;
    await outcome('made-up');
    expect([asked.length, lines.length]).toEqual([2, 2]);

    state.answer = well;
    state.now += 5000;
    expect(await outcome('k')).toBe('taken');
    expect(asked.length).toBe(3);
  });

  it('stay in use while the server fails, and an unknown one may be a new one', async () => {
    const { state, asked, lines, outcome } = await openKeyServer();
    expect([await outcome('k'), await outcome('other')]).toEqual(['taken', 'refused']);
    // By jose's own rule keys are fetched again for an unknown key after 30 s, and all of them after ten minutes.
    const realNow = Date.now;
    Date.now = () => realNow() + 700_000;
    try {
      state.answer = fails;
      expect(await outcome('k')).toBe('taken');
      expect(await outcome('other')).toMatch(/^KEY_SERVER_UNAVAILABLE/);
      expect([asked.length, lines.length]).toEqual([2, 1]);
    } finally {
      Date.now = realNow;
    }
  });

  it('are asked for with the user and the password of the URL', async () => {
    const { asked, outcome } = await openKeyServer('us%40er:pass%3Aword@');
    expect(await outcome('k')).toBe('taken');
    expect(asked).toEqual([`Basic ${Buffer.from('us@er:pass:word').toString('base64')}`]);
  });
});
