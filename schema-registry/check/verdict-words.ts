import type { EventVerdict } from './catalog-check.ts';
import type { ReplayVerdict } from './replay-check.ts';

/** The two questions in words: can everything that is stored be read, and can everybody who runs read what comes; and what
 *  follows from that for the order of deployment. */
export function verdictWords(verdict: EventVerdict): string[] {
  return [replayWords(verdict), subscriberWords(verdict), orderWords(verdict)].filter((line) => line !== '');
}

function replayWords({ replay }: EventVerdict): string {
  const broken = replay.filter((each) => each.outcome === 'breaks');
  if (broken.length > 0) return `Replay: broken for ${versions(broken)}.`;
  const unproven = replay.filter((each) => each.outcome === 'unproven');
  const through = replay.filter((each) => each.through === 'upcasters');
  const how = through.length > 0 ? `, ${versions(through)} through upcasters` : '';
  if (unproven.length === 0) return `Replay: safe${how}.`;
  return `Replay: safe as far as schemas tell${how}; what code decides in ${versions(unproven)} only real data can show.`;
}

function versions(replay: readonly ReplayVerdict[]): string {
  return replay.map(({ version }) => `v${version}`).join(', ');
}

function subscriberWords({ subscribers, version }: EventVerdict): string {
  if (subscribers.length === 0) return '';
  const rejecting = subscribers.filter(({ outcome }) => outcome === 'breaks');
  if (rejecting.length === 0) {
    const names = subscribers.map(({ name, reads }) => (reads === version ? name : `${name} (reads v${reads})`));
    return `Running subscribers: ${names.join(', ')} can read what is published.`;
  }
  const each = rejecting.map(({ name, reads, refuses }) => `${name} reads v${reads} and rejects ${refuses.join(', ')}`);
  return `Running subscribers: ${each.join('; ')}.`;
}

function orderWords({ replay, subscribers }: EventVerdict): string {
  if (replay.some(({ outcome }) => outcome === 'breaks')) return 'Deploy nothing: stored events could not be read.';
  const rejecting = subscribers.filter(({ outcome }) => outcome === 'breaks').map(({ name }) => name);
  if (rejecting.length === 1) return `Deploy the subscriber first: ${rejecting[0]}, then what publishes.`;
  if (rejecting.length > 1) return `Deploy the subscribers first: ${rejecting.join(', ')}, then what publishes.`;
  return subscribers.length > 0 ? 'Deploy in any order.' : '';
}
