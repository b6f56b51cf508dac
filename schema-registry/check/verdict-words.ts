import type { EventVerdict } from './catalog-check.ts';
import type { ReplayVerdict } from './replay-check.ts';
import type { SubscriberVerdict } from './subscriber-check.ts';

/** The two questions in words: can everything stored be read, and can every running subscriber read what is published;
 *  and the resulting order of deployment. */
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
  return `Replay: safe as far as schemas show${how}; only real data can show what code decides in ${versions(unproven)}.`;
}

function versions(replay: readonly ReplayVerdict[]): string {
  return replay.map(({ version }) => `v${version}`).join(', ');
}

function subscriberWords({ subscribers, version }: EventVerdict): string {
  if (subscribers.length === 0) return '';
  const of = (outcome: SubscriberVerdict['outcome']) => subscribers.filter((each) => each.outcome === outcome);
  const names = of('safe').map(({ name, reads }) => (reads === version ? name : `${name} (reads v${reads})`));
  const rejecting = of('breaks').map(
    ({ name, reads, refuses }) => `${name} reads v${reads} and rejects ${refuses.join(', ')}`,
  );
  const unproven = of('unproven').map(({ name, reads, refuses }) =>
    refuses.length === 0
      ? `${name} reads v${reads}, about which nothing is known`
      : `${name} reads v${reads}, and no schema tells whether it accepts ${refuses.join(', ')}`,
  );
  const others = [...rejecting, ...unproven];
  const safe = others.length > 0 || names.length === 0 ? [] : [`${names.join(', ')} can read what is published`];
  return `Running subscribers: ${[...others, ...safe].join('; ')}.`;
}

function orderWords({ replay, subscribers, version }: EventVerdict): string {
  if (replay.some(({ outcome }) => outcome === 'breaks')) return 'Deploy nothing: stored events could not be read.';
  const namesOf = (outcome: SubscriberVerdict['outcome']) =>
    subscribers.filter((each) => each.outcome === outcome).map(({ name }) => name);
  const [rejecting, unproven] = [namesOf('breaks'), namesOf('unproven')];
  const [what, how] = [rejecting.length > 1 ? 'subscribers' : 'subscriber', rejecting.join(', ')];
  const trial = `let ${unproven.join(', ')} read real data of v${version}, or deploy what reads v${version} there first`;
  if (rejecting.length > 0) {
    const also = unproven.length > 0 ? ` And ${trial}.` : '';
    return `Deploy the ${what} first: ${how}, then what publishes.${also}`;
  }
  if (unproven.length > 0) return `Before what publishes is deployed, ${trial}.`;
  return subscribers.length > 0 ? 'Deploy in any order.' : '';
}
