"""Whether forms by others begin alike in JavaRosa, in @getodk/xforms-engine and here. See README.md."""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

import ask

SLOW = 2.0
# What pyxform adds: what names the instance, how often a repeat comes, the heads of a table of choices.
OTHERS = re.compile(r"/(meta(/.*)?|__version__|[^/]*_count|[^/]*generated_[^/]*|reserved_name_for_[^/]*)$")


def converted(path):
    """The form as pyxform makes it, or what it says against it."""
    try:
        return convert(xlsform=str(path), form_name="data").xform, None
    except PyXFormError as problem:
        return None, str(problem)
    except Exception as problem:  # It fails on some in its own way, and then accepts nothing either.
        return None, repr(problem)


def nodes(seen):
    """By path without the name of the form itself, which pyxform takes from the settings."""
    return {path.split("/", 2)[2]: said for path, said in seen.items() if path.count("/") > 1}


def flat(ours, node):
    """In a form that lies flat there (`flat` in its settings) groups are no part of the path; names are unique in it."""
    found = [said for path, said in ours.items() if path.rsplit("/", 1)[-1] == node]
    return found[0] if len(found) == 1 else None


def apart(one, other, ours):
    """What both say and we do not: (what, theirs, ours) for each; and how much both said."""
    theirs = ask.agreed(one, other)
    if theirs is None:
        return 0, []
    if theirs == 0:
        return 1, [("relevant", "no", "yes")] if ours and ours[1] else []
    if ours is None or not ours[1]:
        return 1, [("relevant", "yes", "nothing there" if ours is None else "no")]
    said, found = 1, []
    required, readonly, _, offered, value = theirs
    leaf = one[0] == "v" and ours[0] != "g"
    for what, expected, flag in (("required", required, ours[2]), ("readonly", readonly, ours[3])):
        # Of groups neither is shown by itself; what nobody answers is locked here in any case.
        if expected is None or not leaf or (what == "readonly" and ours[0] == "c"):
            continue
        said += 1
        if bool(expected) != flag:
            found.append((what, str(expected), str(int(flag))))
    if leaf and offered not in (None, "-"):
        said += 1
        if offered.split() != ([] if ours[5] == "-" else ours[5].split()):
            found.append(("choices", offered, ours[5]))
    if leaf and value is not None:
        said += 1
        if not ask.same(value, ours[6]):
            found.append(("value", value, ours[6]))
    return said, found


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("forms", nargs="+", help="workbooks, or tables in Markdown")
    options.add_argument("--engine", required=True, help="a folder with node_modules/@getodk/xforms-engine and jsdom")
    options.add_argument("--ours", default="target/debug/examples/begin", help="the example `begin`, built")
    chosen = options.parse_args()
    count = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run(["javac", "-cp", ask.JAR, "-d", folder, ask.HERE / "Player.java"], check=True)
        players = [
            ask.Player(["java", "-Duser.timezone=Etc/GMT-8", "-cp", f"{ask.JAR}:{folder}", "Player"]),
            ask.Player(["node", ask.HERE / "player.mjs", str(pathlib.Path(chosen.engine).resolve() / "x.js")]),
        ]
        own = ask.Player([chosen.ours])
        for path in map(pathlib.Path, chosen.forms):
            name, book = path, path.resolve()
            if path.suffix == ".md":
                book = folder / "form.xlsx"
                book.write_bytes(ask.workbook(ask.tables(path.read_text("utf-8"))).getvalue())
            xform, refused = converted(book)
            count["forms"] += 1
            begun = time.perf_counter()
            try:
                ours = own("open", str(book))
            except RuntimeError:
                count["panics"] += 1
                print(f"{name}: PANIC")
                own = ask.Player([chosen.ours])
                continue
            if (took := time.perf_counter() - begun) > SLOW:
                count["slow"] += 1
                print(f"{name}: {took:.1f} s")
            if (xform is None) != ("!" in ours):
                count["accepted otherwise"] += 1
                print(f"{name}: pyxform {refused or 'accepts'}, ours {ours.get('!', 'accepts')}")
            if xform is None or "!" in ours:
                continue
            file = folder / "form.xml"
            file.write_text(xform, "utf-8")
            # The engines keep what they read by its path.
            file = file.rename(folder / f"{count['forms']}.xml")
            seen = [player("open", str(file)) for player in players]
            if "!" in seen[0] or "!" in seen[1]:
                count["not opened"] += 1
                print(f"{name}: not opened: {seen[0].get('!', 'yes')} / {seen[1].get('!', 'yes')}"[:300])
                continue
            one, other, ours = map(nodes, (*seen, ours))
            count["compared"] += 1
            for node in sorted(one.keys() & other.keys()):
                if OTHERS.search("/" + node):
                    continue
                said, found = apart(one[node], other[node], ours.get(node) or flat(ours, node))
                count["said"] += said
                count["otherwise"] += len(found)
                for what, expected, got in found:
                    print(f"{name}: {node} {what}: both {expected!r}, ours {got!r}")
    same = 100 * (count["said"] - count["otherwise"]) / max(1, count["said"])
    print(", ".join(f"{what} {number}" for what, number in count.items()) + f": {same:.2f} % alike")
    sys.exit(same < 98 or count["panics"] > 0 or count["slow"] > 0)


if __name__ == "__main__":
    main()
