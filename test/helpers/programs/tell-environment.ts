/** Tells the variables that its allocator reads, then leaves. */
const names = ['GLIBC_TUNABLES', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_']
process.send?.(Object.fromEntries(names.map((name) => [name, process.env[name]])), () => process.exit(0))
