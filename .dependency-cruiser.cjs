/** The import rule of the architecture: who may know whom. Every breach is an error. */
const rooms = '^(core|networks|trainer|model-registry|app|cli|setup|bench|test)/'
const deny = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    deny(
      'no-cycle',
      'Two files that need each other are one idea, or three.',
      {},
      { circular: true, viaOnly: { pathNot: 'node_modules|core/generated' } },
    ),
    deny(
      'core-knows-nobody',
      'The domain is imported by every room and imports none.',
      { path: '^core/' },
      { path: rooms, pathNot: '^core/' },
    ),
    deny('networks-know-core', 'networks is TensorFlow over core.', { path: '^networks/' }, { path: rooms, pathNot: '^(core|networks)/' }),
    deny(
      'trainer-knows-networks',
      'The trainer never reaches into app, serving or the CLI.',
      { path: '^trainer/' },
      { path: rooms, pathNot: '^(core|networks|trainer)/' },
    ),
    deny(
      'registry-knows-core',
      'Only serving may predict; the rest of the registry is storage and policy.',
      { path: '^model-registry/', pathNot: '^model-registry/serving/' },
      { path: rooms, pathNot: '^(core/|model-registry/(?!serving/))' },
    ),
    deny(
      'serving-knows-networks',
      'The model server stands beside app and trainer, not on them.',
      { path: '^model-registry/serving/' },
      { path: rooms, pathNot: '^(core|networks|model-registry)/' },
    ),
    deny(
      'app-and-cli-are-thin',
      'They parse, permit, call core and respond; TensorFlow is never in their processes.',
      { path: '^(app|cli)/|^proxy\\.ts$' },
      { path: '^(networks|trainer|model-registry/serving|setup|bench|test)/', pathNot: '^setup/doctor\\.mjs$' },
    ),
    deny(
      'tensorflow-has-three-rooms',
      'A web process that loads TensorFlow blocks on its first tensor.',
      { pathNot: '^(networks|trainer|model-registry/serving|test|bench|setup)/' },
      { path: 'node_modules/@tensorflow/' },
    ),
    deny(
      'core-has-no-react',
      'The domain does not know that there is a browser.',
      { path: '^(core|networks|trainer|model-registry)/' },
      { path: 'node_modules/(react|react-dom|next)/' },
    ),
    deny(
      'segmentation-is-browser-safe',
      'The mask lab runs this code in the page.',
      { path: '^core/(segmentation|contracts)/' },
      { dependencyTypes: ['core'] },
    ),
    deny(
      'segmentation-is-pure',
      'The mask lab runs this code in the page.',
      { path: '^core/(segmentation|contracts)/' },
      { path: '^core/(?!segmentation/|contracts/|errors\\.ts)|node_modules/(?!zod/|yaml/)' },
    ),
    deny(
      'no-orphan-import',
      'An import that resolves to nothing fails at run time.',
      {},
      { couldNotResolve: true, pathNot: '^server-only$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules|core/generated' },
    exclude: { path: '^\\.next|\\.karyon' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
}
