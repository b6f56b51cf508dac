import { FigtreeError } from '../../events/errors.ts';
import { type AuthConfig, hasKeys, requireLongSecrets } from '../config.ts';

/** What a function needs keys for: to let publishers in, to check tokens, or because it answers from outside at all. */
type NeedOfKeys = 'publishers' | 'tokens' | 'any';

const VARIABLES: Readonly<Record<NeedOfKeys, string>> = {
  publishers: 'FIGTREE_PUBLISH_KEYS',
  tokens: 'FIGTREE_JWT_SECRET or FIGTREE_JWKS_URL',
  any: 'FIGTREE_JWT_SECRET, FIGTREE_JWKS_URL or FIGTREE_PUBLISH_KEYS',
};

/** Call where a function is made that is reached over HTTP, so that it does not start without keys; the embedded server does the
 *  same beyond the loopback. AUTH_REQUIRED if the keys that it needs are not set, CONFIG_INVALID if one of them can be guessed.
 *  Both name the variable and never the value. What serves nothing over HTTP needs no keys. */
export function requireKeys(auth: AuthConfig, need: NeedOfKeys): void {
  const { publishKeys, jwt } = auth;
  const isSet = { publishers: publishKeys.length > 0, tokens: jwt !== undefined, any: hasKeys(auth) };
  if (!isSet[need]) {
    const variable = VARIABLES[need];
    const message = `${variable} must be set: this function is reachable from outside and would be open without keys`;
    throw new FigtreeError('AUTH_REQUIRED', message, { variable });
  }
  requireLongSecrets(auth, 'in a function');
}
