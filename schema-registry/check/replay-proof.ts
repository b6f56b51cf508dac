import type { StoredFailure } from '../upcast-chain.ts';
import type { CurrentCode } from '../stored-reading.ts';
import { storedReader } from '../stored-reading.ts';
import { PAST_LIST, pastFileOf } from '../source-files.ts';

/** A frozen version with its golden samples, as far as the proof needs them. */
export interface GoldenVersion {
  readonly frozen: { readonly type: string; readonly version: number };
  readonly samples: readonly { readonly name: string; readonly data: unknown }[];
}

export interface SampleProof {
  readonly type: string;
  readonly version: number;
  readonly sample: string;
  /** dropped: the upcasters return nothing for it, which is allowed. */
  readonly outcome: 'ok' | 'dropped' | 'failed';
  readonly failure?: ProofFailure;
}

export interface ProofFailure extends Pick<StoredFailure, 'step' | 'at' | 'path' | 'message'> {
  /** The remedy. */
  readonly remedy: string;
}

export interface ReplayProof {
  readonly proofs: readonly SampleProof[];
  /** Frozen versions without samples, about which nothing can be proven. */
  readonly withoutSamples: readonly { readonly type: string; readonly version: number; readonly remedy: string }[];
  readonly ok: boolean;
}

/** Reads every golden sample of every frozen version with the current code and the current zod: this detects what a
 *  schema cannot express (a refinement, a stricter zod release). */
export function proveReplay(versions: readonly GoldenVersion[], code: CurrentCode): ReplayProof {
  const read = storedReader(code);
  const proofs = versions.flatMap(({ frozen: { type, version }, samples }) =>
    samples.map(({ name, data }): SampleProof => {
      const reading = read(type, version, data);
      const about = { type, version, sample: name };
      if (reading.kind === 'read') return { ...about, outcome: reading.events.length === 0 ? 'dropped' : 'ok' };
      const { step, at, path, message } = reading;
      return { ...about, outcome: 'failed', failure: { step, at, path, message, remedy: remedyFor(reading, about) } };
    }),
  );
  const withoutSamples = versions
    .filter(({ samples }) => samples.length === 0)
    .map(({ frozen: { type, version } }) => ({
      type,
      version,
      remedy: `run figtree schema sample ${type} --version ${version} --json and keep its samples in ${samplesFile(type, version)}`,
    }));
  const ok = withoutSamples.length === 0 && proofs.every(({ outcome }) => outcome !== 'failed');
  return { proofs, withoutSamples, ok };
}

function samplesFile(type: string, version: number): string {
  return `schema-registry/frozen/${type}/${version}.samples.json`;
}

function remedyFor({ step, at }: StoredFailure, about: { type: string; version: number; sample: string }): string {
  const where = `${at.type} v${at.version}`;
  const file = pastFileOf(at.type, at.version);
  if (step === 'version')
    return `declare ${where} in ${file} with the upcaster to the next version, and name it in ${PAST_LIST}`;
  if (step === 'upcaster') return `make the upcaster of ${where} in ${file} accept everything that its schema accepts`;
  if (about.type !== at.type || about.version !== at.version) {
    return `make the upcasters of ${about.type} from v${about.version} on return what ${where} accepts`;
  }
  return step === 'past'
    ? `restore the schema of ${where} in ${file} to what was frozen: it must accept what was stored`
    : `loosen the schema of ${where}, or give the event a new version and this one an upcaster`;
}

/** One sentence for each failure and each missing sample; a last one with the counts. */
export function proofInWords({ proofs, withoutSamples }: ReplayProof): string[] {
  const count = (outcome: SampleProof['outcome']) => proofs.filter((proof) => proof.outcome === outcome).length;
  const failed = proofs.flatMap(({ type, version, sample, failure }) =>
    failure === undefined
      ? []
      : [
          `${samplesFile(type, version)}: "${sample}" of ${type} v${version} fails at ${failure.path} of ${failure.at.type} v${failure.at.version}: ${failure.message}. Remedy: ${failure.remedy}.`,
        ],
  );
  const missing = withoutSamples.map(
    ({ type, version, remedy }) =>
      `${samplesFile(type, version)}: no sample of ${type} v${version}. Remedy: ${remedy}.`,
  );
  const dropped = count('dropped') > 0 ? `, ${count('dropped')} dropped by their upcasters` : '';
  return [...failed, ...missing, `${proofs.length} samples: ${count('ok')} read${dropped}, ${count('failed')} failed.`];
}
