interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

const PROJECT = '';

/** Why the lock file would fail elsewhere, or not pin what is installed: a host in it; a missing package for another
 *  platform (`npm ci` of npm 11 refuses a lock with such a gap, and on that platform the tool would have no binary); a
 *  package without a SHA-512 of its content; an install script that package.json neither allows nor forbids, because
 *  nothing verifies what such a script downloads. */
export function lockBreaches(text: string, manifestText = '{}'): string[] {
  const { packages } = JSON.parse(text) as LockFile;
  const { allowScripts = {} } = JSON.parse(manifestText) as Manifest;
  const hosts = /"resolved"|https?:\/\/[^"]*\.tgz/.test(text) ? ['names the host of a registry'] : [];
  const found = Object.entries(packages).flatMap(([path, { integrity, link, hasInstallScript, ...each }]) => {
    const gaps = Object.keys(each.optionalDependencies ?? {})
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages))
      .map((name) => `${path}: lacks its optional package ${name}`);
    if (path === PROJECT || link === true) return gaps;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return [
      ...gaps,
      ...(/^sha512-[\w+/]{86}==$/.test(integrity ?? '') ? [] : [`${path}: has no SHA-512`]),
      ...(hasInstallScript === true && !(name in allowScripts) ? [`${path}: has an install script`] : []),
    ];
  });
  return [...hosts, ...found];
}
