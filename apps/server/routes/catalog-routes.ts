import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import { generateServedSite } from '../../catalog-site/served-site.ts';
import type { ServerApp } from '../env.ts';

/** Where the catalog begins, and where its files lie. */
const START = '/catalog';
const FOLDER = '/catalog/';

/** The documents of all events. Open even with keys, as `/openapi.json` is: they tell of the code and of nobody. */
export function addCatalogRoutes(app: ServerApp): void {
  const site = drawnOnce(generateServedSite);
  app.use(`${FOLDER}*`, etag());
  app.openapi(
    createRoute({
      method: 'get',
      path: START,
      tags: ['operation'],
      summary: 'Browse the event catalog: fields, examples, versions, producers and consumers of every event',
      responses: {
        200: {
          description: 'The start page of the catalog, as HTML',
          content: { 'text/html': { schema: z.string() } },
        },
      },
    }),
    async (c) => answer(c, 'index.html', (await site()).start),
  );
  app.get(FOLDER, async (c) => answer(c, 'index.html', (await site()).files.get('index.html')));
  // What is asked for is looked up among the names of the site and never looked for on the disk.
  app.get(`${FOLDER}*`, async (c) => {
    const name = c.req.path.slice(FOLDER.length);
    return answer(c, name, (await site()).files.get(name));
  });
}

function drawnOnce<Drawn>(draw: () => Promise<Drawn>): () => Promise<Drawn> {
  let drawn: Promise<Drawn> | undefined;
  return () => {
    drawn ??= draw().catch((error: unknown) => {
      // Whoever asks next may have more luck.
      drawn = undefined;
      throw error;
    });
    return drawn;
  };
}

const contentTypes: readonly [end: string, type: string][] = [
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.mdx', 'text/markdown; charset=utf-8'],
  ['.schema.json', 'application/schema+json'],
  ['/schema.json', 'application/schema+json'],
  ['.json', 'application/json'],
];

/** The pages load nothing from elsewhere and run no script but their own. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

function answer(c: Context, name: string, text: string | undefined): Response {
  if (text === undefined) throw new FigtreeError('NOT_FOUND', `There is no route ${c.req.path}`);
  const type = contentTypes.find(([end]) => name.endsWith(end))?.[1] ?? 'text/plain; charset=utf-8';
  return c.body(text, 200, {
    'content-type': type,
    // Kept by the browser, and asked for each time whether it is still so: the next release may say something else.
    'cache-control': 'no-cache',
    'content-security-policy': POLICY,
  });
}
