import { expect, test } from 'vitest';
import { InheritedSockets } from '../../runtime/inherited-sockets.ts';

const WEB = { descriptor: 3, name: null, address: '0.0.0.0', port: 80 };
const BOTH = { descriptor: 4, name: null, address: '::', port: 443 };
const ADMIN = { descriptor: 5, name: 'admin', address: '127.0.0.1', port: 9000 };

test('InheritedSockets gives a binding the socket of its address and port, once', () => {
  const sockets = new InheritedSockets([WEB]);
  expect(sockets.takeFor({ id: null, address: '127.0.0.1', port: 80 })).toBeNull();
  expect(sockets.takeFor({ id: null, address: '0.0.0.0', port: 80 })).toBe(3);
  expect(sockets.takeFor({ id: null, address: '0.0.0.0', port: 80 })).toBeNull();
});

test('InheritedSockets gives a socket for both families to a binding of all IPv4 addresses', () => {
  const sockets = new InheritedSockets([BOTH]);
  expect(sockets.takeFor({ id: null, address: '0.0.0.0', port: 443 })).toBe(4);
});

test('InheritedSockets gives a named socket to the binding of that id, wherever it listens', () => {
  const sockets = new InheritedSockets([WEB, ADMIN]);
  expect(sockets.takeFor({ id: null, address: '127.0.0.1', port: 9000 })).toBeNull();
  expect(sockets.takeFor({ id: 'admin', address: '0.0.0.0', port: 80 })).toBe(5);
});

test('InheritedSockets says which sockets nobody took', () => {
  const sockets = new InheritedSockets([WEB, { ...ADMIN, address: '::1' }]);
  sockets.takeFor({ id: null, address: '0.0.0.0', port: 80 });
  expect(sockets.unused()).toEqual([
    'the socket 5 named "admin" that this was started with listens on [::1]:9000, and no Binding has that address and port or, as BindingId, that name: nobody answers there',
  ]);
});
