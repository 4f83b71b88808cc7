import { readFileSync } from "node:fs"

const { peerDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
const peers = Object.keys(peerDependencies).join("|")

export default {
  forbidden: [
    {
      name: "no-circles",
      comment: "No circle of files, type imports included.",
      severity: "error",
      from: {},
      to: { circular: true }
    },
    {
      name: "pure-language",
      comment:
        "src/ and services/ import each other, effect and re2js (regular expressions in linear time), nothing else: no layer, no driver, no Node module, no platform.",
      severity: "error",
      from: { path: "^(src|services)/" },
      to: { pathNot: "^(src|services|node_modules/(effect|re2js))/" }
    },
    {
      name: "layers-at-the-edge",
      comment:
        "Layers import src/, services/, other layers, Node modules and the declared peers; never tests or programs.",
      severity: "error",
      from: { path: "^layers/", pathNot: "^layers/kernels/build[.]mjs$" },
      to: {
        pathNot: `^(src|services|layers)/|^(node_modules/)?(${peers})(/|$)`,
        dependencyTypesNot: ["core"]
      }
    },
    {
      name: "programs-stand-alone",
      comment: "The library imports no example, bench or test.",
      severity: "error",
      from: { pathNot: "^(examples|bench|test)/" },
      to: { path: "^(examples|bench|test)/" }
    },
    {
      name: "resolvable",
      comment: "Every import resolves; only the native drivers, which are optional peers, need not be installed.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^@tensorflow/tfjs-node(-gpu)?$" }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^layers/kernels/assembly/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"]
    }
  }
}
