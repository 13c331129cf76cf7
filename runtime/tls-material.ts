/** Certificates and certificate authorities of the bindings and sites of a table (hiawatha(1) TLScertFile, RequiredCA). */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Binding, RoutingTable } from '../routing-table/schema.ts';
import { configFile } from './certificate-files.ts';
import type { PemFiles } from './pem-files.ts';
import { HostMap } from './routing/match-host.ts';
import type { Site } from './routing/site.ts';
import { RuntimeError } from './runtime-error.ts';
import { writtenAt } from './written-at.ts';

type CaBundle = NonNullable<Binding['requiredCa']>;

/** What a TLS binding needs. */
export interface TlsMaterial {
  /** For a client that names no known host. */
  readonly default: SecureContextOptions;
  /** Whether clients are asked for a certificate. */
  readonly isClientAsked: boolean;
  /** Whether a client without a good certificate is turned away at once (RequiredCA of the binding). */
  readonly isClientRequired: boolean;
  /** The certificate for a name in lower case, or null for the default one. */
  contextFor(servername: string): SecureContext | null;
  /** The file of authorities that a certificate of a client of this name was held against; null: none. */
  authorityFor(servername: string | null): string | null;
}

/** The TLS of a table. */
export interface Certificates {
  /** One for each binding, in their order; null for plain ones. */
  readonly tls: readonly (TlsMaterial | null)[];
  /** What whoever runs the server should know. */
  readonly notices: readonly string[];
}

/** Reads the text of a file that a record of the table names. */
type ReadPem = (path: string, directive: string) => string;

/** @throws {@link RuntimeError} `HWR_TLS`. */
export function readCertificates(
  table: RoutingTable,
  sites: readonly [Site, ...Site[]],
  configDirectory: string,
  files: PemFiles,
): Certificates {
  if (table.bindings.every((binding) => binding.tlsCertFile === null)) {
    return { tls: table.bindings.map(() => null), notices: [] };
  }
  const notices = new Set<string>();
  const read: ReadPem = (path, directive) => {
    const full = configFile(path, configDirectory);
    try {
      return files.read(full, () => notices.add(staleNotice(directive, full)));
    } catch (error) {
      throw unusable(directive, path, error);
    }
  };
  const bySite = new Map<Site, SecureContext>();
  for (const site of sites) {
    const { tlsCertFile, requiredCa } = site.host;
    if (tlsCertFile === null) continue;
    const record = `/hosts/${site.position}`;
    const material = readMaterial(table, record, read, tlsCertFile, requiredCa);
    bySite.set(site, createSecureContext(material));
  }
  const isAnySiteStrict = sites.some(({ host }) => host.requiredCa !== null);
  const tls = table.bindings.map((binding, index): TlsMaterial | null => {
    if (binding.tlsCertFile === null) return null;
    const hosts = new HostMap(sites, index);
    const isClientRequired = binding.requiredCa !== null;
    const siteFor = (servername: string): Site => hosts.find(servername);
    return {
      default: {
        ...readMaterial(
          table,
          `/bindings/${index}`,
          read,
          binding.tlsCertFile,
          binding.requiredCa ?? sites[0].host.requiredCa,
        ),
        minVersion: 'TLSv1.2',
        // A session that is taken up again would bring the certificate of a client to another host.
        ...(isClientRequired || isAnySiteStrict
          ? { secureOptions: constants.SSL_OP_NO_TICKET }
          : {}),
      },
      isClientAsked: isClientRequired || isAnySiteStrict,
      isClientRequired,
      contextFor: (servername) => bySite.get(siteFor(servername)) ?? null,
      authorityFor: (servername) => {
        const site = servername === null ? null : siteFor(servername);
        const own = site !== null && bySite.has(site) ? site.host.requiredCa : null;
        const bundle = own ?? binding.requiredCa ?? sites[0].host.requiredCa;
        return bundle?.caFile ?? null;
      },
    };
  });
  return { tls, notices: [...notices] };
}

function readMaterial(
  table: RoutingTable,
  record: string,
  read: ReadPem,
  certificateFile: string,
  authorities: CaBundle | null,
): SecureContextOptions {
  const certificate = `TLScertFile${writtenAt(table, `${record}/tlsCertFile`)}`;
  const authority = `RequiredCA${writtenAt(table, `${record}/requiredCa`)}`;
  const pem = read(certificateFile, certificate);
  const ca = authorities === null ? null : read(authorities.caFile, authority);
  const crl = authorities?.crlFile == null ? null : read(authorities.crlFile, authority);
  const options: SecureContextOptions = {
    cert: pem,
    key: pem,
    ...(ca === null ? {} : { ca }),
    ...(crl === null ? {} : { crl }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw unusable(certificate, certificateFile, error);
  }
  return options;
}

function staleNotice(directive: string, path: string): string {
  return (
    `${directive} ${path} may not be read by the user of the server (EACCES), and is used on as it was read before; ` +
    'make it and its directory readable for the group of ServerId, or start the server anew'
  );
}

function unusable(directive: string, path: string, error: unknown): RuntimeError {
  const reason = error instanceof Error ? error.message : String(error);
  const shape = directive.startsWith('RequiredCA')
    ? 'the certificates of the authorities'
    : 'the private key and the certificate chain';
  return new RuntimeError(
    'HWR_TLS',
    `${directive} ${path} cannot be used: ${reason}; it has to be a PEM file with ${shape}`,
    { cause: error },
  );
}
