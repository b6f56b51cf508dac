import { FigtreeError } from '../../events/errors.ts';
import { type AuthConfig, hasKeys, requireLongSecrets } from '../config.ts';

/** Why a function needs keys: to authenticate publishers, to verify tokens, or because it is reachable at all. */
type NeedOfKeys = 'publishers' | 'tokens' | 'any';

const VARIABLES: Readonly<Record<NeedOfKeys, string>> = {
  publishers: 'FIGTREE_PUBLISH_KEYS',
  tokens: 'FIGTREE_JWT_SECRET or FIGTREE_JWKS_URL',
  any: 'FIGTREE_JWT_SECRET, FIGTREE_JWKS_URL or FIGTREE_PUBLISH_KEYS',
};

/** Call it where a function that is reachable over HTTP is created, so that it does not start without keys, just as the
 *  embedded server beyond the loopback. Throws AUTH_REQUIRED if the required keys are not set, CONFIG_INVALID if one of
 *  them could be guessed. Both name the variable and never the value. Functions without HTTP need no keys. */
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
