"""Doorstep's own functions said in those that every engine has, and what else a matter's form says otherwise than a plain one."""

import re

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
MARKS = "10X98765432"


def mark(body):
    """The check character of an identity number (GB 11643) for its first 17 digits."""
    return MARKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body)) % 11]


def digits(day):
    return f"number(format-date({day}, '%Y%m%d'))"


def age(birth, on="today()"):
    years = f"int(({digits(on)} - {digits(birth)}) div 10000)"
    return f"if({birth} = '' or {on} = '' or {digits(on)} < {digits(birth)}, '', {years})"


def shaped(number):
    return f"regex({number}, '[0-9]{{17}}[0-9X]')"


def birth(number):
    day = f"date(concat(substr({number}, 6, 10), '-', substr({number}, 10, 12), '-', substr({number}, 12, 14)))"
    return f"if({shaped(number)}, {day}, '')"


def sex(number):
    return f"if({shaped(number)}, if(number(substr({number}, 16, 17)) mod 2 = 1, '1', '2'), '')"


def valid(number):
    total = " + ".join(f"{weight} * number(substr({number}, {place}, {place + 1}))" for place, weight in enumerate(WEIGHTS))
    expected = f"substr('{MARKS}', ({total}) mod 11, ({total}) mod 11 + 1)"
    return f"({shaped(number)} and substr({number}, 17, 18) = {expected})"


def said(expression, station):
    """The expression without functions of our own."""
    own = {"age": age, "id-birth": birth, "id-sex": sex, "id-valid": valid, "station": lambda: f"'{station}'"}
    pattern = re.compile(r"(?<![\w:-])(" + "|".join(own) + r")\s*\(")
    while found := pattern.search(expression):
        depth, begin, arguments, quote = 1, found.end(), [], ""
        for place in range(found.end(), len(expression)):
            sign = expression[place]
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "'\"":
                quote = sign
            elif sign == "(":
                depth += 1
            elif sign == ")":
                depth -= 1
            if depth == 0 or (depth == 1 and sign == "," and not quote):
                arguments.append(expression[begin:place].strip())
                begin = place + 1
            if depth == 0:
                break
        call = own[found.group(1)](*[one for one in arguments if one])
        expression = expression[: found.start()] + call + expression[place + 1 :]
    return expression


COLUMNS = ["relevant", "required", "constraint", "calculation", "default", "choice_filter", "readonly", "repeat_count"]


def plain(sheets, station):
    """The sheets as every engine reads them. A default that mentions a question follows it until someone types, which a plain
    form has no word for: here it is a calculation, and nobody types."""
    head, *rows = sheets["survey"]
    rows = [dict(zip(head, row)) for row in rows]
    for row in rows:
        for column in COLUMNS:
            if row.get(column):
                row[column] = said(row[column], station)
        if "${" in row.get("default", "") and not row.get("calculation") and "last-saved" not in row["default"]:
            row["calculation"] = row.pop("default")
    kept = [column for column in head if not column.startswith("doorstep::")]
    if any(row.get("calculation") for row in rows) and "calculation" not in kept:
        kept.append("calculation")
    survey = [kept] + [[row.get(column, "") for column in kept] for row in rows]
    return {**sheets, "survey": survey}
