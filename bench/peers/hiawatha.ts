import { startProgram } from '../../test/support/child-program.ts';
import type { Peer } from '../peer.ts';
import { writeHiawathaConfiguration } from './ours.ts';

export const hiawatha: Peer = {
  name: 'Hiawatha',
  program: 'hiawatha',
  version: { args: ['-v'], pattern: /\d+\.\d+(\.\d+)?/ },
  servesFiles: true,
  startsPrograms: true,
  start: (program, site) => {
    writeHiawathaConfiguration(site);
    return startProgram(program, ['-d', '-c', site.directory]);
  },
};
