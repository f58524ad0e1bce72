// Byte-compiles the Python files of a zip, with the Pyodide that will run them:
//
//     node tools/compile_tab.mjs FOLDER-OF-PYODIDE IN.zip OUT.zip

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const COMPILE = `
import ast, importlib.util, zipfile

# Their classes make documentation from documentation.
DOCUMENTED = ("ipywidgets/", "attr/")
DEFINITIONS = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

def compiled(name, source):
    tree = ast.parse(source, name)
    if not name.startswith(DOCUMENTED):
        for node in ast.walk(tree):
            if isinstance(node, DEFINITIONS) and ast.get_docstring(node, False):
                node.body[0].value.value = ""
    # Unchecked: nobody changes the source beside it, and no time makes builds differ.
    code = compile(tree, name, "exec", dont_inherit=True)
    return importlib._bootstrap_external._code_to_hash_pyc(
        code, importlib.util.source_hash(source), False
    )

with zipfile.ZipFile("/in.zip") as old, zipfile.ZipFile("/out.zip", "w") as new:
    for info in old.infolist():
        source = old.read(info)
        made = zipfile.ZipInfo(info.filename + "c", info.date_time)
        new.writestr(made, compiled(info.filename, source))
`;

const [folder, from, to] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
// Sets are written in the order of their hashes; a traceback of a library that points at
// the line is enough, and the columns are a fifth of the bytes.
const env = { PYTHONHASHSEED: "0", PYTHONNODEBUGRANGES: "1" };
const python = await loadPyodide({ indexURL: folder, env });
python.FS.writeFile("/in.zip", readFileSync(from));
python.runPython(COMPILE);
writeFileSync(to, python.FS.readFile("/out.zip"));
