/** @type {import('next').NextConfig} */
export default {
  // Two builds of one checkout (a second home under test, say) must not write over each other.
  distDir: process.env.KARYON_BUILD_DIR ?? '.next',
  poweredByHeader: false,
  // Native or self-locating packages are required from node_modules at run time, never bundled.
  serverExternalPackages: ['sharp', 'postgres', 'pg', '@prisma/client', '@prisma/adapter-pg', 'busboy', 'yauzl'],
  devIndicators: false,
}
