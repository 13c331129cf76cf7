import { describe, expect, test } from 'vitest';
import { SlotTable } from '../../runtime/slot-table.ts';

describe('SlotTable', () => {
  test('finds values by their numbers until they are deleted', () => {
    const table = new SlotTable<string>();
    const [one, two] = [table.take(), table.take()];
    table.set(one, 'one');
    table.set(two, 'two');
    expect([table.get(one), table.get(two), table.values()]).toEqual([
      'one',
      'two',
      ['one', 'two'],
    ]);
    expect([table.delete(one), table.delete(one)]).toEqual([true, false]);
    expect([table.get(one), table.values()]).toEqual([undefined, ['two']]);
  });

  test('takes a late number for none when its slot is in use again', () => {
    const table = new SlotTable<string>();
    const early = table.take();
    table.set(early, 'early');
    table.delete(early);
    const late = table.take();
    table.set(late, 'late');
    expect([table.get(early), table.delete(early), table.get(late)]).toEqual([
      undefined,
      false,
      'late',
    ]);
  });

  test('gives small numbers, and each again only after thousands', () => {
    const table = new SlotTable<string>();
    const numbers = new Set<number>();
    for (let round = 0; round < 2000; round += 1) {
      const number = table.take();
      numbers.add(number);
      table.set(number, 'value');
      table.delete(number);
    }
    expect(numbers.size).toBe(2000);
    for (let round = 0; round < 3000; round += 1) {
      const number = table.take();
      numbers.add(number);
      table.set(number, String(round));
      expect(table.get(number)).toBe(String(round));
      table.delete(number);
    }
    expect([Math.min(...numbers) > 0, Math.max(...numbers) < 2 ** 31]).toEqual([true, true]);
  });

  test('keeps values by the numbers of another table', () => {
    const giver = new SlotTable<string>();
    const table = new SlotTable<string>();
    const numbers = Array.from({ length: 100 }, () => giver.take());
    for (const number of numbers) table.set(number, String(number));
    expect(numbers.map((number) => table.get(number))).toEqual(numbers.map(String));
  });
});
