"""Compiles the headers of a folder in every standard that they promise: compile_headers.py FOLDER COMPILER...

Each header twice in a row, and in one file with all others; COMPILER is gcc or clang-22, with its C++ driver beside it.
"""
import os
import subprocess
import sys

folder, compilers = sys.argv[1], sys.argv[2:]
strict = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-I", folder, "-x"]
files = sorted(os.listdir(folder))
headers = [file for file in files if file.endswith(".h")]
classes = [file for file in files if file.endswith(".hpp")]
failed = 0


def compile_text(compiler, language, standard, includes, *more):
    global failed
    text = "".join(f'#include "{file}"\n' for file in includes) + "int main(void) { return 0; }\n"
    if subprocess.run([compiler, *strict, language, f"-std={standard}", *more, "-"], input=text, text=True).returncode != 0:
        print(f"{compiler} -std={standard} {includes}")
        failed += 1


count = 0
for compiler in compilers:
    driver = {"gcc": "g++"}.get(compiler, compiler.replace("clang", "clang++"))
    for includes in [[header] * 2 for header in headers] + [headers]:
        for standard in ("c99", "c11", "c17"):
            compile_text(compiler, "c", standard, includes, "-Wstrict-prototypes", "-Wshadow", "-Wconversion")
        for standard in ("c++11", "c++14", "c++17", "c++20"):
            compile_text(driver, "c++", standard, includes)
        count += 1
    for includes in [[header] * 2 for header in classes] + [headers + classes]:
        compile_text(driver, "c++", "c++20", includes)
        count += 1
print(f"{len(headers)} headers and {len(classes)} classes")
sys.exit(failed != 0)
