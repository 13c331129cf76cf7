import { beforeEach, describe, expect, test } from 'vitest';
import type { FileFacts, FileSystem } from '../../runtime/routing/file-system.ts';
import { LinkChecks } from '../../runtime/link-checks.ts';
import { LooksOfTurn } from '../../runtime/looks-of-turn.ts';

/** A disk on which every file has the size that was set last. */
class ChangingDisk implements FileSystem {
  size = 1;
  inode = 0;
  looks = 0;
  linkLooks = 0;

  look(): FileFacts {
    this.looks += 1;
    return { kind: 'file', size: this.size, modifiedMs: 0, changedMs: 0, inode: this.inode };
  }
  lookForFile(): FileFacts {
    return this.look();
  }
  isReadable(): boolean {
    return true;
  }
  isExecutable(): boolean {
    return true;
  }
  isWithin(): boolean {
    this.linkLooks += 1;
    return true;
  }
}

let disk: ChangingDisk;
beforeEach(() => {
  disk = new ChangingDisk();
});

function changeTo(size: number): void {
  disk.size = size;
}

describe('LooksOfTurn', () => {
  test('looks once at a path within a turn', () => {
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => 1);
    expect(looks.look('/a').size).toBe(1);
    expect(looks.look('/a').size).toBe(1);
    expect(disk.looks).toBe(1);
  });

  test('looks again in the next turn', () => {
    let turn = 1;
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => turn);
    looks.look('/a');
    changeTo(2);
    turn = 2;
    expect(looks.look('/a').size).toBe(2);
  });

  test('looks again when it was told to forget', () => {
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => 1);
    looks.look('/a');
    changeTo(2);
    looks.forget();
    expect(looks.look('/a').size).toBe(2);
  });

  test('does not take one path for another', () => {
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => 1);
    looks.look('/a');
    changeTo(2);
    expect(looks.look('/b').size).toBe(2);
    expect(looks.look('/a').size).toBe(1);
  });

  test('goes on when a turn has more paths than it remembers', () => {
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => 1);
    for (let number = 1; number <= 50; number += 1) {
      changeTo(number);
      expect(looks.look(`/${number}`).size).toBe(number);
      expect(looks.look(`/${number}`).size).toBe(number);
    }
    expect(disk.looks).toBe(50);
  });

  test('knows the turns of the event loop', async () => {
    const looks = new LooksOfTurn(disk, new LinkChecks(disk));
    looks.look('/a');
    changeTo(2);
    await Promise.resolve();
    expect(looks.look('/a').size).toBe(1);
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(looks.look('/a').size).toBe(2);
  });

  test('looks once for links in a path, while it leads to the same file', () => {
    let turn = 1;
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => turn);
    for (turn = 1; turn <= 3; turn += 1) {
      looks.look('/a');
      expect(looks.isWithin('/a', '/')).toBe(true);
    }
    expect(disk.linkLooks).toBe(1);
    disk.inode = 2;
    looks.look('/a');
    looks.isWithin('/a', '/');
    expect(disk.linkLooks).toBe(2);
  });

  test('looks for links each time in a path that it has not looked at', () => {
    const looks = new LooksOfTurn(disk, new LinkChecks(disk), () => 1);
    looks.isWithin('/a', '/');
    looks.isWithin('/a', '/');
    expect(disk.linkLooks).toBe(2);
  });
});
