import { FigtreeError } from '../../events/errors.ts';

/** Refuses encoded bodies, which are stored as they were sent: REQUEST_INVALID names the coding. Both headers are
 *  lists, which may have empty members (RFC 9110, 5.6.1), and their members are case-insensitive (8.4.1). */
export function refuseCodings(headers: Headers): void {
  refuse('content-encoding', headers.get('content-encoding'), 'identity');
  refuse('transfer-encoding', headers.get('transfer-encoding'), 'chunked');
}

function refuse(name: string, list: string | null, known: string): void {
  const coding = list?.split(',').find((member) => !['', known].includes(member.trim().toLowerCase()));
  if (coding === undefined) return;
  throw new FigtreeError('REQUEST_INVALID', `${name} ${coding.trim()} is not supported: send the body unencoded`);
}
