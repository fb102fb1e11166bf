"""How long pyxform and @getodk/xforms-engine take to load the forms of a catalogue, beside what `make bench` measures of ours."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from pyxform.xls2xform import convert

import ask
import own

RUNS = 3
OURS = r"catalogue, \d+ matters: read, p50: ([\d.]+) ms"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("forms", nargs="+", help="the sheets as JSON, which the example `sheets` writes")
    options.add_argument("--engine", required=True, help="a folder with node_modules/@getodk/xforms-engine and jsdom")
    chosen = options.parse_args()
    bench = ["cargo", "bench", "--quiet", "-p", "doorstep-harness", "--", "forms"]
    said = subprocess.run(bench, stderr=subprocess.PIPE, check=True, text=True).stderr
    ours = float(re.search(OURS, said)[1])
    print(said, end="", flush=True)

    folder = pathlib.Path(chosen.engine).resolve() / "package.json"
    engine = ask.Player(["node", str(ask.HERE / "player.mjs"), str(folder)])
    books = {}
    for path in chosen.forms:
        sheets = json.loads(pathlib.Path(path).read_text("utf-8"))
        books[path] = ask.workbook(own.plain(sheets, "500199101201")).getvalue()
    runs = []
    for _ in range(RUNS):
        converting = opening = 0.0
        for path, book in books.items():
            with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
                begun = time.perf_counter()
                xform = convert(xlsform=book, file_type=".xlsx", form_name="data").xform
                converting += time.perf_counter() - begun
                file.write(xform)
                file.flush()
                begun = time.perf_counter()
                seen = engine("open", file.name)
                opening += time.perf_counter() - begun
                if "!" in seen:
                    sys.exit(f"{path}: {seen['!']}")
        runs.append((converting + opening, converting, opening))
    whole, converting, opening = (1000 * part for part in sorted(runs)[len(runs) // 2])
    print(f"· {len(books)} forms, p50 of {RUNS}: pyxform {converting:.0f} ms, xforms-engine {opening:.0f} ms")
    print(f"· ours {ours:.0f} ms: {whole / ours:.1f} times as fast (bar 20)")


if __name__ == "__main__":
    main()
