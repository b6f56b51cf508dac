import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import * as z from 'zod';
import { FigtreeError } from '../../../events/errors.ts';
import type { ServedSite } from '../../catalog-site/served-site.ts';
import type { ServerApp } from '../env.ts';

/** The start page of the catalog, and the folder of its files. */
const START = '/catalog';
const FOLDER = '/catalog/';

/** The documentation of all events. Public even with keys, like `/openapi.json`, because it describes only code. Drawn
 *  with the first request. */
export function addCatalogRoutes(app: ServerApp, drawSite: () => Promise<ServedSite>): void {
  const site = drawnOnce(drawSite);
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
  // Looked up by name among the generated files, and never read from the disk.
  app.get(`${FOLDER}*`, async (c) => {
    const name = c.req.path.slice(FOLDER.length);
    return answer(c, name, (await site()).files.get(name));
  });
}

function drawnOnce<Drawn>(draw: () => Promise<Drawn>): () => Promise<Drawn> {
  let drawn: Promise<Drawn> | undefined;
  return () => {
    drawn ??= draw().catch((error: unknown) => {
      // The next request may succeed.
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

/** The pages load nothing from other sites and run no script but their own. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

function answer(c: Context, name: string, text: string | undefined): Response {
  if (text === undefined) throw new FigtreeError('NOT_FOUND', `There is no route ${c.req.path}`);
  const type = contentTypes.find(([end]) => name.endsWith(end))?.[1] ?? 'text/plain; charset=utf-8';
  return c.body(text, 200, {
    'content-type': type,
    // Browsers cache the files and revalidate them on each use, because the next release may change them.
    'cache-control': 'no-cache',
    'content-security-policy': POLICY,
  });
}
