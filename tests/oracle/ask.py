"""Asks JavaRosa and @getodk/xforms-engine what forms say, and keeps what both agree on. See README.md."""

import argparse
import datetime
import gzip
import io
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import zoneinfo

import openpyxl
import pyxform
from pyxform.xls2xform import convert

import own

HERE = pathlib.Path(__file__).resolve().parent
JAR = pathlib.Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
# The time of China today, without the summer time that it had until 1991.
CHINA = zoneinfo.ZoneInfo("Etc/GMT-8")
ASKED = {
    "text", "integer", "decimal", "date", "time", "datetime", "select_one", "select_multiple", "rank", "range",
    "geopoint", "geotrace", "geoshape", "acknowledge", "barcode",
}


class Player:
    """An engine in a process of its own."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "Etc/GMT-8"}, encoding="utf-8",
        )

    def __call__(self, *words):
        self.process.stdin.write("\t".join(words).replace("\n", "\\n") + "\n")
        self.process.stdin.flush()
        seen = {}
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == ".":
                return seen
            if line.startswith("!"):
                seen["!"] = line[2:]
                continue
            path, kind, *flags, offered, value = line.split("\t")
            value = re.sub(r"\\(.)", lambda sign: {"n": "\n", "t": "\t", "r": "\r"}.get(sign[1], sign[1]), value)
            seen[path] = (kind, *(flag == "1" for flag in flags), offered, value)
        raise RuntimeError("the engine has ended")


def tables(text):
    """The sheets of a table in Markdown."""
    sheets, rows = {}, None
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        first, *cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if first:
            rows = sheets.setdefault(first, [])
        elif any(cells):
            rows.append(cells)
    return sheets


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                if cell:
                    sheet.cell(number, column, cell).data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out


class Form:
    """What a script must know of a form to answer it."""

    def __init__(self, sheets):
        head, *rows = sheets["survey"]
        rows = [dict(zip(head, row)) for row in rows]
        self.rows = {}
        self.repeats = set()
        group = []
        for row in rows:
            words = (row.get("type") or "").replace("begin ", "begin_").replace("end ", "end_").split()
            if not words:
                continue
            kind = words[0].lower()
            if kind.startswith("end_"):
                group.pop()
                continue
            path = "/" + "/".join(["data", *group, row.get("name", "")])
            if kind.startswith("begin_"):
                group.append(row["name"])
                if kind == "begin_repeat" and not row.get("repeat_count"):
                    self.repeats.add(path)
            self.rows[path] = (kind, row)
        words = " ".join(cell for row in rows for column, cell in row.items() if column in own.COLUMNS and cell)
        self.counts = set(re.findall(r"\$\{([^}]+)\}", " ".join(row.get("repeat_count") or "" for row in rows)))
        # Spaces around an answer go when it is typed.
        self.texts = sorted({text.strip() for text in re.findall(r"'([^'$]{1,20})'", words)} - {""})
        self.numbers = sorted({float(number) for number in re.findall(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w'-])", words)})

    def of(self, path):
        return self.rows.get(re.sub(r"\[\d+\]", "", path), ("", {}))

    def asked(self, path):
        kind, row = self.of(path)
        return kind in ASKED and not row.get("calculation")

    def answer(self, path, offered, lot, today):
        kind, row = self.of(path)
        if row["name"] in self.counts:
            return str(lot.randint(0, 5))
        if lot.random() < 0.1:
            return ""
        if kind in ("select_one", "select_multiple", "rank"):
            names = offered.split()
            if not names:
                return ""
            if kind == "select_one":
                return lot.choice(names)
            if kind == "rank":
                lot.shuffle(names)
                return " ".join(names)
            # One engine keeps the order in which choices were taken, the other that of the list.
            chosen = lot.sample(names, lot.randint(1, min(3, len(names))))
            return " ".join(name for name in names if name in chosen)
        if kind in ("integer", "decimal", "range"):
            near = lot.choice(self.numbers) if self.numbers and lot.random() < 0.6 else lot.randint(-3, 120)
            near += lot.choice([0, 0, 0, 1, -1])
            if kind == "range":
                begin, end = (int(float(re.search(f"{word}=([0-9.-]+)", row["parameters"])[1])) for word in ("start", "end"))
                return str(lot.randint(begin, end))
            near = int(near) if abs(near) < 1e8 else 7
            return str(near) if kind == "integer" else str(near + lot.choice([0, 0.5, 0.25, 1.005]))
        if kind in ("date", "datetime"):
            span = lot.choice([3, 40, 400, 8_000, 36_000])
            day = today + datetime.timedelta(days=lot.randint(-span, min(span, 400)))
            clock = f"T{lot.randint(0, 23):02}:{lot.randint(0, 59):02}:00.000+08:00" if kind == "datetime" else ""
            return f"{day}{clock}"
        if kind == "time":
            return f"{lot.randint(0, 23):02}:{lot.randint(0, 59):02}:00.000+08:00"
        if kind == "acknowledge":
            return "OK"
        if kind.startswith("geo"):
            points = [f"{29 + lot.randint(0, 99) / 1000} {106 + lot.randint(0, 99) / 1000} 0 0" for _ in range(lot.randint(3, 5))]
            if kind == "geoshape":
                points.append(points[0])
            return points[0] if kind == "geopoint" else "; ".join(points)
        if "id-number" in (row.get("appearance") or ""):
            body = f"500199{lot.randint(1925, today.year)}{lot.randint(1, 12):02}{lot.randint(1, 28):02}{lot.randint(0, 999):03}"
            return body + (own.mark(body) if lot.random() < 0.9 else lot.choice("0123456789"))
        if self.texts and lot.random() < 0.6:
            return lot.choice(self.texts)
        return lot.choice(["李秀英", "张伟", "a b", "12", "3.5", "0", "abc", "13800001234", "2026-01-02", "A1", "true"])


def same(one, other):
    if one == other:
        return True
    # Of places each number by itself.
    one, other = (value.replace(";", " ").split() for value in (one, other))
    try:
        pairs = [(float(a), float(b)) for a, b in zip(one, other, strict=True)]
    except ValueError:
        return False
    return bool(pairs) and all(a == b or abs(a - b) <= 1e-9 * max(1, abs(a), abs(b)) for a, b in pairs)


# What both say of a node: relevant, required, readonly, valid, offered, value; `None` where they differ.
def agreed(one, other):
    if one[1] != other[1]:
        return None
    if not one[1]:
        return 0
    flags = [int(a) if a == b else None for a, b in zip(one[2:5], other[2:5])]
    offered = one[5] if one[5] == other[5] else None
    return [*flags, offered, other[6] if same(one[6], other[6]) else None]


class Count:
    def __init__(self):
        self.asked = self.agreed = 0
        self.apart = {}

    def take(self, form, path, one, other, entry):
        self.asked += 1
        if entry == 0 or (entry is not None and None not in entry):
            self.agreed += 1
        else:
            self.apart.setdefault(re.sub(r"\[\d+\]", "", path), (path, one, other))


def play(name, sheets, players, scripts, steps, station, verbose):
    today = datetime.datetime.now(CHINA).date()
    form = Form(sheets)
    asked = own.plain(sheets, station)
    asked["settings"] = [["form_id", "name"], ["data", "data"]] if "settings" not in sheets else sheets["settings"]
    if "name" not in asked["settings"][0]:
        asked["settings"] = [[*asked["settings"][0], "name"], [*asked["settings"][1], "data"]]
    form.plain = Form(asked)
    xform = convert(xlsform=workbook(asked), file_type=".xlsx", form_name="data").xform
    lines = [{"name": name, "today": str(today), "station": station, "sheets": sheets}]
    count = Count()
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(xform)
        file.flush()
        for number in range(scripts):
            lot = random.Random(f"{name} {number}")
            known, script = {}, []
            do = ["open", file.name]
            for _ in range(steps):
                seen = [player(*do) for player in players]
                if "!" in seen[0] or "!" in seen[1]:
                    if verbose:
                        print(name, do, seen[0].get("!"), seen[1].get("!"), file=sys.stderr)
                    if do[0] == "open":
                        return None, seen
                    break
                now = {}
                for path in sorted(seen[0].keys() & seen[1].keys()):
                    # pyxform adds some of its own: what counts rows, what names the instance.
                    if not form.of(path)[0]:
                        continue
                    entry = agreed(seen[0][path], seen[1][path])
                    count.take(form, path, seen[0][path], seen[1][path], entry)
                    now[path] = entry
                delta = {path: entry for path, entry in now.items() if path not in known or known[path] != entry}
                delta.update({path: None for path in known if path not in now})
                known = now
                script.append([do if do[0] != "open" else ["open"], delta])
                do = step(form, seen, now, lot, today)
                if do is None:
                    break
            lines.append(script)
    return lines, count


def step(form, seen, now, lot, today):
    free = [path for path, entry in now.items() if entry and entry[1] == 0 and form.asked(path) and form.plain.asked(path)]
    rows = [path for path in seen[0].keys() & seen[1].keys()
            if re.sub(r"\[\d+\]", "", path) in form.repeats and path.endswith("]") and seen[0][path][1] and seen[1][path][1]]
    lots = lot.random()
    if form.repeats and lots < 0.12:
        if rows and lots < 0.04:
            return ["drop", lot.choice(sorted(rows))]
        if rows:
            repeat = lot.choice(sorted(rows)).rsplit("[", 1)[0]
            number = sum(1 for path in rows if path.rsplit("[", 1)[0] == repeat)
            return ["row", f"{repeat}[{number + 1}]"] if number < 4 else ["drop", f"{repeat}[{lot.randint(1, number)}]"]
    if not free:
        return None
    path = lot.choice(sorted(free))
    offered = now[path][3]
    if offered is None:
        offered = " ".join(sorted(set(seen[0][path][5].split()) & set(seen[1][path][5].split())))
    return ["set", path, form.answer(path, offered, lot, today)]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("forms", nargs="*", help="forms/*.md, or sheets as JSON; all of forms/ when none is named")
    options.add_argument("--engine", required=True, help="a folder with node_modules/@getodk/xforms-engine and jsdom")
    options.add_argument("--scripts", type=int, default=200)
    options.add_argument("--steps", type=int, default=12)
    options.add_argument("--verbose", action="store_true", help="say where the two differ")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as classes:
        subprocess.run(["javac", "-cp", JAR, "-d", classes, HERE / "Player.java"], check=True)
        players = [
            Player(["java", "-Duser.timezone=Etc/GMT-8", "-cp", f"{JAR}:{classes}", "Player"]),
            Player(["node", HERE / "player.mjs", str(pathlib.Path(chosen.engine).resolve() / "x.js")]),
        ]
        (HERE / "fixtures").mkdir(exist_ok=True)
        for path in map(pathlib.Path, chosen.forms or sorted((HERE / "forms").glob("*.md"))):
            text = path.read_text(encoding="utf-8")
            sheets = tables(text) if path.suffix == ".md" else json.loads(text)
            stations = [row[1] for row in sheets.get("choices", []) if re.fullmatch(r"\d{9}[1-9]\d\d|\d{11}[1-9]", str(row[1]))]
            lines, count = play(path.stem, sheets, players, chosen.scripts, chosen.steps,
                                stations[0] if stations else "500199101001", chosen.verbose)
            if lines is None:
                print(f"{path.stem}: not opened: {count[0].get('!', 'yes')} / {count[1].get('!', 'yes')}")
                continue
            print(f"{path.stem}: {len(lines) - 1} scripts, both agree on {count.agreed} of {count.asked} nodes")
            if chosen.verbose:
                for where, (exact, one, other) in sorted(count.apart.items()):
                    print(f"  {where}: {exact} JavaRosa {one[1:]}, xforms-engine {other[1:]}")
            out = "\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
            with open(HERE / f"fixtures/{path.stem}.jsonl.gz", "wb") as file:
                file.write(gzip.compress(out.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
