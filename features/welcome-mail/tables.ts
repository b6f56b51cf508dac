import * as z from 'zod';
import { openHttpClient } from '../../adapters/http/http-client.ts';
import { utcInstant } from '../../events/instant.ts';
import { instant } from '../../events/values.ts';
import { defineTable } from '../../projections/tables/define-table.ts';
import { defineTables } from '../../projections/tables/table-projection.ts';

const settings = z.object({
  FIGTREE_WELCOME_MAIL_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform((text) => new URL(text))
    .optional(),
});

/** Has a mail sent to everyone who joins, once: posts to the URL of what sends it. */
export const welcomeMail = defineTables({
  tables: {
    welcomes: defineTable({
      row: z.object({ userId: z.string(), joinedAt: instant }),
      key: { partition: 'userId' },
      changedBy: 'one-key',
      belongsTo: 'userId',
    }),
  },
  on: {
    'user-joined'({ data: { userId, joinedAt } }, { welcomes }) {
      welcomes.change({ userId }, (row) => row ?? { joinedAt: utcInstant(joinedAt) ?? joinedAt });
    },
  },
  effects: (declare) =>
    declare({
      settings,
      open({ FIGTREE_WELCOME_MAIL_URL: url }) {
        if (url === undefined) return {};
        const http = openHttpClient({ name: 'welcome-mail', url, honoursKeys: true });
        return {
          async 'user-joined'({ data: { userId, userName, firstName } }, { welcomes }) {
            if ((await welcomes.get({ userId })) !== undefined) return;
            await http.send({ json: { userId, userName, firstName } });
          },
        };
      },
    }),
  queries: () => ({}),
});
