import type * as z from 'zod';
import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { KeyOf, RowOf, Tables } from './define-table.ts';
import type { HandlerTable } from './handler-table.ts';

/** What an event causes outside of the system: a mail, a call. Effects come before the rows of the event change, and may
 *  read the tables. They are not called in a replay, in which handlers alone make the same rows, so what an effect has
 *  done is remembered by the handler of the same event. A crash may repeat an effect: at least once. */
export type EffectHandlers<Of extends Tables> = {
  readonly [Type in EventType]?: (event: HandledEvent<Type>, tables: ReadTables<Of>) => Promise<void> | void;
};

type ReadTables<Of extends Tables> = {
  readonly [Name in keyof Of]: Pick<HandlerTable<RowOf<Of[Name]>, KeyOf<Of[Name]>>, 'get' | 'list'>;
};

/** Effects, and the variables of the environment that they depend on. */
export interface Effects<Of extends Tables, Settings extends z.ZodObject = z.ZodObject> {
  /** By the names of the variables, which begin with FIGTREE_; optional ones may be unset. */
  readonly settings: Settings;
  /** May return none if they are switched off. */
  open(settings: z.output<Settings>): EffectHandlers<Of>;
}

/** `declare` returns what it is given; it ties the effects to the tables and to their settings. */
export type DeclaredEffects<Of extends Tables> = (declare: DeclareEffects<Of>) => Effects<Of>;

export type DeclareEffects<Of extends Tables> = <Settings extends z.ZodObject>(
  effects: Effects<Of, Settings>,
) => Effects<Of>;

/** Returns what the environment says about these variables, or throws. */
export type ParseSettings = (settings: z.ZodObject) => Readonly<Record<string, unknown>>;
