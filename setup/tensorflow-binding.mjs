import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './failure.mjs'
import { checkout } from './paths.mjs'
import { findProgram, runCommand } from './run-command.mjs'

/** The npm package whose native part is compiled here. */
export const BINDING_PACKAGE = join(checkout, 'node_modules/@tensorflow/tfjs-node-gpu')
/** Where the package looks for it. */
export const BINDING = 'lib/napi-v8/tfjs_binding.node'
const NAPI_HEADERS = join(checkout, 'node_modules/node-api-headers/include')
const FLAGS = ['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION']

/**
 * What is added to the package's source: lists of strings and of types as attributes of an operation. TensorFlow's fused
 * convolutions want both; without them the networks fall back to the operations one by one, half as fast.
 */
const ADDITIONS = [
  {
    after: '    case TF_ATTR_STRING: {\n',
    code: list('std::string', 'GetStringParam(env, element, items[i])', [
      'std::vector<const void *> pointers(length);',
      'std::vector<size_t> sizes(length);',
      'for (uint32_t i = 0; i < length; ++i) {',
      '  pointers[i] = items[i].data();',
      '  sizes[i] = items[i].size();',
      '}',
      'TFE_OpSetAttrStringList(tfe_op, attr_name, pointers.data(), sizes.data(), static_cast<int>(length));',
    ]),
  },
  {
    after: '    case TF_ATTR_TYPE: {\n',
    code: list('TF_DataType', 'napi_get_value_int32(env, element, reinterpret_cast<int32_t *>(&items[i]))', [
      'TFE_OpSetAttrTypeList(tfe_op, attr_name, items.data(), static_cast<int>(length));',
    ]),
  },
]

function list(type, read, set) {
  return `      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<${type}> items(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = ${read};
          ENSURE_NAPI_OK(env, nstatus);
        }
        ${set.join('\n        ')}
        break;
      }
`
}

/** The package's source with the additions. @throws SetupError when it is not the source that they were written for */
export function withAdditions(source) {
  let text = source
  for (const { after, code } of ADDITIONS) {
    const parts = text.split(after)
    if (parts.length !== 2) {
      throw new SetupError(
        'The TensorFlow binding’s source is not the one that Karyon adds to.',
        'Install the packages again with `npm ci`, then run the same command.',
      )
    }
    text = parts.join(after + code)
  }
  return text
}

export async function findCompiler() {
  const found = await findProgram([...(process.env.CXX ? [[process.env.CXX]] : []), ['g++'], ['c++'], ['clang++']], ['--version'])
  if (found === undefined) {
    throw new SetupError(
      'A C++ compiler is missing: the TensorFlow binding is compiled on this machine.',
      'Install one, e.g. `apt-get install g++`, then run the same command again.',
    )
  }
  return found.command[0]
}

/** Compiles the binding into `stage`, against the library and headers below `stage/deps`. */
export async function compileBinding(compiler, stage) {
  const output = join(stage, BINDING)
  mkdirSync(join(output, '..'), { recursive: true })
  const sources = join(BINDING_PACKAGE, 'binding')
  const backend = join(stage, 'tfjs_backend.cc')
  writeFileSync(backend, withAdditions(readFileSync(join(sources, 'tfjs_backend.cc'), 'utf8')))
  await runCommand(
    compiler,
    [
      ...FLAGS,
      `-I${NAPI_HEADERS}`,
      `-I${join(stage, 'deps/include')}`,
      `-I${BINDING_PACKAGE}`,
      `-I${sources}`,
      backend,
      join(sources, 'tfjs_binding.cc'),
      '-o',
      output,
      `-L${join(stage, 'deps/lib')}`,
      '-ltensorflow',
      '-ltensorflow_framework',
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
      '-Wl,-rpath-link,$ORIGIN',
    ],
    { cwd: stage, fix: 'If headers of the C++ library are missing, install `g++`.' },
  )
}

/** Tells bindings apart in the cache: one for every source, addition and flag. */
export function bindingHash() {
  const hash = createHash('sha256').update(FLAGS.join(' ')).update(JSON.stringify(ADDITIONS))
  const sources = join(BINDING_PACKAGE, 'binding')
  for (const name of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, name)))
  return hash.digest('hex').slice(0, 8)
}
