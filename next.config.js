/** @type {import('next').NextConfig} */
export default {
  // Native or wasm inside, or found by their own place in node_modules: loaded by Node, never bundled.
  serverExternalPackages: [
    'sharp',
    'postgres',
    'pg',
    '@prisma/client',
    '@prisma/adapter-pg',
    '@prisma/driver-adapter-utils',
    'busboy',
    'yauzl',
  ],
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  // Types are checked by `npm run typecheck`, once and for everything; the build of a fresh clone must not wait for it.
  typescript: { ignoreBuildErrors: true },
  // A stream would be held back until a block is full.
  compress: false,
  devIndicators: false,
  async headers() {
    return [
      {
        source: '/:path*',
        headers: [
          { key: 'X-Content-Type-Options', value: 'nosniff' },
          { key: 'X-Frame-Options', value: 'DENY' },
          { key: 'Referrer-Policy', value: 'same-origin' },
        ],
      },
    ]
  },
}
