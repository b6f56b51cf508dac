interface LockFile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

/** What keeps the lock file from working elsewhere: a host in it, or a package for another platform that it leaves out.
 *  `npm ci` of npm 11 refuses a lock with such a gap, and on that platform the tool would have no binary. */
export function lockBreaches(text: string): string[] {
  const { packages } = JSON.parse(text) as LockFile;
  const gaps = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages))
      .map((name) => `${path}: lacks its optional package ${name}`),
  );
  const hosts = /"resolved"|https?:\/\/[^"]*\.tgz/.test(text) ? ['names the host of a registry'] : [];
  return [...hosts, ...gaps];
}
