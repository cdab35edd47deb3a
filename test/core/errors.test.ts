import { CycleGANError, isCycleGANError } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';

describe('CycleGANError', () => {
  it('has a name, a code, a message and a cause', () => {
    const cause = new Error('disk full');
    const error = new CycleGANError('NOT_FOUND', 'no such file', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('CycleGANError: no such file');
    expect([error.code, error.cause]).toEqual(['NOT_FOUND', cause]);
    expect('cause' in new CycleGANError('NOT_FOUND', 'no such file')).toBe(false);
  });
});

describe('isCycleGANError', () => {
  it('tells our errors, and their kinds, from others', () => {
    const error = new CycleGANError('DISPOSED', 'gone');
    expect(isCycleGANError(error)).toBe(true);
    expect(isCycleGANError(error, 'DISPOSED')).toBe(true);
    expect(isCycleGANError(error, 'NOT_FOUND')).toBe(false);
    expect([new Error('gone'), { name: 'CycleGANError' }, 'gone', null].some((e) => isCycleGANError(e))).toBe(
      false,
    );
  });

  it('knows the errors of another copy of the library', () => {
    const other = Object.assign(new Error('gone'), { name: 'CycleGANError', code: 'DISPOSED' });
    expect(isCycleGANError(other, 'DISPOSED')).toBe(true);
  });
});
