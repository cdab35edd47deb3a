/**
 * Which `Host` headers the server accepts. A page of another site can point its own name to 127.0.0.1 (DNS rebinding) and would then
 * be allowed to read the answers, but its requests still carry its name.
 */
import { hostname } from 'node:os';

const loopback = new Set(['127.0.0.1', 'localhost', '::1']);
/** The whole of 127.0.0.0/8 is this machine. */
export const isLoopback = (host: string): boolean => loopback.has(host) || /^127(?:\.\d{1,3}){3}$/.test(host);

const isAddress = (name: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name.includes(':');

/**
 * @param bound the address that the server listens on
 * @returns whether a `Host` header names this server. Other sites cannot send addresses, only names.
 */
export function hostCheck(bound: string, port: number): (header: string | undefined) => boolean {
  return (header) => {
    const match = /^(\[[\da-f:.]+\]|[^:[\]@/\\\s]+)(?::(\d{1,5}))?$/i.exec(header ?? '');
    if (!match) return false;
    const name = match[1]!.replace(/^\[|\]$/g, '').toLowerCase();
    if (Number(match[2] ?? 80) !== port) return false;
    if (isLoopback(name)) return true;
    if (isLoopback(bound)) return false;
    return isAddress(name) || name === bound.toLowerCase() || name === hostname().toLowerCase();
  };
}
