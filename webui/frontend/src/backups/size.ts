import { megabytes } from '@/format'

/** Octets as people read them. */
export const sizeOf = (octets: number): string => megabytes(octets / 1e6)
